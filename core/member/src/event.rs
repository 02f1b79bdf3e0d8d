//! What the world may know about members. No personal data: consumers ask for it by id.

use jangbogo_kernel::{DomainEvent, Uuid};
use serde::{Deserialize, Serialize};

use crate::MemberId;

/// Somebody joined.
#[derive(Debug, Serialize, Deserialize)]
pub struct MemberSignedUp {
    /// The new member.
    pub member: MemberId,
}

/// Somebody tried to sign up with the address of a member; the member is told by mail.
#[derive(Debug, Serialize, Deserialize)]
pub struct SignUpRepeated {
    /// The notice's own identity.
    pub notice: Uuid,
    /// The member whose address it is.
    pub member: MemberId,
}

/// Somebody changed the profile or password.
#[derive(Debug, Serialize, Deserialize)]
pub struct MemberChanged {
    /// The member.
    pub member: MemberId,
    /// The member's version.
    pub version: i64,
}

/// Somebody left; personal data is gone.
#[derive(Debug, Serialize, Deserialize)]
pub struct MemberWithdrew {
    /// The former member.
    pub member: MemberId,
    /// The member's version.
    pub version: i64,
}

impl DomainEvent for MemberSignedUp {
    const NAME: &'static str = "member.member_signed_up.v1";

    fn aggregate(&self) -> Uuid {
        self.member.uuid()
    }

    fn sequence(&self) -> i64 {
        1
    }
}

impl DomainEvent for SignUpRepeated {
    const NAME: &'static str = "member.sign_up_repeated.v1";

    fn aggregate(&self) -> Uuid {
        self.notice
    }

    fn sequence(&self) -> i64 {
        1
    }
}

impl DomainEvent for MemberChanged {
    const NAME: &'static str = "member.member_changed.v1";

    fn aggregate(&self) -> Uuid {
        self.member.uuid()
    }

    fn sequence(&self) -> i64 {
        self.version
    }
}

impl DomainEvent for MemberWithdrew {
    const NAME: &'static str = "member.member_withdrew.v1";

    fn aggregate(&self) -> Uuid {
        self.member.uuid()
    }

    fn sequence(&self) -> i64 {
        self.version
    }
}
