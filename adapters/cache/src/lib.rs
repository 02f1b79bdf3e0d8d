//! In-process caches in front of query ports.
