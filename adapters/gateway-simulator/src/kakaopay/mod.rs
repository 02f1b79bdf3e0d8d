//! KakaoPay's online payment (one-time payments), as its current API talks.
//!
//! Not documented by the provider, hence chosen here: a missing or malformed field answers -2, a
//! `cancel_available_amount` that does not match answers -710, times are Korean time, and a
//! missing `Authorization` header is -400 with HTTP 400.

mod answer;
mod approve;
mod call;
mod cancel;
mod fields;
mod order;
mod page;
mod payment;
mod ready;
mod refusal;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::{get, post};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::backstage::{Backstage, lock};
use crate::fault::Call;

pub(crate) use payment::{Summary, summaries};

/// The tables of this provider.
pub(crate) const SCHEMA: &str = include_str!("schema.sql");

const PROVIDER: &str = "kakaopay";
/// The test merchant for one-time payments, the only one known here.
const CID_ONE_TIME: &str = "TC0ONETIME";

/// KakaoPay's side of one simulator.
#[derive(Debug)]
pub(crate) struct KakaoPay {
    backstage: Arc<Backstage>,
    secret_key: String,
    public_url: String,
    dice: Mutex<StdRng>,
    /// The payments an approve or cancel is working on right now.
    in_flight: Mutex<HashSet<String>>,
}

impl KakaoPay {
    pub(crate) fn new(
        backstage: Arc<Backstage>,
        secret_key: String,
        public_url: String,
        seed: u64,
    ) -> Self {
        Self {
            backstage,
            secret_key,
            public_url,
            dice: Mutex::new(StdRng::seed_from_u64(seed)),
            in_flight: Mutex::default(),
        }
    }

    /// A seeded number below `sides`.
    fn throw(&self, sides: u8) -> u8 {
        lock(&self.dice).random_range(0..sides)
    }
}

/// The provider's calls and its pay pages.
pub(crate) fn router(kakaopay: Arc<KakaoPay>) -> Router {
    Router::new()
        .route("/online/v1/payment/ready", call::endpoint(Call::Ready))
        .route("/online/v1/payment/approve", call::endpoint(Call::Approve))
        .route("/online/v1/payment/order", call::endpoint(Call::Order))
        .route("/online/v1/payment/cancel", call::endpoint(Call::Cancel))
        .route(page::PATH, get(page::show))
        .route(page::PRESS_PATH, post(page::press))
        .fallback(call::unknown_path)
        .method_not_allowed_fallback(call::unknown_path)
        .with_state(kakaopay)
}

/// Random hexadecimal digits, deliberately not from the seed: ids must not repeat when a
/// ledger is opened again under the same seed.
fn random_hex(digits: usize) -> String {
    let mut rng = rand::rng();
    let digit = |_| char::from(b"0123456789abcdef"[rng.random_range(0..16_usize)]);
    (0..digits).map(digit).collect()
}
