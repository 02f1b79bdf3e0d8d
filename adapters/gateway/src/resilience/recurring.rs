//! The same layers around a provider that charges without the buyer.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_payment::{
    AgreementKey, CaptureRequest, ChargeRequest, Charged, Granted, NotSentCause, OpenRequest,
    ProviderError, ProviderName, ProviderOperation, ProviderProfile, ProviderSession,
    RecurringProfile, RecurringProvider, SentCharge, Sought, Standing, UnknownCause,
};

use super::answer::Answer;
use super::settings::{ResilienceError, ResilienceSettings};
use super::stack::Stack;
use jangbogo_payment::Outcome;

/// A provider of recurring charges behind deadline, retry, breaker, bulkhead and time-out. Its
/// circuits are its own: that charges fail says little about buyers who stand before a pay page.
pub struct ResilientRecurring {
    provider: Arc<dyn RecurringProvider>,
    open: Stack,
    capture: Stack,
    charge: Stack,
    question: Stack,
}

impl ResilientRecurring {
    /// Wraps a provider whose ways with one-time payments are `profile`.
    ///
    /// # Errors
    /// When a number is impossible or a shorter time is longer than the one around it.
    pub fn new(
        provider: Arc<dyn RecurringProvider>,
        profile: &ProviderProfile,
        settings: &ResilienceSettings,
    ) -> Result<Self, ResilienceError> {
        settings.check(profile)?;
        let name = ProviderName(format!("{}-recurring", profile.name.0));
        let profile = ProviderProfile { name, ..profile.clone() };
        let stack = |operation| Stack::new(&profile, operation, settings);
        Ok(Self {
            open: stack(ProviderOperation::Open),
            capture: stack(ProviderOperation::Capture),
            charge: stack(ProviderOperation::Charge),
            question: stack(ProviderOperation::Lookup),
            provider,
        })
    }
}

impl fmt::Debug for ResilientRecurring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let health = [&self.open, &self.capture, &self.charge, &self.question].map(Stack::health);
        f.debug_struct("ResilientRecurring").field("health", &health).finish_non_exhaustive()
    }
}

#[async_trait]
impl RecurringProvider for ResilientRecurring {
    fn recurring_profile(&self) -> RecurringProfile {
        self.provider.recurring_profile()
    }

    async fn open_agreeing(&self, request: &OpenRequest) -> Result<ProviderSession, ProviderError> {
        self.open.run(|| self.provider.open_agreeing(request)).await
    }

    async fn capture_agreeing(&self, request: &CaptureRequest) -> Granted {
        self.capture.run(|| self.provider.capture_agreeing(request)).await
    }

    async fn standing(&self, key: &AgreementKey) -> Result<Standing, ProviderError> {
        self.question.run(|| self.provider.standing(key)).await
    }

    async fn charge(&self, request: &ChargeRequest) -> Charged {
        self.charge.run(|| self.provider.charge(request)).await
    }

    async fn seek(&self, charge: &SentCharge) -> Result<Sought, ProviderError> {
        self.question.run(|| self.provider.seek(charge)).await
    }

    async fn deactivate(&self, key: &AgreementKey) -> Result<(), ProviderError> {
        self.question.run(|| self.provider.deactivate(key)).await
    }
}

/// Answers that carry an outcome and something beside it.
macro_rules! carries_an_outcome {
    ($($answer:ident { $($beside:ident),* })*) => {
        $(impl Answer for $answer {
            fn not_sent(cause: NotSentCause, reason: &str) -> Self {
                Self { outcome: Outcome::not_sent(cause, reason), $($beside: None),* }
            }

            fn silence(reason: &str) -> Self {
                Self { outcome: Outcome::silence(reason), $($beside: None),* }
            }

            fn not_sent_cause(&self) -> Option<NotSentCause> {
                self.outcome.not_sent_cause()
            }

            fn unknown_cause(&self) -> Option<UnknownCause> {
                self.outcome.unknown_cause()
            }
        })*
    };
}

carries_an_outcome! {
    Granted { key }
    Charged { reference, firmness }
}
