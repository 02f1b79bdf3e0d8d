//! What an adapter of the catalogue ports must prove.
