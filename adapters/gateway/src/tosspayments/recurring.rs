//! TossPayments as a [`RecurringProvider`].

use async_trait::async_trait;
use jangbogo_payment::{
    AgreementKey, CaptureRequest, ChargeRequest, Charged, Granted, OpenRequest,
    PaymentProvider as _, ProviderError, ProviderSession, RecurringProfile, RecurringProvider,
    SentCharge, Sought, Standing,
};

use super::billing::{self, AUTH_KEY, CUSTOMER_KEY};
use super::{HORIZON, TossPayments};

#[async_trait]
impl RecurringProvider for TossPayments {
    fn recurring_profile(&self) -> RecurringProfile {
        RecurringProfile {
            name: self.profile().name,
            proof: [AUTH_KEY, CUSTOMER_KEY].map(str::to_owned).into(),
            horizon: HORIZON,
        }
    }

    async fn open_agreeing(&self, request: &OpenRequest) -> Result<ProviderSession, ProviderError> {
        billing::open(self, request)
    }

    async fn capture_agreeing(&self, request: &CaptureRequest) -> Granted {
        billing::capture(self, request).await
    }

    /// A billing key cannot be asked about; the charge itself tells.
    async fn standing(&self, _: &AgreementKey) -> Result<Standing, ProviderError> {
        Ok(Standing { is_chargeable: true, witness: None })
    }

    async fn charge(&self, request: &ChargeRequest) -> Charged {
        billing::charge(self, request).await
    }

    async fn seek(&self, charge: &SentCharge) -> Result<Sought, ProviderError> {
        billing::seek(self, &charge.merchant_ref).await
    }

    async fn deactivate(&self, key: &AgreementKey) -> Result<(), ProviderError> {
        billing::remove(self, key).await
    }
}
