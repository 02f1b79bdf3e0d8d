//! The payment providers of the configuration, each behind its layers.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jangbogo_credentials::Sealer;
use jangbogo_gateway::{
    BreakerSettings, BulkheadSettings, ConnectionLimits, KakaoPay, KakaoPaySettings,
    ResilienceSettings, Resilient, ResilientRecurring, RetrySettings, TossPayments,
    TossPaymentsSettings,
};
use jangbogo_gateway_simulator::Simulator;
use jangbogo_payment::{PaymentProvider, ProviderBooks, Providers, RecurringProvider};
use rand::RngExt as _;
use secrecy::SecretString;

use crate::config::{BulkheadConfig, Config, ResilienceConfig};
use crate::sealed::SealedRecurring;

/// The keys by which the providers know the shop: the configured ones, or, for a simulator of our
/// own, some that only this process knows.
pub(crate) struct ProviderKeys {
    pub(crate) kakaopay: Option<SecretString>,
    pub(crate) tosspayments: Option<SecretString>,
}

impl ProviderKeys {
    pub(crate) fn of(config: &Config) -> Self {
        let random = || {
            let secret: u128 = rand::rng().random();
            config.simulator.enabled.then(|| SecretString::from(format!("{secret:032x}")))
        };
        let kakaopay = config.kakaopay.secret_key.clone().or_else(random);
        // The simulator takes KakaoPay's key for both, unless it is told another.
        let simulated = kakaopay.clone().filter(|_| config.simulator.enabled);
        let tosspayments = config.tosspayments.secret_key.clone().or(simulated);
        Self { kakaopay, tosspayments }
    }
}

/// Every provider that there is a key for, and the books of those that list what they moved.
pub(crate) fn open(
    config: &Config,
    simulator: Option<&Simulator>,
    keys: ProviderKeys,
    sealer: &Arc<Sealer>,
) -> anyhow::Result<(Providers, Vec<Arc<dyn ProviderBooks>>)> {
    let simulated = simulator.map(Simulator::base_url);
    let resilience = config.resilience.settings();
    let mut providers: Vec<Arc<dyn PaymentProvider>> = Vec::new();
    let mut recurring: Vec<Arc<dyn RecurringProvider>> = Vec::new();
    // KakaoPay lists nothing: it is asked about each payment.
    let mut books: Vec<Arc<dyn ProviderBooks>> = Vec::new();
    if let Some(key) = keys.kakaopay {
        let kakaopay = Arc::new(kakaopay(config, simulated.clone(), key)?);
        let (profile, cannot) = (kakaopay.profile(), "KakaoPay cannot be called like this");
        let charging = ResilientRecurring::new(kakaopay.clone(), &profile, &resilience);
        recurring.push(sealed(charging.context(cannot)?, sealer));
        providers.push(Arc::new(Resilient::new(kakaopay, &resilience).context(cannot)?));
    }
    if let Some(key) = keys.tosspayments {
        let tosspayments = Arc::new(tosspayments(config, simulated, key)?);
        books.push(tosspayments.clone());
        let (profile, cannot) = (tosspayments.profile(), "TossPayments cannot be called like this");
        if tosspayments.has_billing_window() {
            let charging = ResilientRecurring::new(tosspayments.clone(), &profile, &resilience);
            recurring.push(sealed(charging.context(cannot)?, sealer));
        }
        providers.push(Arc::new(Resilient::new(tosspayments, &resilience).context(cannot)?));
    }
    Ok((Providers::new(providers).with_recurring(recurring), books))
}

fn sealed(charging: ResilientRecurring, sealer: &Arc<Sealer>) -> Arc<dyn RecurringProvider> {
    Arc::new(SealedRecurring::new(Arc::new(charging), Arc::clone(sealer)))
}

