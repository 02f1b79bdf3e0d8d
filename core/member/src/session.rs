//! Sessions and the chain of refresh tokens that keeps one alive.

use jangbogo_kernel::{Kind, Timestamp};

use crate::{MemberId, SessionId};

/// A log-in on one device: a family of refresh tokens, each used once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Identity; access tokens carry it.
    pub id: SessionId,
    /// Whose.
    pub member: MemberId,
    /// When the member logged in.
    pub created_at: Timestamp,
    /// When it ends however often it is refreshed.
    pub expires_at: Timestamp,
    /// When it was ended; nothing passes after that.
    pub revoked_at: Option<Timestamp>,
}

impl Kind for Session {
    const PREFIX: &'static str = "ses";
}

impl Session {
    /// Whether the session still counts.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

/// SHA-256 of a refresh token; the token itself is never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenDigest(pub [u8; 32]);

/// One refresh token of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// What is stored of it.
    pub digest: TokenDigest,
    /// The session that it belongs to.
    pub session: SessionId,
    /// 1 for the token of the log-in, one more with each rotation.
    pub generation: i64,
    /// The token that was exchanged for this one.
    pub parent: Option<TokenDigest>,
    /// Whether it can be exchanged.
    pub state: TokenState,
    /// When it can no longer be exchanged.
    pub expires_at: Timestamp,
}

/// `Active → Rotated → Reused`, `Active → Revoked`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenState {
    /// Can be exchanged once.
    Active,
    /// Was exchanged.
    Rotated,
    /// Was presented again after its exchange: somebody copied it.
    Reused,
    /// Ended with its session.
    Revoked,
}

impl TokenState {
    /// The state's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Rotated => "rotated",
            Self::Reused => "reused",
            Self::Revoked => "revoked",
        }
    }

    /// The state of a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Active, Self::Rotated, Self::Reused, Self::Revoked]
            .into_iter()
            .find(|state| state.name() == name)
    }
}
