//! Subscriptions and their cycles.

mod queries;
mod repository;
mod row;
