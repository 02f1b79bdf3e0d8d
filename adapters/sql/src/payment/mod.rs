//! Payment intents, attempts and the ledger.

mod queries;
mod repository;
mod row;
