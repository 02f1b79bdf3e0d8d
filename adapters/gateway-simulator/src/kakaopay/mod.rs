//! KakaoPay's online payment (one-time and recurring), as its current API talks.
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
mod sid;
mod standing;
mod subscription;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::{get, post};

use crate::backstage::Backstage;
use crate::fault::{Call, luck};

pub(crate) use call::unknown_path;
pub(crate) use payment::summaries;
pub(crate) use sid::{agreements, end_of_user};

/// The tables of this provider.
pub(crate) const SCHEMA: &str = concat!(include_str!("schema.sql"), include_str!("sid.sql"));

const PROVIDER: &str = "kakaopay";
/// The test merchant for one-time payments.
const CID_ONE_TIME: &str = "TC0ONETIME";
/// The one for recurring payments: approving a payment of its brings a SID.
const CID_RECURRING: &str = "TCSUBSCRIP";

/// KakaoPay's side of one simulator.
#[derive(Debug)]
pub(crate) struct KakaoPay {
    backstage: Arc<Backstage>,
    secret_key: String,
    public_url: String,
    /// The payments an approve or cancel is working on right now.
    in_flight: Arc<Mutex<HashSet<String>>>,
}

impl KakaoPay {
    pub(crate) fn new(backstage: Arc<Backstage>, secret_key: String, public_url: String) -> Self {
        Self { backstage, secret_key, public_url, in_flight: Arc::default() }
    }

    /// A number below `sides` that the seed decides, whoever comes first.
    fn luck(&self, purpose: &str, reference: &str, sides: u64) -> u64 {
        luck(self.backstage.seed, purpose, reference, sides)
    }
}

/// The provider's calls and its pay pages.
pub(crate) fn router(kakaopay: Arc<KakaoPay>) -> Router {
    Router::new()
        .route("/online/v1/payment/ready", call::endpoint(Call::Ready))
        .route("/online/v1/payment/approve", call::endpoint(Call::Approve))
        .route("/online/v1/payment/order", call::endpoint(Call::Order))
        .route("/online/v1/payment/cancel", call::endpoint(Call::Cancel))
        .route("/online/v1/payment/subscription", call::endpoint(Call::Charge))
        .route("/online/v1/payment/manage/subscription/status", call::endpoint(Call::Standing))
        .route("/online/v1/payment/manage/subscription/inactive", call::endpoint(Call::BillingKey))
        .route(page::PATH, get(page::show))
        .route(page::PRESS_PATH, post(page::press))
        .method_not_allowed_fallback(call::unknown_path)
        .with_state(kakaopay)
}
