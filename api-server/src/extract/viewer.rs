//! Who looks at a page, for counting.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use jangbogo_catalog::{ProductId, Who};
use jangbogo_member::MemberId;

use super::{ClientAddress, bearer};
use crate::app::AppState;

/// Whoever asks, known or not; nobody is turned away.
pub(crate) struct Viewer {
    member: Option<MemberId>,
    address: IpAddr,
    user_agent: Option<HeaderValue>,
}

impl FromRequestParts<AppState> for Viewer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, state).await?;
        let token = bearer(&parts.headers).ok();
        let member = token.and_then(|token| state.shop.authenticate.named(token));
        Ok(Self { member, address, user_agent: parts.headers.get(USER_AGENT).cloned() })
    }
}

impl Viewer {
    /// Counts them among the product's visitors. A page is shown whether that succeeds or not.
    pub(crate) async fn looks_at(&self, state: &AppState, product: ProductId) {
        let stranger = Who::Stranger {
            address: self.address,
            user_agent: self.user_agent.as_ref().map_or(b"", HeaderValue::as_bytes),
        };
        let who = self.member.map_or(stranger, Who::Member);
        if let Err(error) = state.shop.record_view.run(product, &who).await {
            tracing::warn!(?error, "a visitor was not counted");
        }
    }
}
