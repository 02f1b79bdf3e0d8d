//! What an adapter of the member ports must prove.
