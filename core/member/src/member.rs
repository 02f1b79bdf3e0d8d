//! A member's account.

use jangbogo_kernel::{Kind, Timestamp};

use crate::{EmailAddress, MemberId, Nickname, PasswordHash, Phone, Role};

/// An account. `Active → Withdrawn`, never back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Identity.
    pub id: MemberId,
    /// Log-in name; unique among active members. `None` once withdrawn: personal data is erased.
    pub email: Option<EmailAddress>,
    /// Public name; unique among active members. `None` once withdrawn.
    pub nickname: Option<Nickname>,
    /// Optional; unique among active members.
    pub phone: Option<Phone>,
    /// Proof of the password. `None` once withdrawn.
    pub password: Option<PasswordHash>,
    /// What the member is to the shop.
    pub role: Role,
    /// Whether the account can be used.
    pub status: MemberStatus,
    /// 1 at sign-up, one more with each change.
    pub version: i64,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// Whether an account can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberStatus {
    /// Can log in.
    Active,
    /// Gone; only the id remains, for the orders that name it.
    Withdrawn,
}

impl MemberStatus {
    /// The status's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Kind for Member {
    const PREFIX: &'static str = "mem";
}

impl Member {
    /// A new account.
    pub fn joined(
        id: MemberId,
        email: EmailAddress,
        nickname: Nickname,
        password: PasswordHash,
        role: Role,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            email: Some(email),
            nickname: Some(nickname),
            phone: None,
            password: Some(password),
            role,
            status: MemberStatus::Active,
            version: 1,
            created_at: now,
        }
    }

    /// Whether the account can be used.
    pub fn is_active(&self) -> bool {
        self.status == MemberStatus::Active
    }

    /// Ends the account and erases what is personal.
    pub fn withdraw(&mut self) {
        self.email = None;
        self.nickname = None;
        self.phone = None;
        self.password = None;
        self.status = MemberStatus::Withdrawn;
        self.version += 1;
    }
}
