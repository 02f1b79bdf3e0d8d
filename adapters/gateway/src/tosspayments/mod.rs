//! TossPayments' one-time payments (API host `api.tosspayments.com`, version 2022-11-16).
//!
//! The payment is announced by our side, so that its key is known before the buyer agrees: what
//! the browser brings back is compared with it, and the amount with ours, before anything is sent.
//! Every POST carries an idempotency key: a repeat of the same request is answered with the first
//! answer, and another movement of money never has the same key.

mod billing;
mod capture;
mod client;
mod code;
mod lookup;
mod notification;
mod open;
mod record;
mod recurring;
mod refund;
mod report;
mod settings;

pub use settings::{TossPaymentsError, TossPaymentsSettings};

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use jangbogo_payment::{
    CaptureRequest, Looked, OpenRequest, Outcome, PaymentProvider, ProviderError, ProviderName,
    ProviderProfile, ProviderSession, RefundRequest,
};

use client::Client;

/// The query parameters that the buyer's browser brings back.
const PAYMENT_KEY: &str = "paymentKey";
const ORDER_ID: &str = "orderId";
const AMOUNT: &str = "amount";
/// From the announcement on; after that the payment is EXPIRED.
const SESSION_LIFE: Duration = Duration::from_mins(30);
/// TossPayments gives no figure for the longest life of a request; callers are told to wait up to
/// a minute. The rest is margin.
const HORIZON: Duration = Duration::from_mins(3);

/// TossPayments as a [`PaymentProvider`].
pub struct TossPayments {
    client: Client,
    method: String,
    billing_window: Option<String>,
    call_deadline: Duration,
}

impl TossPayments {
    /// Checks the settings and prepares the connections; nothing is sent.
    pub fn new(settings: TossPaymentsSettings) -> Result<Self, TossPaymentsError> {
        settings.check()?;
        Ok(Self {
            client: Client::new(&settings)?,
            call_deadline: settings.connection.call_deadline(),
            method: settings.method,
            billing_window: settings.billing_window,
        })
    }
}

impl TossPayments {
    /// Whether buyers can agree to recurring charges here.
    pub fn has_billing_window(&self) -> bool {
        self.billing_window.is_some()
    }
}

impl fmt::Debug for TossPayments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TossPayments").field("method", &self.method).finish_non_exhaustive()
    }
}

#[async_trait]
impl PaymentProvider for TossPayments {
    fn profile(&self) -> ProviderProfile {
        ProviderProfile {
            name: ProviderName("tosspayments".to_owned()),
            proof: [PAYMENT_KEY, ORDER_ID, AMOUNT].map(str::to_owned).into(),
            session_life: SESSION_LIFE,
            call_deadline: self.call_deadline,
            horizon: HORIZON,
        }
    }

    async fn open(&self, request: &OpenRequest) -> Result<ProviderSession, ProviderError> {
        open::run(self, request).await
    }

    async fn capture(&self, request: &CaptureRequest) -> Outcome {
        capture::run(self, request).await
    }

    async fn refund(&self, request: &RefundRequest) -> Outcome {
        match billing::key_of(self, &request.reference).await {
            Ok(reference) => {
                let request = RefundRequest { reference, ..request.clone() };
                refund::run(self, &request).await
            }
            Err(outcome) => outcome,
        }
    }

    async fn lookup(&self, reference: &str) -> Result<Looked, ProviderError> {
        match billing::order_of(reference) {
            Some(order) => billing::lookup(self, order).await,
            None => lookup::run(self, reference).await,
        }
    }

    fn mentioned(&self, notification: &str) -> Option<String> {
        notification::order_id(notification)
    }
}
