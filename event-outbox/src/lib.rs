//! The relay: claims published facts, delivers them to consumers, retries, dead letters.
//!
//! Events are appended in the business transaction and claimed here by state, the oldest unfinished
//! one of each aggregate. A [`Relay`] hands each to every [`Consumer`] that subscribes to its name,
//! at least once; consumers record in the inbox what they have handled, in the same transaction as
//! their effect where they have one. A consumer that fails is tried again after 1, 2 and 4 seconds;
//! after the fourth attempt, or at once when trying again is no use, it gets a dead letter with the
//! cause, and the aggregate's next events go on.
//!
//! [`consumers::all`] are the consumers of the shop: glue between the events of one crate and the
//! use cases of another.
//!
//! ```
//! use async_trait::async_trait;
//! use jangbogo_event_outbox::{ConsumeError, Consumer};
//! use jangbogo_kernel::{DomainEvent as _, Event};
//! use jangbogo_ordering::OrderPlaced;
//!
//! struct Bell;
//!
//! #[async_trait]
//! impl Consumer for Bell {
//!     fn name(&self) -> &'static str {
//!         "counter.bell"
//!     }
//!
//!     fn subscriptions(&self) -> &'static [&'static str] {
//!         &[OrderPlaced::NAME]
//!     }
//!
//!     async fn handle(&self, event: &Event) -> Result<(), ConsumeError> {
//!         let _order: OrderPlaced = jangbogo_event_outbox::parse(event)?;
//!         Ok(())
//!     }
//! }
//! ```

mod consumer;
pub mod consumers;
mod relay;

pub use consumer::{ConsumeError, Consumer, parse};
pub use relay::{Relay, RelayRound, RelaySettings};
