//! Orders: place in batches, expire, cancel.
