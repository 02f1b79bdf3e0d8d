//! A payment provider as a mortal process sees it.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_payment::{
    CaptureRequest, Looked, OpenRequest, Outcome, PaymentProvider, ProviderError, ProviderProfile,
    ProviderSession, RefundRequest, UnknownCause,
};

use super::Fuse;

/// A provider whose calls count.
pub struct FusedProvider {
    inner: Arc<dyn PaymentProvider>,
    fuse: Arc<Fuse>,
}

impl FusedProvider {
    /// Puts the fuse in front of a provider.
    pub fn new(inner: Arc<dyn PaymentProvider>, fuse: Arc<Fuse>) -> Self {
        Self { inner, fuse }
    }
}

const GONE: &str = "the process is dead";

fn unknown() -> Outcome {
    Outcome::Unknown { cause: UnknownCause::Silence, reason: GONE.to_owned() }
}

fn unanswered<T>() -> Result<T, ProviderError> {
    Err(ProviderError::Unavailable { cause: UnknownCause::Silence, reason: GONE.to_owned() })
}

#[async_trait]
impl PaymentProvider for FusedProvider {
    fn profile(&self) -> ProviderProfile {
        self.inner.profile()
    }

    async fn open(&self, request: &OpenRequest) -> Result<ProviderSession, ProviderError> {
        self.fuse.pass_outside(self.inner.open(request), unanswered).await
    }

    async fn capture(&self, request: &CaptureRequest) -> Outcome {
        self.fuse.pass_outside(self.inner.capture(request), unknown).await
    }

    async fn refund(&self, request: &RefundRequest) -> Outcome {
        self.fuse.pass_outside(self.inner.refund(request), unknown).await
    }

    async fn lookup(&self, reference: &str) -> Result<Looked, ProviderError> {
        self.fuse.pass_outside(self.inner.lookup(reference), unanswered).await
    }
}
