//! Leave the shop.

use std::sync::Arc;

use jangbogo_kernel::{Clock, Event, IdGenerator, Store, StoreError, fault, retried};

use crate::{
    AccessError, Caller, CredentialError, Member, MemberWithdrew, Password, PasswordHasher,
    Transaction,
};

/// Ends the caller's account: personal data and address book are erased, all sessions end. Orders
/// stay, with the receiver that they were placed with, as commercial law asks.
pub struct Withdraw {
    store: Arc<dyn Store<dyn Transaction>>,
    hasher: Arc<dyn PasswordHasher>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

/// The account stays.
#[derive(Debug, thiserror::Error)]
pub enum WithdrawError {
    /// The password is wrong.
    #[error("the current password is wrong")]
    Refused,
    /// The account is gone already.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Hashing failed.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Withdraw {
    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        hasher: Arc<dyn PasswordHasher>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self { store, hasher, clock, ids }
    }

    /// Ends the account of who knows its password.
    pub async fn run(&self, caller: &Caller, password: &Password) -> Result<(), WithdrawError> {
        retried(|| self.once(caller, password)).await
    }

    async fn once(&self, caller: &Caller, password: &Password) -> Result<(), WithdrawError> {
        let mut tx = self.store.begin().await?;
        let found = tx.members().find(caller.member).await?;
        drop(tx); // hashing takes long; no transaction is held meanwhile
        let mut member = found.filter(Member::is_active).ok_or(AccessError::Hidden)?;
        if !self.hasher.verify(password, member.password.clone()).await? {
            return Err(WithdrawError::Refused);
        }
        let now = self.clock.now();
        member.withdraw();
        let mut tx = self.store.begin().await?;
        tx.members().save(&member).await?;
        tx.sessions().revoke_all(member.id, None, now).await?;
        tx.addresses().remove_all(member.id).await?;
        let fact = MemberWithdrew { member: member.id, version: member.version };
        tx.outbox().append(vec![Event::of(&fact, &*self.ids, now)?]).await?;
        Ok(tx.commit().await?)
    }
}

fault!(WithdrawError {
    Refused: Unprocessable = "current-password-wrong",
} passes on { Access, Credential, Store });
