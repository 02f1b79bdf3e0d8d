//! Words and ports that every core crate shares.
//!
//! * values: [`Id`], [`Money`], [`Quantity`], [`Timestamp`], [`Page`], [`Cursor`], [`Event`];
//! * errors: [`ErrorKind`] and [`Fault`], which every refusal of every use case answers;
//! * ports: [`Clock`], [`IdGenerator`], [`Store`], [`Transaction`], [`Outbox`], [`Inbox`],
//!   [`IdempotencyRepository`], [`HistoryRepository`], [`PublicationQueue`], [`LockService`],
//!   [`Retention`], [`SharedCache`], [`Notices`].
//!
//! A transaction is a port. [`Store::begin`] opens one, repositories are reached only through it,
//! [`Transaction::commit`] consumes it, dropping it undoes everything.
//!
//! ```
//! use jangbogo_kernel::{Currency, Money};
//!
//! let price = Money::won(12_900);
//! let two = price.checked_mul(2)?;
//! assert_eq!(two, Money::new(25_800, Currency::Krw));
//! # Ok::<(), jangbogo_kernel::MoneyError>(())
//! ```

mod clock;
pub mod contract;
mod error;
mod event;
mod history;
mod id;
mod idempotency;
mod lock;
mod money;
mod page;
mod publication;
mod quantity;
mod retention;
mod retry;
mod shared_cache;
mod store;
mod time;

pub use clock::{Clock, IdGenerator};
pub use error::{ErrorKind, Fault, StoreError};
pub use event::{DomainEvent, Event, EventKind, Inbox, Outbox};
pub use history::{HistoryRepository, Transition};
pub use id::{Id, IdError, Kind};
pub use idempotency::{Fingerprint, IdempotencyKey, IdempotencyRepository, KeyError, Recorded};
pub use lock::{LockGuard, LockService, LockTimes};
pub use money::{BasisPoints, Currency, Money, MoneyError};
pub use page::{Cursor, CursorError, Page, PageRequest};
pub use publication::{Backlog, DeadLetter, Publication, PublicationQueue};
pub use quantity::{Quantity, QuantityError};
pub use retention::Retention;
pub use retry::{TRIES_MAX, retried};
pub use shared_cache::{NoticeListener, Notices, SharedCache, SharedCacheError};
pub use store::{Store, Transaction};
pub use time::{Timestamp, TimestampError};
pub use uuid::Uuid;
