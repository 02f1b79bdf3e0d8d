//! All of it runs on PostgreSQL alone: an embedded database has one process.

mod outages;
mod rush;
mod world;
