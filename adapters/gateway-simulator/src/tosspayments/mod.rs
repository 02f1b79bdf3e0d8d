//! TossPayments' core API, version 2022-11-16, as it talks.
//!
//! Not documented by the provider, hence chosen here: an `orderId` or `amount` that differs from
//! what the buyer agreed to answers `FORBIDDEN_REQUEST`; a payment that the buyer gave up or that
//! failed on the page is `ABORTED`; two calls at once for one payment answer
//! `FORBIDDEN_CONSECUTIVE_REQUEST`; cancels in `/v1/transactions` have positive amounts.

mod answer;
mod billing;
mod call;
mod cancel;
mod confirm;
mod create;
mod fields;
mod idempotency;
mod lookup;
mod page;
mod payment;
mod record;
mod refusal;
mod request;
mod transactions;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::{MethodFilter, get, post};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::backstage::Backstage;
use crate::fault::luck;

pub(crate) use call::unknown_path;
use call::{Endpoint, endpoint};
pub(crate) use record::summaries;

/// The tables of this provider.
pub(crate) const SCHEMA: &str = include_str!("schema.sql");

const PROVIDER: &str = "tosspayments";
/// The shop's name at the provider.
const MERCHANT: &str = "tjangbogo";
/// The API's version.
const VERSION: &str = "2022-11-16";

/// TossPayments' side of one simulator.
#[derive(Debug)]
pub(crate) struct TossPayments {
    backstage: Arc<Backstage>,
    /// The whole header that proves a merchant.
    authorization: String,
    public_url: String,
    /// The payments and idempotency keys that are being worked on right now.
    in_flight: Arc<Mutex<HashSet<String>>>,
}

impl TossPayments {
    pub(crate) fn new(backstage: Arc<Backstage>, secret_key: &str, public_url: String) -> Self {
        let authorization = format!("Basic {}", BASE64_STANDARD.encode(format!("{secret_key}:")));
        Self { backstage, authorization, public_url, in_flight: Arc::default() }
    }

    /// A number below `sides` that the seed decides, whoever comes first.
    fn luck(&self, purpose: &str, reference: &str, sides: u64) -> u64 {
        luck(self.backstage.seed, purpose, reference, sides)
    }
}

/// The provider's calls and its pages.
pub(crate) fn router(tosspayments: Arc<TossPayments>) -> Router {
    Router::new()
        .route("/v1/payments", endpoint(MethodFilter::POST, Endpoint::Create))
        .route("/v1/payments/confirm", endpoint(MethodFilter::POST, Endpoint::Confirm))
        .route("/v1/payments/{payment_key}", endpoint(MethodFilter::GET, Endpoint::Get))
        .route("/v1/payments/orders/{order_id}", endpoint(MethodFilter::GET, Endpoint::GetByOrder))
        .route("/v1/payments/{payment_key}/cancel", endpoint(MethodFilter::POST, Endpoint::Cancel))
        .route("/v1/transactions", endpoint(MethodFilter::GET, Endpoint::Transactions))
        // As a client that is in use writes it.
        .route("/v1/transactions/", endpoint(MethodFilter::GET, Endpoint::Transactions))
        .route(
            "/v1/billing/authorizations/issue",
            endpoint(MethodFilter::POST, Endpoint::IssueBillingKey),
        )
        .route(
            "/v1/billing/{billing_key}",
            endpoint(MethodFilter::POST, Endpoint::Charge)
                .merge(endpoint(MethodFilter::DELETE, Endpoint::RemoveBillingKey)),
        )
        .route(page::SDK_PATH, get(page::sdk))
        .route(page::WINDOW_PATH, get(page::window))
        .route(page::PATH, get(page::show))
        .route(page::PRESS_PATH, post(page::press))
        .route(billing::WINDOW_PATH, get(billing::window))
        .route(billing::PRESS_PATH, post(billing::press))
        .method_not_allowed_fallback(call::unknown_path)
        .with_state(tosspayments)
}
