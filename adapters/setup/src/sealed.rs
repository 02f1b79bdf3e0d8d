//! A provider of recurring charges whose keys are sealed before anybody stores them.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_credentials::Sealer;
use jangbogo_payment::{
    AgreementKey, CaptureRequest, ChargeRequest, Charged, Granted, NotSentCause, OpenRequest,
    Outcome, ProviderError, ProviderSession, RecurringProfile, RecurringProvider, SentCharge,
    Sought, Standing,
};

/// Whoever reads the database cannot charge: an agreement's key is opened on its way to the
/// provider alone.
pub(crate) struct SealedRecurring {
    provider: Arc<dyn RecurringProvider>,
    sealer: Arc<Sealer>,
    /// Keys are sealed for one provider.
    name: String,
}

impl SealedRecurring {
    /// Seals the keys of this provider.
    pub(crate) fn new(provider: Arc<dyn RecurringProvider>, sealer: Arc<Sealer>) -> Self {
        let name = provider.recurring_profile().name.0;
        Self { provider, sealer, name }
    }

    fn sealed(&self, key: AgreementKey) -> AgreementKey {
        match self.sealer.seal(&self.name, key.expose()) {
            Ok(sealed) => AgreementKey::new(sealed),
            Err(error) => {
                // The money was taken: an agreement without its key would be worse.
                tracing::error!(%error, provider = self.name, "an agreement's key is not sealed");
                key
            }
        }
    }

    fn opened(&self, key: &AgreementKey) -> Result<AgreementKey, String> {
        let opened = self.sealer.open(&self.name, key.expose()).map(AgreementKey::new);
        opened.map_err(|error| format!("the agreement's key cannot be used: {error}"))
    }

    fn to_ask(&self, key: &AgreementKey) -> Result<AgreementKey, ProviderError> {
        let cause = NotSentCause::Unfit;
        self.opened(key).map_err(|reason| ProviderError::NotSent { cause, reason })
    }
}

#[async_trait]
impl RecurringProvider for SealedRecurring {
    fn recurring_profile(&self) -> RecurringProfile {
        self.provider.recurring_profile()
    }

    async fn open_agreeing(&self, request: &OpenRequest) -> Result<ProviderSession, ProviderError> {
        self.provider.open_agreeing(request).await
    }

    async fn capture_agreeing(&self, request: &CaptureRequest) -> Granted {
        let Granted { outcome, key } = self.provider.capture_agreeing(request).await;
        Granted { outcome, key: key.map(|key| self.sealed(key)) }
    }

    async fn standing(&self, key: &AgreementKey) -> Result<Standing, ProviderError> {
        self.provider.standing(&self.to_ask(key)?).await
    }

    async fn charge(&self, request: &ChargeRequest) -> Charged {
        match self.opened(&request.key) {
            Ok(key) => self.provider.charge(&ChargeRequest { key, ..request.clone() }).await,
            Err(reason) => {
                let outcome = Outcome::NotSent { cause: NotSentCause::Unfit, reason };
                Charged { outcome, reference: None, firmness: None }
            }
        }
    }

    async fn seek(&self, charge: &SentCharge) -> Result<Sought, ProviderError> {
        let key = self.to_ask(&charge.key)?;
        self.provider.seek(&SentCharge { key, ..charge.clone() }).await
    }

