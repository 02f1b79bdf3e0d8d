//! A provider that does what its test says, and counts.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jangbogo_kernel::Money;
use jangbogo_payment::{
    CaptureRequest, Looked, NotSentCause, OpenRequest, Outcome, PaymentProvider, ProviderError,
    ProviderName, ProviderProfile, ProviderSession, RefundRequest, UnknownCause,
};

type Answering = dyn Fn(u32) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync;

/// Every call is answered like a capture.
pub(super) struct Fake {
    pub(super) calls: AtomicU32,
    answer: Box<Answering>,
    pub(super) profile: ProviderProfile,
}

impl Fake {
    /// Answers its n-th call, from 1 on, with what `answer` says.
    pub(super) fn new<F>(answer: impl Fn(u32) -> F + Send + Sync + 'static) -> Arc<Self>
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let answer: Box<Answering> = Box::new(move |n| Box::pin(answer(n)));
        Arc::new(Self { calls: AtomicU32::new(0), answer, profile: profile() })
    }

    /// Always the same at once.
    pub(super) fn saying(outcome: Outcome) -> Arc<Self> {
        Self::new(move |_| std::future::ready(outcome.clone()))
    }

    pub(super) fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }

    async fn next(&self) -> Outcome {
        (self.answer)(self.calls.fetch_add(1, Ordering::SeqCst) + 1).await
    }
}

#[async_trait]
impl PaymentProvider for Fake {
    fn profile(&self) -> ProviderProfile {
        self.profile.clone()
    }

    async fn open(&self, _: &OpenRequest) -> Result<ProviderSession, ProviderError> {
        Err(error(self.next().await))
    }

    async fn capture(&self, _: &CaptureRequest) -> Outcome {
        self.next().await
    }

    async fn refund(&self, _: &RefundRequest) -> Outcome {
        self.next().await
    }

    async fn lookup(&self, _: &str) -> Result<Looked, ProviderError> {
        Err(error(self.next().await))
    }
}

fn error(outcome: Outcome) -> ProviderError {
    match outcome {
        Outcome::NotSent { cause, reason } => ProviderError::NotSent { cause, reason },
        Outcome::Unknown { cause, reason } => ProviderError::Unavailable { cause, reason },
        Outcome::Declined { code, message } => ProviderError::Refused { code, message },
        Outcome::Done { raw, .. } => {
            ProviderError::Refused { code: "done".to_owned(), message: raw }
        }
    }
}

pub(super) fn profile() -> ProviderProfile {
    ProviderProfile {
        name: ProviderName("fake".to_owned()),
        proof: Vec::new(),
        session_life: Duration::from_mins(15),
        call_deadline: Duration::from_secs(40),
        horizon: Duration::from_mins(2),
    }
}

pub(super) fn capture() -> CaptureRequest {
    CaptureRequest {
        reference: "T1".to_owned(),
        merchant_ref: "pay_1".to_owned(),
        buyer_ref: "mem_1".to_owned(),
        amount: Money::won(1_000),
        proof: [].into(),
    }
}

pub(super) fn unreachable() -> Outcome {
    let reason = "connection refused".to_owned();
    Outcome::NotSent { cause: NotSentCause::Unreachable, reason }
}

pub(super) fn silence() -> Outcome {
    Outcome::Unknown { cause: UnknownCause::Silence, reason: "no answer".to_owned() }
}

pub(super) fn declined() -> Outcome {
    Outcome::Declined { code: "-780".to_owned(), message: "no".to_owned() }
}
