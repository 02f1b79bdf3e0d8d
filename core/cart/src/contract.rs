//! What an adapter of the cart ports must prove.
