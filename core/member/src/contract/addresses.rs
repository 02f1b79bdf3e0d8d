//! Address books.

use std::time::Duration;

use jangbogo_kernel::{IdGenerator, Store, StoreError, Timestamp};

use super::{made, side_by_side, stored_member};
use crate::{Address, AddressDetails, AddressRepository, MemberId, MemberQueries, Transaction};

/// An entry is added, counted, found, replaced and removed.
pub async fn an_address_is_kept_until_it_is_removed(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn MemberQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let member = stored_member(store, ids, now).await?.id;
    let mut entry = address(ids, member, now)?;
    let other = address(ids, member, now)?;
    saved(store, &[&entry, &other]).await?;
    entry.details =
        made(AddressDetails::parse("장보고", "+82 2-123-4567", "54321", "완도군 청해로 1", ""))?;
    let mut tx = store.begin().await?;
    let book: &mut dyn AddressRepository = tx.addresses();
    assert_eq!(book.count(member).await?, 2, "entries");
    book.save(&entry).await?;
    assert_eq!(book.count(member).await?, 2, "a replaced entry was added");
    let found = book.find(entry.id).await?;
    assert_eq!(found.as_ref(), Some(&entry), "the entry is not replaced");
    let absent = book.find(ids.next()).await?;
    assert_eq!(absent, None, "an entry from nowhere");
    book.remove(entry.id).await?;
    book.remove(entry.id).await?;
    assert_eq!(book.count(member).await?, 1, "entries after one is removed");
    tx.commit().await?;
    let left = queries.addresses(member).await?;
    assert_eq!(left, [other], "another entry changed");
    Ok(())
}

/// Removing all entries of a member leaves those of others.
pub async fn a_book_is_emptied_alone(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn MemberQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let member = stored_member(store, ids, now).await?.id;
    let neighbour = stored_member(store, ids, now).await?.id;
    let theirs = address(ids, neighbour, now)?;
    let mine = [address(ids, member, now)?, address(ids, member, now)?];
    saved(store, &[&mine[0], &theirs, &mine[1]]).await?;
    let mut tx = store.begin().await?;
    tx.addresses().remove_all(member).await?;
    assert_eq!(tx.addresses().count(member).await?, 0, "entries are left");
    tx.commit().await?;
    assert_eq!(queries.addresses(member).await?, [], "entries are left");
    let left = queries.addresses(neighbour).await?;
    assert_eq!(left, [theirs], "another member's book changed");
    Ok(())
}

/// At most one entry of a member is the default, and it is shown first, then the oldest.
pub async fn a_book_has_one_default(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn MemberQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let member = stored_member(store, ids, now).await?.id;
    let neighbour = stored_member(store, ids, now).await?.id;
    let later = now.plus(Duration::from_secs(1));
    let mut oldest = address(ids, member, now)?;
    let mut youngest = address(ids, member, later)?;
    let middle = address(ids, member, now)?;
    let mut theirs = address(ids, neighbour, now)?;
    oldest.is_default = true;
    youngest.is_default = true;
    theirs.is_default = true;
    saved(store, &[&oldest, &theirs, &middle, &youngest]).await?;
    oldest.is_default = false;
    let book = queries.addresses(member).await?;
    let expected = [youngest.clone(), oldest.clone(), middle.clone()];
    assert_eq!(book, expected, "the default, then the oldest");
    oldest.is_default = true;
    youngest.is_default = false;
    saved(store, &[&oldest]).await?;
    let book = queries.addresses(member).await?;
    assert_eq!(book, [oldest, middle, youngest], "the default has moved");
    let book = queries.addresses(neighbour).await?;
    assert_eq!(book, [theirs], "another member's default changed");
    Ok(())
}

/// Many entries that are saved as the default at once leave one default.
pub async fn one_of_many_defaults_stays(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn MemberQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let member = stored_member(store, ids, now).await?.id;
    let mut entries = Vec::new();
    for _ in 0..8 {
        let mut entry = address(ids, member, now)?;
        entry.is_default = true;
        entries.push(entry);
    }
    let saves = entries.iter().map(|entry| async move {
        let mut tx = store.begin().await?;
        tx.addresses().count(member).await?;
        tx.addresses().save(entry).await?;
        tx.commit().await
    });
    for outcome in side_by_side(saves.collect()).await {
        outcome?;
    }
    let book = queries.addresses(member).await?;
    assert_eq!(book.len(), 8, "entries");
    let defaults = book.iter().filter(|entry| entry.is_default).count();
    assert_eq!(defaults, 1, "defaults");
    Ok(())
}

async fn saved(store: &dyn Store<dyn Transaction>, entries: &[&Address]) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    for entry in entries {
        tx.addresses().save(entry).await?;
    }
    tx.commit().await
}

fn address(ids: &dyn IdGenerator, member: MemberId, now: Timestamp) -> Result<Address, StoreError> {
    Ok(Address {
        id: ids.next(),
        member,
        details: made(AddressDetails::parse(
            "정년",
            "010-1234-5678",
            "04524",
            "서울시 중구 세종대로 110",
            "3층 '가' \\ %_",
        ))?,
        is_default: false,
        created_at: now,
    })
}
