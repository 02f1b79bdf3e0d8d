//! One of the shop's own processes.

use axum::extract::FromRequestParts;
use axum::http::HeaderName;
use axum::http::request::Parts;
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use super::{bearer, client_address};
use crate::app::AppState;
use crate::problem::Problem;

/// Comes from an allowed network and has the service's token. For everybody else, whoever they
/// are, the endpoint does not exist: a member's token is only another wrong one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InternalCaller;

/// What proxies write about whom they speak for.
const FORWARDING: [HeaderName; 2] =
    [HeaderName::from_static("x-forwarded-for"), HeaderName::from_static("forwarded")];

impl FromRequestParts<AppState> for InternalCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let hidden = || Problem::of("not-found");
        let proxies = state.config.server.trusted_proxies;
        let address = client_address(&parts.headers, &parts.extensions, proxies);
        let internal = &state.config.internal;
        // A proxy that nobody told us of stands for the whole world, however near it is.
        let unknown_proxy =
            proxies == 0 && FORWARDING.iter().any(|name| parts.headers.contains_key(name));
        if unknown_proxy || !internal.from.iter().any(|network| network.contains(address)) {
            return Err(hidden());
        }
        let token = internal.token.as_ref().ok_or_else(hidden)?;
        let given = bearer(&parts.headers).map_err(|_| hidden())?;
        // Digests are compared, so that the time tells nothing of the token.
        let same = Sha256::digest(given) == Sha256::digest(token.expose_secret());
        if same { Ok(Self) } else { Err(hidden()) }
    }
}
