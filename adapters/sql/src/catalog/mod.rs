//! Products, their counters and their lists.

mod products;
mod queries;
mod rankings;
mod row;
mod sales;
#[cfg(test)]
mod tests;
mod views;

pub(crate) use queries::{brands, listing, place};
pub(crate) use row::{TERMS_COLUMNS, terms};