    async fn deactivate(&self, key: &AgreementKey) -> Result<(), ProviderError> {
        self.provider.deactivate(&self.to_ask(key)?).await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;
    use std::time::Duration;

    use jangbogo_credentials::SealingKey;
    use jangbogo_kernel::{Money, Timestamp};
    use jangbogo_payment::ProviderName;

    use super::*;

    const SID: &str = "S1234567890987654321";

    /// Grants one key, and notes the keys that it is asked with.
    #[derive(Default)]
    struct Bank(Mutex<Vec<String>>);

    impl Bank {
        fn is_asked(&self, key: &AgreementKey) {
            self.0.lock().unwrap().push(key.expose().to_owned());
        }
    }

    const CLOSED: NotSentCause = NotSentCause::Closed;

    fn nothing() -> Outcome {
        Outcome::NotSent { cause: CLOSED, reason: "closed".to_owned() }
    }

    #[async_trait]
    impl RecurringProvider for Bank {
        fn recurring_profile(&self) -> RecurringProfile {
            let name = ProviderName("bank".to_owned());
            RecurringProfile { name, proof: Vec::new(), horizon: Duration::from_mins(1) }
        }

        async fn open_agreeing(&self, _: &OpenRequest) -> Result<ProviderSession, ProviderError> {
            Err(ProviderError::NotSent { cause: CLOSED, reason: "closed".to_owned() })
        }

        async fn capture_agreeing(&self, _: &CaptureRequest) -> Granted {
            Granted { outcome: nothing(), key: Some(AgreementKey::new(SID)) }
        }

        async fn standing(&self, key: &AgreementKey) -> Result<Standing, ProviderError> {
            self.is_asked(key);
            Ok(Standing { is_chargeable: true, witness: None })
        }

        async fn charge(&self, request: &ChargeRequest) -> Charged {
            self.is_asked(&request.key);
            Charged { outcome: nothing(), reference: None, firmness: None }
        }

        async fn seek(&self, charge: &SentCharge) -> Result<Sought, ProviderError> {
            self.is_asked(&charge.key);
            Ok(Sought::Nothing)
        }

        async fn deactivate(&self, key: &AgreementKey) -> Result<(), ProviderError> {
            self.is_asked(key);
            Ok(())
        }
    }

    fn sealed(bank: &Arc<Bank>, keys: &[SealingKey]) -> SealedRecurring {
        SealedRecurring::new(bank.clone(), Arc::new(Sealer::new(keys).unwrap()))
    }

    async fn granted(provider: &SealedRecurring) -> AgreementKey {
        let request = CaptureRequest {
            reference: "T1".to_owned(),
            merchant_ref: "pay_1".to_owned(),
            buyer_ref: "mem_1".to_owned(),
            amount: Money::won(12_900),
            proof: BTreeMap::new(),
        };
        provider.capture_agreeing(&request).await.key.unwrap()
    }

    fn charge(key: &AgreementKey) -> ChargeRequest {
        ChargeRequest {
            key: key.clone(),
            merchant_ref: "pay_2".to_owned(),
            buyer_ref: "mem_1".to_owned(),
            item_name: "루테인".to_owned(),
            quantity: 1,
            amount: Money::won(12_900),
        }
    }

    fn sought(key: &AgreementKey) -> SentCharge {
        SentCharge {
            key: key.clone(),
            merchant_ref: "pay_2".to_owned(),
            amount: Money::won(12_900),
            witness: None,
            sent_at: Timestamp::from_micros(0),
        }
    }

    #[tokio::test]
    async fn the_provider_alone_sees_its_key() {
        let bank = Arc::<Bank>::default();
        let provider = sealed(&bank, &[SealingKey::generate()]);
        let key = granted(&provider).await;
        assert!(!key.expose().contains(SID), "{}", key.expose());
        provider.standing(&key).await.unwrap();
        provider.charge(&charge(&key)).await;
        provider.seek(&sought(&key)).await.unwrap();
        provider.deactivate(&key).await.unwrap();
        provider.standing(&AgreementKey::new(SID)).await.unwrap(); // from before there were seals
        assert_eq!(*bank.0.lock().unwrap(), [SID; 5]);
    }

    #[tokio::test]
    async fn what_cannot_be_opened_is_surely_not_charged() {
        let bank = Arc::<Bank>::default();
        let key = granted(&sealed(&bank, &[SealingKey::generate()])).await;
        let other = sealed(&bank, &[SealingKey::generate()]);
        let charged = other.charge(&charge(&key)).await;
        let Outcome::NotSent { cause: NotSentCause::Unfit, reason } = charged.outcome else {
            panic!("{charged:?}");
        };
        assert!(reason.contains("a key that this process does not have"), "{reason}");
        assert!(other.standing(&key).await.is_err() && other.seek(&sought(&key)).await.is_err());
        assert!(other.deactivate(&key).await.is_err());
        assert!(bank.0.lock().unwrap().is_empty(), "the provider was asked nothing");
    }
}