fn kakaopay(
    config: &Config,
    simulated: Option<String>,
    secret_key: SecretString,
) -> anyhow::Result<KakaoPay> {
    let config = &config.kakaopay;
    let given = config.base_url.clone().or(simulated);
    let base_url = given.unwrap_or_else(|| KakaoPaySettings::BASE_URL.to_owned());
    let settings = KakaoPaySettings {
        cid: config.cid.clone(),
        cid_secret: config.cid_secret.clone(),
        recurring_cid: config.recurring_cid.clone(),
        recurring_cid_secret: config.recurring_cid_secret.clone(),
        connection: connection(
            config.connect_timeout_ms,
            config.response_timeout_ms,
            config.pool_max_idle,
        ),
        ..KakaoPaySettings::new(base_url, secret_key)
    };
    KakaoPay::new(settings).context("the section [kakaopay] is impossible")
}

fn tosspayments(
    config: &Config,
    simulated: Option<String>,
    secret_key: SecretString,
) -> anyhow::Result<TossPayments> {
    let pages = config.simulator.public_url.clone().or_else(|| simulated.clone());
    let simulated_window = pages.map(|url| format!("{url}/tosspayments/billing"));
    let config = &config.tosspayments;
    let given = config.base_url.clone().or(simulated);
    let base_url = given.unwrap_or_else(|| TossPaymentsSettings::BASE_URL.to_owned());
    let settings = TossPaymentsSettings {
        method: config.method.clone(),
        billing_window: config.billing_window.clone().or(simulated_window),
        connection: connection(
            config.connect_timeout_ms,
            config.response_timeout_ms,
            config.pool_max_idle,
        ),
        ..TossPaymentsSettings::new(base_url, secret_key)
    };
    TossPayments::new(settings).context("the section [tosspayments] is impossible")
}

fn connection(connect_ms: u64, response_ms: u64, pool_max_idle: usize) -> ConnectionLimits {
    ConnectionLimits {
        connect_timeout: Duration::from_millis(connect_ms),
        response_timeout: Duration::from_millis(response_ms),
        pool_max_idle,
    }
}

impl ResilienceConfig {
    /// The numbers as the layers take them.
    fn settings(&self) -> ResilienceSettings {
        ResilienceSettings {
            breaker: BreakerSettings {
                window: self.breaker.window,
                minimum_calls: self.breaker.minimum_calls,
                failure_percent: self.breaker.failure_percent,
                open_for: Duration::from_millis(self.breaker.open_ms),
                trial_calls: self.breaker.trial_calls,
            },
            retry: RetrySettings {
                retries: self.retry.retries,
                wait: Duration::from_millis(self.retry.wait_ms),
            },
            money: self.money.settings(),
            lookup: self.lookup.settings(),
            money_deadline: Duration::from_millis(self.money_deadline_ms),
            question_deadline: Duration::from_millis(self.question_deadline_ms),
        }
    }
}

impl BulkheadConfig {
    fn settings(&self) -> BulkheadSettings {
        BulkheadSettings {
            parallel: self.parallel,
            parallel_max: self.parallel_max,
            queue_max: self.queue_max,
            wait: Duration::from_millis(self.wait_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_have_the_layers_own_defaults() {
        assert_eq!(ResilienceConfig::default().settings(), ResilienceSettings::default());
    }

    #[tokio::test]
    async fn budgets_that_do_not_nest_stop_the_start() {
        let mut config = Config::default();
        let sealer = Arc::new(Sealer::new(&[]).unwrap());
        let open = |config: &Config| open(config, None, ProviderKeys::of(config), &sealer);
        let (providers, books) = open(&config).unwrap();
        assert_eq!((providers.all().count(), books.len()), (2, 1));
        config.resilience.money.wait_ms = 20_001;
        let refused = open(&config).err().unwrap();
        let text = format!("{refused:#}");
        assert!(text.contains("KakaoPay cannot be called like this"), "{text}");
        assert!(text.contains("queue and a call (60001 ms)"), "{text}");
    }
}
