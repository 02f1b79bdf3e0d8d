//! A payment provider of one's own, and buyers who agree to everything.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, bail};
use jangbogo_gateway::{KakaoPay, KakaoPaySettings};
use jangbogo_gateway_simulator::{Simulator, SimulatorConfig};
use jangbogo_kernel::Money;
use jangbogo_payment::{CaptureRequest, OpenRequest, PaymentProvider, ProviderSession, ReturnUrls};
use reqwest::{Url, redirect};

/// The key of the simulator.
const KEY: &str = "bench-secret-key";

/// The provider's side, and browsers.
pub(super) struct Payer {
    pub(super) simulator: Simulator,
    browser: reqwest::Client,
    next: AtomicU64,
}

impl Payer {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let simulator = Simulator::start(SimulatorConfig::new(KEY)).await?;
        let browser = reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy();
        Ok(Self { simulator, browser: browser.build()?, next: AtomicU64::new(1) })
    }

    /// An adapter to the provider.
    pub(super) fn adapter(&self) -> anyhow::Result<KakaoPay> {
        adapter_at(&self.simulator.base_url())
    }

    /// A payment that its buyer has agreed to, ready to be captured. `None` when the provider did
    /// not open a session.
    pub(super) async fn agreed(
        &self,
        provider: &dyn PaymentProvider,
    ) -> anyhow::Result<Option<CaptureRequest>> {
        let merchant_ref = format!("pay_{}", self.next.fetch_add(1, Ordering::Relaxed));
        let url = |end: &str| format!("http://shop.test/{merchant_ref}/{end}");
        let request = OpenRequest {
            merchant_ref: merchant_ref.clone(),
            buyer_ref: "mem_1".to_owned(),
            item_name: "루테인".to_owned(),
            quantity: 1,
            amount: Money::won(12_900),
            urls: ReturnUrls { approve: url("approve"), cancel: url("cancel"), fail: url("fail") },
        };
        let Ok(session) = provider.open(&request).await else {
            return Ok(None);
        };
        let proof = self.presses_pay(&session).await?;
        Ok(Some(CaptureRequest {
            reference: session.reference,
            merchant_ref: request.merchant_ref,
            buyer_ref: request.buyer_ref,
            amount: request.amount,
            proof: proof.query_pairs().into_owned().collect(),
        }))
    }

    async fn presses_pay(&self, session: &ProviderSession) -> anyhow::Result<Url> {
        let answer = self.browser.post(format!("{}/pay", session.redirects.pc)).send().await?;
        let Some(location) = answer.headers().get("location") else {
            bail!("the pay page answers {}", answer.status());
        };
        Ok(location.to_str().context("the address is no text")?.parse()?)
    }
}

/// An adapter to whatever is at this address.
pub(super) fn adapter_at(base_url: &str) -> anyhow::Result<KakaoPay> {
    Ok(KakaoPay::new(KakaoPaySettings::new(base_url, KEY.into()))?)
}
