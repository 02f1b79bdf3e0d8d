//! Contract, acceptance and crash suites, and their harness.
