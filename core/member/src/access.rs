//! Who may do what: the one place that decides roles and ownership.

use jangbogo_kernel::fault;

use crate::{MemberId, SessionId};

/// What a member is to the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Browses, orders, pays.
    Buyer,
    /// Also keeps own products.
    Seller,
    /// May act for every member.
    Admin,
}

impl Role {
    /// The role's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Seller => "seller",
            Self::Admin => "admin",
        }
    }

    /// The role of a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Buyer, Self::Seller, Self::Admin].into_iter().find(|role| role.name() == name)
    }
}

/// A member who has proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The member.
    pub member: MemberId,
    /// What they are to the shop.
    pub role: Role,
    /// The session that they act through.
    pub session: SessionId,
}

/// The caller may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// It belongs to somebody else; its very existence is private.
    #[error("there is no such thing, or it is not yours")]
    Hidden,
    /// The caller's role does not allow it.
    #[error("this needs the role {}", .0.name())]
    RoleNeeded(Role),
}

impl Caller {
    /// Passes the owner and admins; to everybody else the thing does not exist.
    pub fn require_owner(&self, owner: MemberId) -> Result<(), AccessError> {
        if self.member == owner || self.role == Role::Admin {
            Ok(())
        } else {
            Err(AccessError::Hidden)
        }
    }

    /// Passes callers of this role and admins.
    pub fn require_role(&self, role: Role) -> Result<(), AccessError> {
        if self.role == role || self.role == Role::Admin {
            Ok(())
        } else {
            Err(AccessError::RoleNeeded(role))
        }
    }
}

fault!(AccessError { Hidden: NotFound = "not-found", RoleNeeded: Forbidden = "forbidden" });

#[cfg(test)]
mod tests {
    use super::*;
    use jangbogo_kernel::Id;

    fn caller(id: u128, role: Role) -> Caller {
        let id = Id::<()>::new(uuid(id));
        Caller { member: Id::new(id.uuid()), role, session: Id::new(id.uuid()) }
    }

    fn uuid(id: u128) -> jangbogo_kernel::Uuid {
        jangbogo_kernel::Uuid::from_u128(id)
    }

    #[test]
    fn what_is_another_s_does_not_exist() {
        let owner = caller(1, Role::Buyer).member;
        assert_eq!(caller(1, Role::Buyer).require_owner(owner), Ok(()));
        assert_eq!(caller(2, Role::Seller).require_owner(owner), Err(AccessError::Hidden));
        assert_eq!(caller(2, Role::Admin).require_owner(owner), Ok(()));
    }

    #[test]
    fn roles_do_not_contain_each_other_save_the_admin() {
        let refused = Err(AccessError::RoleNeeded(Role::Seller));
        assert_eq!(caller(1, Role::Buyer).require_role(Role::Seller), refused);
        assert_eq!(caller(1, Role::Seller).require_role(Role::Seller), Ok(()));
        assert_eq!(caller(1, Role::Admin).require_role(Role::Seller), Ok(()));
    }
}
