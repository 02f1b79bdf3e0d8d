//! Accounts, sessions with their refresh tokens, and address books.

mod addresses;
mod members;
mod queries;
mod sessions;
