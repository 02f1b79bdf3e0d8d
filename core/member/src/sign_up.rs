//! Sign up.

use std::sync::Arc;

use jangbogo_kernel::{Clock, Event, IdGenerator, Store, StoreError, fault, retried};

use crate::{
    CredentialError, EmailAddress, FieldError, Member, MemberSignedUp, Nickname, Password,
    PasswordHash, PasswordHasher, Role, SignUpRepeated, Transaction,
};

/// Makes an account.
///
/// An address that has an account already gets the same answer after the same work, and its owner
/// a mail; nothing else changes.
pub struct SignUp {
    store: Arc<dyn Store<dyn Transaction>>,
    hasher: Arc<dyn PasswordHasher>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

/// What a new member gives.
#[derive(Debug, Clone)]
pub struct SignUpCommand {
    email: EmailAddress,
    password: Password,
    nickname: Nickname,
    role: Role,
}

/// The account was not made.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// Nicknames are public, so this may be said.
    #[error("this nickname is taken")]
    NicknameTaken,
    /// Hashing failed.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SignUpCommand {
    /// A buyer's account with a checked address, nickname and new password.
    pub fn parse(email: &str, password: &str, nickname: &str) -> Result<Self, FieldError> {
        let email = EmailAddress::parse(email)?;
        let nickname = Nickname::parse(nickname)?;
        let password = Password::chosen(password, &email, &nickname)?;
        Ok(Self { email, password, nickname, role: Role::Buyer })
    }

    /// The same account with another role; for operators and seeds, never from a request.
    #[must_use]
    pub fn with_role(self, role: Role) -> Self {
        Self { role, ..self }
    }
}

impl SignUp {
    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        hasher: Arc<dyn PasswordHasher>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self { store, hasher, clock, ids }
    }

    /// Makes the account, or tells its owner that somebody tried.
    pub async fn run(&self, command: SignUpCommand) -> Result<(), SignUpError> {
        let password = self.hasher.hash(&command.password).await?;
        retried(|| self.once(command.clone(), password.clone())).await
    }

    async fn once(
        &self,
        command: SignUpCommand,
        password: PasswordHash,
    ) -> Result<(), SignUpError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        // Asked first and for every address alike, so that the answer depends on the nickname only.
        if tx.members().nickname_taken(&command.nickname, None).await? {
            return Err(SignUpError::NicknameTaken);
        }
        let event = if let Some(owner) = tx.members().find_by_email(&command.email).await? {
            let notice = self.ids.next_uuid();
            Event::of(&SignUpRepeated { notice, member: owner.id }, &*self.ids, now)?
        } else {
            let SignUpCommand { email, nickname, role, .. } = command;
            let member = Member::joined(self.ids.next(), email, nickname, password, role, now);
            tx.members().add(&member).await?;
            Event::of(&MemberSignedUp { member: member.id }, &*self.ids, now)?
        };
        tx.outbox().append(vec![event]).await?;
        Ok(tx.commit().await?)
    }
}

fault!(SignUpError {
    NicknameTaken: Conflict = "nickname-taken",
} passes on { Credential, Store });
