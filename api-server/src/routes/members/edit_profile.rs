//! `PATCH /api/v1/members/me`.

use axum::extract::State;
use jangbogo_member::EditProfileCommand;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::view::MemberView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json};
use crate::problem::Problem;

/// What is to change; a field that is not there stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EditProfileRequest {
    /// A new public name.
    #[serde(default)]
    nickname: Option<String>,
    /// A new number; null or an empty text removes it.
    #[serde(default, deserialize_with = "null_as_empty")]
    phone: Option<String>,
}

/// A field that is there and null is not the same as one that is not there.
fn null_as_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(Some(text.unwrap_or_default()))
}

/// Changes the caller's nickname and telephone number.
#[utoipa::path(patch, path = "/api/v1/members/me", tag = "members", security(("bearer" = [])),
    responses(
        (status = 200, description = "The account as it is now", body = MemberView),
        (status = 400, description = "`validation-failed`, `json-malformed`"),
        (status = 404, description = "`not-found`: the account is gone"),
        (status = 409, description = "`nickname-taken`, `phone-taken`"),
    ))]
pub(super) async fn edit_profile(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Json(request): Json<EditProfileRequest>,
) -> Result<Json<MemberView>, Problem> {
    let (nickname, phone) = (request.nickname.as_deref(), request.phone.as_deref());
    let command = EditProfileCommand::parse(nickname, phone)?;
    let member = state.shop.edit_profile.run(&caller, command).await?;
    Ok(Json(member.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_removes_and_absence_keeps() {
        let phone = |json| serde_json::from_str::<EditProfileRequest>(json).unwrap().phone;
        assert_eq!(phone("{}"), None);
        assert_eq!(phone(r#"{"phone":null}"#).as_deref(), Some(""));
        assert_eq!(phone(r#"{"phone":"010"}"#).as_deref(), Some("010"));
    }
}
