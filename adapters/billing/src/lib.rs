//! Asks the server to charge billing cycles, at a provider's pace.
//!
//! * [`HttpCharges`] is the port [`ChargeCycle`](jangbogo_subscription::ChargeCycle) over HTTP, for
//!   a batch that stands beside the servers: `POST /internal/v1/billing-cycles/{id}/charge`. What
//!   it does not know it says so: a cycle is charged once however often it is asked for.
//! * [`Pace`] holds charges back to what a provider takes.

mod http;
mod pace;

pub use http::{HttpCharges, HttpChargesError};
pub use pace::Pace;
