//! Mails that the shop sends, and the mailer port.
//!
//! Each mail is a struct of what it tells with a pure `compose`: Korean first, a short English part
//! below. The crate knows no order and no member; whoever sends a mail gives the words. Sending is
//! left to a [`Mailer`]; [`Mail::key`] makes a repeat harmless, so a consumer of events may send
//! again after a crash.
//!
//! ```
//! use jangbogo_kernel::{Money, Quantity, Timestamp};
//! use jangbogo_notification::{OrderConfirmation, OrderLine};
//!
//! let mail = OrderConfirmation {
//!     to: "admiral@example.com",
//!     order: "ord_00000000000000000000000000000007",
//!     placed_at: Timestamp::from_micros(0),
//!     lines: &[OrderLine {
//!         name: "완도 김",
//!         quantity: Quantity::ONE,
//!         amount: Money::won(12_900),
//!     }],
//!     total: Money::won(12_900),
//! }
//! .compose();
//! assert!(mail.text.contains("완도 김 × 1 = 12,900원"));
//! assert_eq!(mail.key, "order-confirmation-ord_00000000000000000000000000000007");
//! ```
//!
//! Feature `mock` exports a mock of the mailer; [`contract`] is what a mailer must prove.

pub mod contract;
mod order_confirmation;
mod order_expired;
mod ports;
mod refund;
mod sign_up_repeated;
mod subscription;
mod words;

pub use order_confirmation::{OrderConfirmation, OrderLine};
pub use order_expired::OrderExpiredNotice;
#[cfg(feature = "mock")]
pub use ports::MockMailer;
pub use ports::{Mail, MailError, Mailer};
pub use refund::RefundNotice;
pub use sign_up_repeated::SignUpRepeatedNotice;
pub use subscription::{
    AnnouncedItem, ChargeAnnouncement, ChargeDeclinedNotice, ChargeNotice, DeliveryLeftOutNotice,
    SubscriptionEndedNotice,
};
