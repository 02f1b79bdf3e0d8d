//! The one-time cart.
