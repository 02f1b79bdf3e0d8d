//! Subscriptions, their cycles, and the cart for them.

mod cart;
mod queries;
mod repository;
mod row;
