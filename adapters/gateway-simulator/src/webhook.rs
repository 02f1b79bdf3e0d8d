//! The provider's calls to the shop.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Client, redirect};

use crate::backstage::{Backstage, lock};
use crate::fault::{Action, Call, Provider, When};

/// The shop answers within this time, or the webhook comes again.
const ANSWER_TIME: Duration = Duration::from_secs(10);
/// When a webhook that was not taken comes again: 1, 4, 16 … minutes after the last try.
const REPEATS: [Duration; 7] = [
    Duration::from_mins(1),
    Duration::from_mins(4),
    Duration::from_mins(16),
    Duration::from_mins(64),
    Duration::from_mins(256),
    Duration::from_mins(1024),
    Duration::from_mins(4096),
];

/// Where webhooks go.
#[derive(Debug)]
pub(crate) struct Webhooks {
    url: Mutex<Option<String>>,
    client: Client,
}

/// One webhook.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) provider: Provider,
    /// The merchant's own reference, which faults go by.
    pub(crate) reference: String,
    /// The same at each try.
    pub(crate) id: String,
    /// When it was made, on the simulator's clock and as the provider writes it.
    pub(crate) made_at: String,
    pub(crate) body: String,
}

impl Webhooks {
    pub(crate) fn new(url: Option<String>) -> reqwest::Result<Self> {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(ANSWER_TIME)
            .no_proxy()
            .build()?;
        Ok(Self { url: Mutex::new(url), client })
    }

    pub(crate) fn send_to(&self, url: Option<String>) {
        *lock(&self.url) = url;
    }
}

/// Sends a webhook in its time, as often as the faults and the shop's answers make it.
pub(crate) fn announce(backstage: &Arc<Backstage>, webhook: Webhook) {
    if lock(&backstage.webhooks.url).is_none() {
        return;
    }
    let now_us = backstage.clock.now_us();
    let hit = backstage.faults.hit(webhook.provider, Call::Webhook, &webhook.reference, now_us);
    let (mut copies, mut delay_ms, mut is_lost) = (1, 0, false);
    for action in backstage.faults.draw(&hit, When::Before) {
        match action {
            Action::Duplicate { copies: more } => copies += more,
            Action::Latency { ms } => delay_ms += ms,
            _ => is_lost = true,
        }
    }
    for _ in 0..copies {
        if is_lost {
            repeat(backstage, webhook.clone(), 0);
        } else {
            plan(backstage, webhook.clone(), 0, Duration::from_millis(delay_ms));
        }
    }
}

/// The webhook comes again, until the provider gives up.
fn repeat(backstage: &Arc<Backstage>, webhook: Webhook, tries: usize) {
    let Some(wait) = REPEATS.get(tries) else {
        return tracing::warn!(id = webhook.id, "nobody took the webhook");
    };
    plan(backstage, webhook, tries + 1, *wait);
}

fn plan(backstage: &Arc<Backstage>, webhook: Webhook, tries: usize, wait: Duration) {
    let wait_us = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
    let due_us = backstage.clock.now_us().saturating_add(wait_us);
    let stage = Arc::downgrade(backstage);
    backstage.agenda.add(due_us, async move {
        // Gone only when the simulator is.
        if let Some(backstage) = stage.upgrade() {
            // Not awaited here: a shop that is slow to answer must not stop the clock.
            drop(tokio::spawn(deliver(backstage, webhook, tries)));
        }
    });
}

async fn deliver(backstage: Arc<Backstage>, webhook: Webhook, tries: usize) {
    let Some(url) = lock(&backstage.webhooks.url).clone() else {
        return;
    };
    let request = backstage
        .webhooks
        .client
        .post(url)
        .header("content-type", "application/json; charset=utf-8")
        .header("tosspayments-webhook-transmission-time", &webhook.made_at)
        .header("tosspayments-webhook-transmission-id", &webhook.id)
        .header("tosspayments-webhook-transmission-retried-count", tries)
        .body(webhook.body.clone());
    match request.send().await {
        Ok(answer) if answer.status() == reqwest::StatusCode::OK => {}
        Ok(answer) => {
            let status = answer.status().as_u16();
            tracing::info!(id = webhook.id, status, tries, "the webhook was not taken");
            repeat(&backstage, webhook, tries);
        }
        Err(error) => {
            tracing::info!(id = webhook.id, %error, tries, "the webhook did not arrive");
            repeat(&backstage, webhook, tries);
        }
    }
}
