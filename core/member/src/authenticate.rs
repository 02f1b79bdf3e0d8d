//! Find out who is calling.

use std::sync::Arc;

use jangbogo_kernel::{Clock, ErrorKind, Fault, StoreError};

use crate::{AccessTokens, Caller, MemberId, MemberQueries, TokenError};

/// Turns an access token into a [`Caller`]. A valid signature is not enough: the session behind it
/// must still be live, so that a log-out or a stolen signing key does not leave doors open.
pub struct Authenticate {
    tokens: Arc<dyn AccessTokens>,
    members: Arc<dyn MemberQueries>,
    clock: Arc<dyn Clock>,
}

/// Nobody that we know.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    /// The token is no good.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The token is good and its session has ended.
    #[error("the session has ended")]
    SessionEnded,
    /// Storage failed; nobody passes on doubt.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Authenticate {
    /// Assembles the use case.
    pub fn new(
        tokens: Arc<dyn AccessTokens>,
        members: Arc<dyn MemberQueries>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { tokens, members, clock }
    }

    /// The caller behind the token.
    pub async fn run(&self, token: &str) -> Result<Caller, AuthenticateError> {
        let now = self.clock.now();
        let claims = self.tokens.verify(token, now)?;
        let session = self.members.find_session(claims.session).await?;
        let live = session.is_some_and(|s| s.member == claims.member && s.is_live(now));
        if !live {
            return Err(AuthenticateError::SessionEnded);
        }
        Ok(Caller { member: claims.member, role: claims.role, session: claims.session })
    }
}

impl Authenticate {
    /// The member whom a token of ours names. For counting alone: nobody was asked whether the
    /// session still lives, so that it proves nothing and costs nothing.
    pub fn named(&self, token: &str) -> Option<MemberId> {
        Some(self.tokens.verify(token, self.clock.now()).ok()?.member)
    }
}

impl Fault for AuthenticateError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Token(_) | Self::SessionEnded => ErrorKind::Unauthenticated,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Token(TokenError::Invalid) => "token-invalid",
            Self::Token(TokenError::Expired) => "token-expired",
            Self::SessionEnded => "session-ended",
            Self::Store(error) => error.code(),
        }
    }
}
