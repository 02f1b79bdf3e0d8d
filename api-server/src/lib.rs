//! The shop over HTTP: one file per endpoint, one place for errors, limits on everything.
//!
//! [`router`] composes the middleware and every route, [`openapi`] describes them, [`Server`]
//! listens and stops gracefully. Handlers hold no rules: they parse, run a use case of
//! [`Shop`](jangbogo_setup::Shop) and show what it answers.

mod app;
mod at_hand;
mod context;
mod document;
mod extract;
mod limit;
mod meters;
mod metrics;
mod middleware;
mod problem;
pub mod process;
mod routes;
mod server;
mod shown;

pub use app::{AppState, openapi, router};
pub use server::Server;
