//! How an account looks to its owner.

use jangbogo_member::{EmailAddress, Member, Nickname, Phone};
use serde::Serialize;
use utoipa::ToSchema;

/// The caller's account.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MemberView {
    /// Identity.
    #[schema(examples("mem_0199f2a77c5e7d2c9d3f1d6a4c2b8e10"))]
    id: String,
    /// Log-in name.
    email: String,
    /// Public name.
    nickname: String,
    /// Telephone number, if one was given.
    phone: Option<String>,
    /// `buyer`, `seller` or `admin`.
    role: &'static str,
    /// When the account was made.
    created_at: String,
}

impl From<Member> for MemberView {
    fn from(member: Member) -> Self {
        let text = |email: &EmailAddress| email.as_str().to_owned();
        let name = |nickname: &Nickname| nickname.as_str().to_owned();
        let number = |phone: &Phone| phone.as_str().to_owned();
        Self {
            id: member.id.to_string(),
            email: member.email.as_ref().map(text).unwrap_or_default(),
            nickname: member.nickname.as_ref().map(name).unwrap_or_default(),
            phone: member.phone.as_ref().map(number),
            role: member.role.name(),
            created_at: member.created_at.to_string(),
        }
    }
}
