//! What an adapter of the ordering ports must prove.
