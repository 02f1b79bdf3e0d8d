//! What stands between the use cases and a payment provider that may be slow, sick or away.
//!
//! [`Resilient`] wraps any [`PaymentProvider`] in layers, from the outside in:
//!
//! | layer | what it does | when it gives up |
//! |---|---|---|
//! | deadline | one moment for everything below | see the layers |
//! | retry | tries again what surely did not arrive | the last answer |
//! | breaker | lets nothing through to a sick provider | not sent: circuit open |
//! | bulkhead | so many calls at once, the others wait a little | not sent: busy |
//! | time-out | ends a call that takes too long | unknown |
//! | client pool | the adapter's own connections | not sent, or unknown |
//!
//! Each kind of call has a stack of its own, so that a provider that is sick at taking money can
//! still be asked what it took. Calls can be dropped at any point: every permit goes back.

mod answer;
mod breaker;
mod bulkhead;
mod deadline;
mod recurring;
mod retry;
mod settings;
mod stack;
mod time;
mod time_out;

#[cfg(test)]
mod bulkhead_tests;
#[cfg(test)]
mod cold_start;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod retry_tests;
#[cfg(test)]
mod tests;

pub use recurring::ResilientRecurring;
pub use settings::{
    BreakerSettings, BulkheadSettings, ResilienceError, ResilienceSettings, RetrySettings,
};

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jangbogo_payment::{
    CaptureRequest, Looked, OpenRequest, Outcome, PaymentProvider, ProviderError, ProviderHealth,
    ProviderOperation, ProviderProfile, ProviderSession, RefundRequest,
};

use stack::Stack;

/// A provider behind deadline, retry, breaker, bulkhead and time-out.
pub struct Resilient {
    provider: Arc<dyn PaymentProvider>,
    money_deadline: Duration,
    open: Stack,
    capture: Stack,
    refund: Stack,
    lookup: Stack,
}

impl Resilient {
    /// Wraps a provider.
    ///
    /// # Errors
    /// When a number is impossible or a shorter time is longer than the one around it.
    pub fn new(
        provider: Arc<dyn PaymentProvider>,
        settings: &ResilienceSettings,
    ) -> Result<Self, ResilienceError> {
        let profile = provider.profile();
        settings.check(&profile)?;
        let stack = |operation| Stack::new(&profile, operation, settings);
        Ok(Self {
            money_deadline: settings.money_deadline,
            open: stack(ProviderOperation::Open),
            capture: stack(ProviderOperation::Capture),
            refund: stack(ProviderOperation::Refund),
            lookup: stack(ProviderOperation::Lookup),
            provider,
        })
    }
}

impl fmt::Debug for Resilient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resilient").field("health", &self.health()).finish_non_exhaustive()
    }
}

#[async_trait]
impl PaymentProvider for Resilient {
    fn profile(&self) -> ProviderProfile {
        ProviderProfile { call_deadline: self.money_deadline, ..self.provider.profile() }
    }

    async fn open(&self, request: &OpenRequest) -> Result<ProviderSession, ProviderError> {
        self.open.run(|| self.provider.open(request)).await
    }

    async fn capture(&self, request: &CaptureRequest) -> Outcome {
        self.capture.run(|| self.provider.capture(request)).await
    }

    async fn refund(&self, request: &RefundRequest) -> Outcome {
        self.refund.run(|| self.provider.refund(request)).await
    }

    async fn lookup(&self, reference: &str) -> Result<Looked, ProviderError> {
        self.lookup.run(|| self.provider.lookup(reference)).await
    }

    fn health(&self) -> ProviderHealth {
        let stacks = [&self.open, &self.capture, &self.refund, &self.lookup];
        ProviderHealth { operations: stacks.into_iter().map(Stack::health).collect() }
    }

    fn mentioned(&self, notification: &str) -> Option<String> {
        self.provider.mentioned(notification)
    }
}
