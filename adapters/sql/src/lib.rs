//! Every repository and query port on SQLite and PostgreSQL.
