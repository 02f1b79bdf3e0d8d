//! Payment intents, attempts and the ledger.

mod agreements;
mod queries;
mod reconciliations;
mod repository;
mod row;
