//! Configuration to adapters to use cases; the only crate that names every adapter.
