//! What all providers' wires have in common: HTTP, JSON, and what a lost answer proves.

pub(crate) mod exchange;
pub(crate) mod failure;
pub(crate) mod json;
pub(crate) mod limits;
