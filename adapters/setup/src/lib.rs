//! Configuration to adapters to use cases: the only crate that names every adapter.

pub mod demo;
mod shop;

pub use shop::{OrderCombiner, Shop, ShopSettings, ShopStore, Surroundings};
