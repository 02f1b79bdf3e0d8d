//! Payment providers over HTTP: what the port [`PaymentProvider`] means on their wires.
//!
//! [`KakaoPay`] and [`TossPayments`]. An adapter never guesses: it answers [`Outcome::Done`] only
//! for an answer about the very payment that was asked for, [`Outcome::Declined`] and
//! [`Outcome::NotSent`] only when nothing can have happened, and [`Outcome::Unknown`] for
//! everything else: silence, time-outs, cut connections, HTTP 5xx, broken answers.
//!
//! Calls that move money are sent once. An adapter does not even repeat what surely did not arrive
//! ([`Outcome::NotSent`]): that is for [`Resilient`], which wraps any provider in deadline, retry,
//! circuit breaker, bulkhead and time-out.
//!
//! Secrets are in no `Debug` output, error or log line. Calls connect directly; the proxy
//! variables of the environment are not read.
//!
//! ```no_run
//! use jangbogo_gateway::{KakaoPay, KakaoPaySettings};
//! use jangbogo_kernel::Money;
//! use jangbogo_payment::{OpenRequest, PaymentProvider as _, ReturnUrls};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let settings = KakaoPaySettings::new(KakaoPaySettings::BASE_URL, "DEV…".into());
//! let kakaopay = KakaoPay::new(settings)?;
//! let session = kakaopay
//!     .open(&OpenRequest {
//!         merchant_ref: "pay_01".to_owned(),
//!         buyer_ref: "mem_01".to_owned(),
//!         item_name: "제주 감귤 3kg".to_owned(),
//!         quantity: 1,
//!         amount: Money::won(22_000),
//!         urls: ReturnUrls {
//!             approve: "https://shop.example/payments/pay_01/approve".to_owned(),
//!             cancel: "https://shop.example/payments/pay_01/cancel".to_owned(),
//!             fail: "https://shop.example/payments/pay_01/fail".to_owned(),
//!         },
//!     })
//!     .await?;
//! println!("pay here: {}", session.redirects.pc);
//! # Ok(())
//! # }
//! ```
//!
//! [`PaymentProvider`]: jangbogo_payment::PaymentProvider
//! [`Outcome::Done`]: jangbogo_payment::Outcome::Done
//! [`Outcome::Declined`]: jangbogo_payment::Outcome::Declined
//! [`Outcome::NotSent`]: jangbogo_payment::Outcome::NotSent
//! [`Outcome::Unknown`]: jangbogo_payment::Outcome::Unknown

mod kakaopay;
mod resilience;
mod tosspayments;
mod wire;

pub use kakaopay::{KakaoPay, KakaoPaySettings, SettingsError};
pub use resilience::{
    BreakerSettings, BulkheadSettings, ResilienceError, ResilienceSettings, Resilient,
    ResilientRecurring, RetrySettings,
};
pub use tosspayments::{TossPayments, TossPaymentsError, TossPaymentsSettings};
pub use wire::limits::ConnectionLimits;
