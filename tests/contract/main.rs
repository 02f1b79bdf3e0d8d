//! Every contract on every adapter.
