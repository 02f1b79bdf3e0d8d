//! Accounts, credentials, sessions, addresses and roles.
//!
//! The crate decides who somebody is ([`Authenticate`]) and what they may touch ([`Caller`]): the
//! other core crates ask [`Caller::require_owner`] and [`Caller::require_role`] and nothing else.
//!
//! It refuses to tell whether an e-mail address has an account: signing up and logging in give the
//! same answer, after the same work, for a known and for an unknown address.
//!
//! ```
//! use jangbogo_member::{EmailAddress, Nickname};
//!
//! let email = EmailAddress::parse(" Admiral@Example.COM ")?;
//! assert_eq!(email.as_str(), "admiral@example.com");
//! assert!(Nickname::parse("장보고").is_ok());
//! # Ok::<(), jangbogo_member::FieldError>(())
//! ```

mod access;
mod address;
mod address_book;
mod authenticate;
mod change_password;
mod edit_profile;
mod event;
mod log_in;
mod log_out;
mod member;
mod ports;
mod refresh_session;
mod session;
mod sign_up;
mod values;
mod withdraw;

pub mod contract;

pub use access::{AccessError, Caller, Role};
pub use address::{Address, AddressDetails};
pub use address_book::{AddressBook, AddressError};
pub use authenticate::{Authenticate, AuthenticateError};
pub use change_password::{ChangePassword, ChangePasswordCommand, ChangePasswordError};
pub use edit_profile::{EditProfile, EditProfileCommand, EditProfileError};
pub use event::{MemberChanged, MemberSignedUp, MemberWithdrew, SignUpRepeated};
pub use log_in::{LogIn, LogInCommand, LogInError, LoggedIn, SessionSettings, TokenIssuer};
pub use log_out::LogOut;
pub use member::{Member, MemberStatus};
#[cfg(feature = "mock")]
pub use ports::MockPasswordHasher;
pub use ports::{
    AccessClaims, AccessTokens, AddressRepository, CredentialError, MemberQueries,
    MemberRepository, PasswordHasher, RefreshSecret, RefreshSecrets, SessionRepository, TokenError,
    Transaction,
};
pub use refresh_session::{RefreshSession, RefreshSessionError};
pub use session::{RefreshToken, Session, TokenDigest, TokenState};
pub use sign_up::{SignUp, SignUpCommand, SignUpError};
pub use values::{EmailAddress, FieldError, Nickname, Password, PasswordHash, Phone};
pub use withdraw::{Withdraw, WithdrawError};

use jangbogo_kernel::Id;

/// A member's id: `mem_…`.
pub type MemberId = Id<Member>;
/// A session's id: `ses_…`.
pub type SessionId = Id<Session>;
/// An address book entry's id: `adr_…`.
pub type AddressId = Id<Address>;
