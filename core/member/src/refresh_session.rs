//! Exchange a refresh token for the next pair of tokens.

use std::sync::Arc;

use jangbogo_kernel::{Clock, Store, StoreError, fault, retried};

use crate::{CredentialError, LoggedIn, TokenIssuer, TokenState, Transaction};

/// Rotates refresh tokens. A token that comes back after its exchange was copied by somebody: the
/// whole session ends (RFC 9700 section 4.14).
pub struct RefreshSession {
    store: Arc<dyn Store<dyn Transaction>>,
    issuer: TokenIssuer,
    clock: Arc<dyn Clock>,
}

/// The session goes on for nobody.
#[derive(Debug, thiserror::Error)]
pub enum RefreshSessionError {
    /// Unknown, expired, ended or reused; never said which.
    #[error("the refresh token is not valid")]
    Refused,
    /// Signing failed.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RefreshSession {
    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        issuer: TokenIssuer,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, issuer, clock }
    }

    /// The next pair of tokens.
    pub async fn run(&self, refresh_token: &str) -> Result<LoggedIn, RefreshSessionError> {
        retried(|| self.once(refresh_token)).await
    }

    async fn once(&self, refresh_token: &str) -> Result<LoggedIn, RefreshSessionError> {
        let refused = RefreshSessionError::Refused;
        let Some(digest) = self.issuer.secrets().digest(refresh_token) else {
            return Err(refused);
        };
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let Some((old, session)) = tx.sessions().find_token(digest).await? else {
            return Err(refused);
        };
        if !session.is_live(now) || now >= old.expires_at {
            return Err(refused);
        }
        let member = tx.members().find(session.member).await?;
        let Some(member) = member.filter(crate::Member::is_active) else {
            return Err(refused);
        };
        let (secret, new) = self.issuer.next_token(&old, &session, now);
        let rotated = old.state == TokenState::Active && tx.sessions().rotate(digest, &new).await?;
        if !rotated {
            tx.sessions().revoke_for_reuse(session.id, digest, now).await?;
            tx.commit().await?;
            return Err(refused);
        }
        tx.commit().await?;
        Ok(self.issuer.pair(member.id, member.role, session.id, secret, now)?)
    }
}

fault!(RefreshSessionError {
    Refused: Unauthenticated = "refresh-token-refused",
} passes on { Credential, Store });
