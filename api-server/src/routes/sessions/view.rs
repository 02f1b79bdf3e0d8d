//! What a client keeps of a session.

use jangbogo_member::LoggedIn;
use serde::Serialize;
use utoipa::ToSchema;

/// A pair of tokens.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionView {
    /// For `Authorization: Bearer`.
    access_token: String,
    /// Gets the next pair, once.
    refresh_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Life of the access token, seconds.
    #[schema(examples(900))]
    expires_in: u64,
}

impl From<LoggedIn> for SessionView {
    fn from(tokens: LoggedIn) -> Self {
        Self {
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            token_type: "Bearer",
            expires_in: tokens.expires_in.as_secs(),
        }
    }
}
