//! Who is calling.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use jangbogo_member::{Caller, SessionId};
use moka::future::Cache;
use sha2::{Digest as _, Sha256};

use crate::app::AppState;
use crate::problem::Problem;

/// How long an ended session may still pass.
const REMEMBERED_FOR: Duration = Duration::from_secs(1);
const REMEMBERED_MAX: u64 = 100_000;
/// Our tokens have some hundred bytes; more is not worth a look.
const TOKEN_BYTES_MAX: usize = 4_096;

/// A member who has proved who they are; counts against the member's rate limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Authenticated(pub(crate) Caller);

impl FromRequestParts<AppState> for Authenticated {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let token = bearer(&parts.headers)?;
        let caller = if let Some(caller) = state.sessions.get(token).await {
            caller
        } else {
            let caller = state.shop.authenticate.run(token).await?;
            state.sessions.remember(token, caller).await;
            caller
        };
        state.limits.member(caller.member)?;
        Ok(Self(caller))
    }
}

/// Tokens that proved somebody within the last second, so that a burst of requests asks the
/// database once. Only successes are remembered.
#[derive(Clone)]
pub(crate) struct SessionCache(Cache<[u8; 32], Caller>);

impl SessionCache {
    /// Nobody is remembered.
    pub(crate) fn new() -> Self {
        let cache =
            Cache::builder().max_capacity(REMEMBERED_MAX).time_to_live(REMEMBERED_FOR).build();
        Self(cache)
    }

    async fn get(&self, token: &str) -> Option<Caller> {
        self.0.get(&digest(token)).await
    }

    async fn remember(&self, token: &str, caller: Caller) {
        self.0.insert(digest(token), caller).await;
    }

    /// The session has ended: its tokens are asked about again at once.
    pub(crate) async fn forget(&self, session: SessionId) {
        let ended = self.0.iter().filter(|(_, caller)| caller.session == session);
        for digest in ended.map(|(digest, _)| *digest).collect::<Vec<_>>() {
            self.0.invalidate(&digest).await;
        }
    }

    /// Sessions of somebody have ended: everybody is asked about again at once.
    pub(crate) fn forget_all(&self) {
        self.0.invalidate_all();
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// The one bearer token of a request.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let missing = || Problem::of("authentication-required");
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(missing());
    };
    let value = value.to_str().map_err(|_| missing())?;
    let (scheme, token) = value.split_once(' ').ok_or_else(missing)?;
    let token = token.trim();
    let good =
        scheme.eq_ignore_ascii_case("bearer") && (1..=TOKEN_BYTES_MAX).contains(&token.len());
    if good { Ok(token) } else { Err(missing()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jangbogo_kernel::{Id, Uuid};
    use jangbogo_member::Role;

    #[test]
    fn one_bearer_token_and_nothing_else() {
        let long = format!("Bearer {}", "x".repeat(TOKEN_BYTES_MAX + 1));
        for (values, token) in [
            (vec!["Bearer abc"], Some("abc")),
            (vec!["bearer  abc"], Some("abc")),
            (vec![], None),
            (vec!["Basic abc"], None),
            (vec!["Bearer"], None),
            (vec!["Bearer "], None),
            (vec!["abc"], None),
            (vec!["Bearer a", "Bearer b"], None),
            (vec![&long], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in &values {
                headers.append(header::AUTHORIZATION, value.parse().unwrap());
            }
            assert_eq!(bearer(&headers).ok(), token, "{values:?}");
        }
    }

    #[tokio::test]
    async fn an_ended_session_is_forgotten_and_others_are_not() {
        let caller = |n| Caller {
            member: Id::new(Uuid::from_u128(n)),
            role: Role::Buyer,
            session: Id::new(Uuid::from_u128(n)),
        };
        let cache = SessionCache::new();
        cache.remember("first", caller(1)).await;
        cache.remember("second", caller(2)).await;
        cache.forget(caller(1).session).await;
        assert_eq!(cache.get("first").await, None);
        assert_eq!(cache.get("second").await, Some(caller(2)));
        cache.forget_all();
        assert_eq!(cache.get("second").await, None);
    }
}
