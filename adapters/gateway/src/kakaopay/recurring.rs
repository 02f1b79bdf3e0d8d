//! KakaoPay as a [`RecurringProvider`].

use std::time::Duration;

use async_trait::async_trait;
use jangbogo_payment::{
    AgreementKey, CaptureRequest, ChargeRequest, Charged, Granted, OpenRequest,
    PaymentProvider as _, ProviderError, ProviderSession, RecurringProfile, RecurringProvider,
    SentCharge, Sought, Standing,
};

use super::{KakaoPay, PG_TOKEN, Terms, capture, charge, open, sid};

/// A register that has not moved proves something only when a late effect and a late register are
/// all but excluded. Tries of one charge are days apart anyway, so the long wait costs nothing.
const RECURRING_HORIZON: Duration = Duration::from_hours(12);

#[async_trait]
impl RecurringProvider for KakaoPay {
    fn recurring_profile(&self) -> RecurringProfile {
        RecurringProfile {
            name: self.profile().name,
            proof: vec![PG_TOKEN.to_owned()],
            horizon: RECURRING_HORIZON,
        }
    }

    async fn open_agreeing(&self, request: &OpenRequest) -> Result<ProviderSession, ProviderError> {
        open::run(self, request, Terms::Recurring).await
    }

    async fn capture_agreeing(&self, request: &CaptureRequest) -> Granted {
        capture::run(self, request).await
    }

    async fn standing(&self, key: &AgreementKey) -> Result<Standing, ProviderError> {
        sid::standing(self, key).await
    }

    async fn charge(&self, request: &ChargeRequest) -> Charged {
        charge::run(self, request).await
    }

    async fn seek(&self, charge: &SentCharge) -> Result<Sought, ProviderError> {
        sid::seek(self, charge).await
    }

    async fn deactivate(&self, key: &AgreementKey) -> Result<(), ProviderError> {
        sid::deactivate(self, key).await
    }
}
