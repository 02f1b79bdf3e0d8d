//! Keep an address book.

use std::sync::Arc;

use jangbogo_kernel::{Clock, IdGenerator, Store, StoreError, fault, retried};

use crate::{AccessError, Address, AddressDetails, AddressId, Caller, Transaction};

/// Writes the caller's own address book.
pub struct AddressBook {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

/// The book was not changed.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// The book has [`AddressBook::ENTRIES_MAX`] entries.
    #[error("an address book has at most 20 entries")]
    Full,
    /// No such entry, or another member's.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AddressBook {
    /// The most entries of one member.
    pub const ENTRIES_MAX: u32 = 20;

    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self { store, clock, ids }
    }

    /// Writes a new entry; the first one becomes the default.
    pub async fn add(
        &self,
        caller: &Caller,
        details: AddressDetails,
        is_default: bool,
    ) -> Result<Address, AddressError> {
        retried(|| self.add_once(caller, details.clone(), is_default)).await
    }

    async fn add_once(
        &self,
        caller: &Caller,
        details: AddressDetails,
        is_default: bool,
    ) -> Result<Address, AddressError> {
        let mut tx = self.store.begin().await?;
        let count = tx.addresses().count(caller.member).await?;
        if count >= Self::ENTRIES_MAX {
            return Err(AddressError::Full);
        }
        let address = Address {
            id: self.ids.next(),
            member: caller.member,
            details,
            is_default: is_default || count == 0,
            created_at: self.clock.now(),
        };
        tx.addresses().save(&address).await?;
        tx.commit().await?;
        Ok(address)
    }

    /// Replaces an entry's address; `is_default` can be set, not taken away.
    pub async fn replace(
        &self,
        caller: &Caller,
        id: AddressId,
        details: AddressDetails,
        is_default: bool,
    ) -> Result<Address, AddressError> {
        retried(|| self.replace_once(caller, id, details.clone(), is_default)).await
    }

    async fn replace_once(
        &self,
        caller: &Caller,
        id: AddressId,
        details: AddressDetails,
        is_default: bool,
    ) -> Result<Address, AddressError> {
        let mut tx = self.store.begin().await?;
        // Takes the book: what another request removes meanwhile would come back otherwise.
        tx.addresses().count(caller.member).await?;
        let old = tx.addresses().find(id).await?.ok_or(AccessError::Hidden)?;
        caller.require_owner(old.member)?;
        let address = Address { details, is_default: is_default || old.is_default, ..old };
        tx.addresses().save(&address).await?;
        tx.commit().await?;
        Ok(address)
    }

    /// Removes an entry.
    pub async fn remove(&self, caller: &Caller, id: AddressId) -> Result<(), AddressError> {
        retried(|| self.remove_once(caller, id)).await
    }

    async fn remove_once(&self, caller: &Caller, id: AddressId) -> Result<(), AddressError> {
        let mut tx = self.store.begin().await?;
        tx.addresses().count(caller.member).await?;
        let address = tx.addresses().find(id).await?.ok_or(AccessError::Hidden)?;
        caller.require_owner(address.member)?;
        tx.addresses().remove(id).await?;
        Ok(tx.commit().await?)
    }
}

fault!(AddressError {
    Full: Unprocessable = "address-book-full",
} passes on { Access, Store });
