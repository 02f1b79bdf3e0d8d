//! Payment intents, attempts and the ledger.

mod agreements;
mod queries;
mod repository;
mod row;
