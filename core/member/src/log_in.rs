//! Log in.

use std::sync::Arc;
use std::time::Duration;

use jangbogo_kernel::{Clock, IdGenerator, Store, StoreError, Timestamp, fault, retried};

use crate::{
    AccessClaims, AccessTokens, CredentialError, EmailAddress, FieldError, Member, MemberId,
    Password, PasswordHasher, RefreshSecret, RefreshSecrets, RefreshToken, Role, Session,
    SessionId, TokenState, Transaction,
};

/// Opens a session for who knows the password.
///
/// A wrong password, an unknown and a withdrawn account give the same answer after the same work.
pub struct LogIn {
    store: Arc<dyn Store<dyn Transaction>>,
    hasher: Arc<dyn PasswordHasher>,
    issuer: TokenIssuer,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

/// What somebody types to log in.
#[derive(Debug, Clone)]
pub struct LogInCommand {
    email: EmailAddress,
    password: Password,
}

/// How long tokens last.
#[derive(Debug, Clone, Copy)]
pub struct SessionSettings {
    /// An access token (ASVS 5.0: at most 15 minutes).
    pub access_token: Duration,
    /// A refresh token that is not used.
    pub refresh_token: Duration,
    /// A session, however often it is refreshed.
    pub session: Duration,
}

/// The pair of tokens that a client keeps.
pub struct LoggedIn {
    /// Signed, short-lived; proves the session to the API.
    pub access_token: String,
    /// Opaque, used once; gets the next pair.
    pub refresh_token: String,
    /// Life of the access token.
    pub expires_in: Duration,
}

/// Nobody was logged in.
#[derive(Debug, thiserror::Error)]
pub enum LogInError {
    /// Wrong password or no such account; never said which.
    #[error("the e-mail address or the password is wrong")]
    Refused,
    /// Hashing or signing failed.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            access_token: Duration::from_mins(15),
            refresh_token: Duration::from_hours(14 * 24),
            session: Duration::from_hours(30 * 24),
        }
    }
}

impl LogInCommand {
    /// A checked address and whatever was typed as password.
    pub fn parse(email: &str, password: &str) -> Result<Self, FieldError> {
        Ok(Self { email: EmailAddress::parse(email)?, password: Password::typed(password)? })
    }

    /// The address, for throttling.
    pub fn email(&self) -> &EmailAddress {
        &self.email
    }
}

impl LogIn {
    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        hasher: Arc<dyn PasswordHasher>,
        issuer: TokenIssuer,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self { store, hasher, issuer, clock, ids }
    }

    /// Opens a session.
    pub async fn run(&self, command: LogInCommand) -> Result<LoggedIn, LogInError> {
        let mut tx = self.store.begin().await?;
        let member = tx.members().find_by_email(&command.email).await?;
        drop(tx); // hashing takes long; no transaction is held meanwhile
        let hash = member.as_ref().and_then(|member| member.password.clone());
        let proven = self.hasher.verify(&command.password, hash).await?;
        let Some(member) = member.filter(|member| proven && member.is_active()) else {
            return Err(LogInError::Refused);
        };
        let now = self.clock.now();
        let session = Session {
            id: self.ids.next(),
            member: member.id,
            created_at: now,
            expires_at: now.plus(self.issuer.settings.session),
            revoked_at: None,
        };
        let (secret, token) = self.issuer.first_token(&session, now);
        retried(|| self.open(&member, &session, &token)).await?;
        Ok(self.issuer.pair(member.id, member.role, session.id, secret, now)?)
    }

    async fn open(
        &self,
        member: &Member,
        session: &Session,
        token: &RefreshToken,
    ) -> Result<(), LogInError> {
        let mut tx = self.store.begin().await?;
        // A withdrawal or a new password meanwhile: what was proven proves nothing any more.
        let still = tx.members().find(member.id).await?;
        if still.as_ref() != Some(member) {
            return Err(LogInError::Refused);
        }
        tx.sessions().open(session, token).await?;
        Ok(tx.commit().await?)
    }
}

/// Makes pairs of tokens; shared by log-in and refresh.
#[derive(Clone)]
pub struct TokenIssuer {
    access: Arc<dyn AccessTokens>,
    refresh: Arc<dyn RefreshSecrets>,
    settings: SessionSettings,
}

impl TokenIssuer {
    /// Assembles the issuer.
    pub fn new(
        access: Arc<dyn AccessTokens>,
        refresh: Arc<dyn RefreshSecrets>,
        settings: SessionSettings,
    ) -> Self {
        Self { access, refresh, settings }
    }

    pub(crate) fn secrets(&self) -> &dyn RefreshSecrets {
        &*self.refresh
    }

    fn first_token(&self, session: &Session, now: Timestamp) -> (RefreshSecret, RefreshToken) {
        let secret = self.refresh.generate();
        let token = RefreshToken {
            digest: secret.digest,
            session: session.id,
            generation: 1,
            parent: None,
            state: TokenState::Active,
            expires_at: self.refresh_expiry(session, now),
        };
        (secret, token)
    }

    pub(crate) fn next_token(
        &self,
        old: &RefreshToken,
        session: &Session,
        now: Timestamp,
    ) -> (RefreshSecret, RefreshToken) {
        let (secret, first) = self.first_token(session, now);
        let generation = old.generation + 1;
        (secret, RefreshToken { generation, parent: Some(old.digest), ..first })
    }

    pub(crate) fn pair(
        &self,
        member: MemberId,
        role: Role,
        session: SessionId,
        secret: RefreshSecret,
        now: Timestamp,
    ) -> Result<LoggedIn, CredentialError> {
        let expires_in = self.settings.access_token;
        let expires_at = now.plus(expires_in);
        let claims = AccessClaims { member, role, session, issued_at: now, expires_at };
        let access_token = self.access.issue(&claims)?;
        Ok(LoggedIn { access_token, refresh_token: secret.text, expires_in })
    }

    fn refresh_expiry(&self, session: &Session, now: Timestamp) -> Timestamp {
        now.plus(self.settings.refresh_token).min(session.expires_at)
    }
}

fault!(LogInError {
    Refused: Unauthenticated = "credentials-refused",
} passes on { Credential, Store });
