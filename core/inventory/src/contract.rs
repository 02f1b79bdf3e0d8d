//! What an adapter of the inventory ports must prove.
