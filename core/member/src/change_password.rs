//! Change the password.

use std::sync::Arc;

use jangbogo_kernel::{Clock, Event, IdGenerator, Store, StoreError, fault, retried};

use crate::{
    AccessError, Caller, CredentialError, FieldError, Member, MemberChanged, Password,
    PasswordHasher, Transaction,
};

/// Changes the caller's password, knowing the old one; every other session ends.
pub struct ChangePassword {
    store: Arc<dyn Store<dyn Transaction>>,
    hasher: Arc<dyn PasswordHasher>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

/// The old password and the new one as typed.
#[derive(Debug, Clone)]
pub struct ChangePasswordCommand {
    /// Proof that the caller is the member.
    pub current: Password,
    /// Checked against the account's own words before it is taken.
    pub new: String,
}

/// The password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The old password is wrong.
    #[error("the current password is wrong")]
    Refused,
    /// The new password is not good enough.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The account is gone.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Hashing failed.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ChangePassword {
    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        hasher: Arc<dyn PasswordHasher>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self { store, hasher, clock, ids }
    }

    /// Changes the password.
    pub async fn run(
        &self,
        caller: &Caller,
        command: ChangePasswordCommand,
    ) -> Result<(), ChangePasswordError> {
        retried(|| self.once(caller, &command)).await
    }

    async fn once(
        &self,
        caller: &Caller,
        command: &ChangePasswordCommand,
    ) -> Result<(), ChangePasswordError> {
        let mut tx = self.store.begin().await?;
        let found = tx.members().find(caller.member).await?;
        drop(tx); // hashing takes long; no transaction is held meanwhile
        let mut member = found.filter(Member::is_active).ok_or(AccessError::Hidden)?;
        let (Some(email), Some(nickname)) = (&member.email, &member.nickname) else {
            return Err(AccessError::Hidden.into());
        };
        let new = Password::chosen(&command.new, email, nickname)?;
        if !self.hasher.verify(&command.current, member.password.clone()).await? {
            return Err(ChangePasswordError::Refused);
        }
        member.password = Some(self.hasher.hash(&new).await?);
        member.version += 1;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        tx.members().save(&member).await?; // a change in between is a conflict here
        tx.sessions().revoke_all(member.id, Some(caller.session), now).await?;
        let fact = MemberChanged { member: member.id, version: member.version };
        tx.outbox().append(vec![Event::of(&fact, &*self.ids, now)?]).await?;
        Ok(tx.commit().await?)
    }
}

fault!(ChangePasswordError {
    Refused: Unprocessable = "current-password-wrong",
} passes on { Field, Access, Credential, Store });
