//! What the crate needs from outside.

use async_trait::async_trait;
use jangbogo_kernel::{StoreError, Timestamp, fault};

use crate::{
    Address, AddressId, EmailAddress, Member, MemberId, Nickname, Password, PasswordHash, Phone,
    RefreshToken, Role, Session, SessionId, TokenDigest,
};

/// A transaction that reaches accounts.
pub trait Transaction: jangbogo_kernel::Transaction {
    /// Accounts.
    fn members(&mut self) -> &mut dyn MemberRepository;
    /// Sessions and refresh tokens.
    fn sessions(&mut self) -> &mut dyn SessionRepository;
    /// Address books.
    fn addresses(&mut self) -> &mut dyn AddressRepository;
}

/// Loads and saves accounts.
#[async_trait]
pub trait MemberRepository: Send {
    /// The member, active or withdrawn.
    ///
    /// # Guarantees
    /// Locked until the transaction ends: who leaves, or gets a new password, does so before or
    /// after it.
    async fn find(&mut self, id: MemberId) -> Result<Option<Member>, StoreError>;

    /// The active member with this address.
    async fn find_by_email(&mut self, email: &EmailAddress) -> Result<Option<Member>, StoreError>;

    /// Whether an active member other than `except` has this nickname.
    async fn nickname_taken(
        &mut self,
        nickname: &Nickname,
        except: Option<MemberId>,
    ) -> Result<bool, StoreError>;

    /// Whether an active member other than `except` has this number.
    async fn phone_taken(&mut self, phone: &Phone, except: MemberId) -> Result<bool, StoreError>;

    /// Adds a new member.
    ///
    /// # Errors
    /// Retryable when address, nickname or phone was taken meanwhile.
    async fn add(&mut self, member: &Member) -> Result<(), StoreError>;

    /// Saves a member whose version was raised by one.
    ///
    /// # Errors
    /// A conflict when the stored version is not the one before.
    async fn save(&mut self, member: &Member) -> Result<(), StoreError>;
}

/// Loads and saves sessions and their refresh tokens.
#[async_trait]
pub trait SessionRepository: Send {
    /// Opens a session with its first token.
    async fn open(&mut self, session: &Session, token: &RefreshToken) -> Result<(), StoreError>;

    /// The token with this digest and its session, whatever their state.
    async fn find_token(
        &mut self,
        digest: TokenDigest,
    ) -> Result<Option<(RefreshToken, Session)>, StoreError>;

    /// Exchanges the active token `old` for `new`.
    ///
    /// # Guarantees
    /// `false`, with nothing changed, when `old` is no longer active: of any number of concurrent
    /// exchanges of one token exactly one succeeds.
    async fn rotate(&mut self, old: TokenDigest, new: &RefreshToken) -> Result<bool, StoreError>;

    /// Ends the session because the rotated token `reused` came back; no token of it stays active.
    async fn revoke_for_reuse(
        &mut self,
        session: SessionId,
        reused: TokenDigest,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Ends one session; its active token is revoked.
    async fn revoke(&mut self, session: SessionId, now: Timestamp) -> Result<(), StoreError>;

    /// Ends all sessions of a member, save `except`.
    async fn revoke_all(
        &mut self,
        member: MemberId,
        except: Option<SessionId>,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}

/// Loads and saves address books.
#[async_trait]
pub trait AddressRepository: Send {
    /// How many entries the member has.
    ///
    /// # Guarantees
    /// The book is locked until the transaction ends.
    async fn count(&mut self, member: MemberId) -> Result<u32, StoreError>;

    /// The entry, whoever owns it.
    async fn find(&mut self, id: AddressId) -> Result<Option<Address>, StoreError>;

    /// Adds or replaces an entry. When it is the default, no other entry of the member is.
    async fn save(&mut self, address: &Address) -> Result<(), StoreError>;

    /// Removes an entry.
    async fn remove(&mut self, id: AddressId) -> Result<(), StoreError>;

    /// Removes all entries of a member.
    async fn remove_all(&mut self, member: MemberId) -> Result<(), StoreError>;
}

/// Reads outside transactions.
#[async_trait]
pub trait MemberQueries: Send + Sync {
    /// The member, active or withdrawn.
    async fn find(&self, id: MemberId) -> Result<Option<Member>, StoreError>;

    /// The session.
    async fn find_session(&self, id: SessionId) -> Result<Option<Session>, StoreError>;

    /// The member's addresses, default first, then oldest first.
    async fn addresses(&self, member: MemberId) -> Result<Vec<Address>, StoreError>;
}

/// Hashes passwords slowly, outside the async threads, a few at a time.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// A salted hash in PHC format.
    async fn hash(&self, password: &Password) -> Result<PasswordHash, CredentialError>;

    /// Whether the password is the one behind the hash.
    ///
    /// # Guarantees
    /// With `None` it does the same work and answers `false`, so that time does not tell whether
    /// an account exists.
    async fn verify(
        &self,
        password: &Password,
        hash: Option<PasswordHash>,
    ) -> Result<bool, CredentialError>;
}

/// A new refresh token: the text for the client and what is stored of it.
#[derive(Clone)]
pub struct RefreshSecret {
    /// Shown to the client once.
    pub text: String,
    /// Stored.
    pub digest: TokenDigest,
}

/// Makes refresh tokens.
pub trait RefreshSecrets: Send + Sync {
    /// A fresh token of at least 256 random bits.
    fn generate(&self) -> RefreshSecret;

    /// What would be stored of this text; `None` when the text cannot be a token of ours.
    fn digest(&self, text: &str) -> Option<TokenDigest>;
}

/// What an access token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessClaims {
    /// Who.
    pub member: MemberId,
    /// What they are to the shop.
    pub role: Role,
    /// Through which log-in.
    pub session: SessionId,
    /// From when.
    pub issued_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Issues and reads access tokens.
pub trait AccessTokens: Send + Sync {
    /// A signed token with these claims.
    fn issue(&self, claims: &AccessClaims) -> Result<String, CredentialError>;

    /// The claims of a token that we signed.
    ///
    /// # Guarantees
    /// Only tokens of the one pinned algorithm, issuer, audience and type pass.
    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenError>;
}

/// The access token proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not ours, or tampered with.
    #[error("the access token is not valid")]
    Invalid,
    /// Ours, and too old.
    #[error("the access token has expired")]
    Expired,
}

/// Hashing or signing failed or is overloaded.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// Too many passwords wait to be hashed.
    #[error("too many log-ins at once")]
    Busy,
    /// A defect of ours.
    #[error("the credential service failed: {0}")]
    Failed(String),
}

fault!(CredentialError { Busy: Unavailable = "unavailable", Failed: Internal = "internal" });
