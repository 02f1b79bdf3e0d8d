//! Accounts.

use jangbogo_kernel::{IdGenerator, Store, StoreError, Timestamp};

use super::{made, new_member, refuses_retryably, stored_member};
use crate::{
    EmailAddress, Member, MemberQueries, MemberRepository, Nickname, Phone, Role, Transaction,
};

/// What was added is found, with every field, inside and outside transactions.
pub async fn an_added_member_is_found(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn MemberQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    for role in [Role::Buyer, Role::Seller, Role::Admin] {
        let mut member = new_member(ids, now)?;
        member.role = role;
        member.phone = (role == Role::Buyer).then(|| phone(&member)).transpose()?;
        let mut tx = store.begin().await?;
        tx.members().add(&member).await?;
        let within = tx.members().find(member.id).await?;
        assert_eq!(within.as_ref(), Some(&member), "not found where it was added");
        tx.commit().await?;
        let mut tx = store.begin().await?;
        let found = tx.members().find(member.id).await?;
        assert_eq!(found.as_ref(), Some(&member), "not found after the commit");
        drop(tx);
        let read = queries.find(member.id).await?;
        assert_eq!(read, Some(member), "not found outside a transaction");
    }
    Ok(())
}

/// Ids, addresses, nicknames and numbers that nobody has find nobody.
pub async fn nobody_is_found_who_is_not_there(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn MemberQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    stored_member(store, ids, now).await?;
    let absent = new_member(ids, now)?;
    assert_eq!(queries.find(absent.id).await?, None, "a member from nowhere");
    let mut tx = store.begin().await?;
    let members = tx.members();
    assert_eq!(members.find(absent.id).await?, None, "a member from nowhere");
    let by_email = members.find_by_email(email(&absent)?).await?;
    assert_eq!(by_email, None, "a member with an unknown address");
    let taken = members.nickname_taken(nickname(&absent)?, None).await?;
    assert!(!taken, "an unknown nickname is taken");
    let taken = members.phone_taken(&phone(&absent)?, absent.id).await?;
    assert!(!taken, "an unknown number is taken");
    Ok(())
}

/// A transaction that is dropped leaves nothing behind.
pub async fn a_dropped_transaction_adds_nobody(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn MemberQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let member = new_member(ids, now)?;
    let mut tx = store.begin().await?;
    tx.members().add(&member).await?;
    drop(tx);
    // The next transaction begins after the former has been undone.
    let mut tx = store.begin().await?;
    let found = tx.members().find(member.id).await?;
    assert_eq!(found, None, "a dropped transaction left a member");
    drop(tx);
    let read = queries.find(member.id).await?;
    assert_eq!(read, None, "a dropped transaction shows a member");
    Ok(())
}

/// Address, nickname and number are found exactly, and the member itself can be left out.
pub async fn what_a_member_has_is_taken(
    store: &dyn Store<dyn Transaction>,
    _queries: &dyn MemberQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut member = new_member(ids, now)?;
    let number = phone(&member)?;
    member.phone = Some(number.clone());
    let other = stored_member(store, ids, now).await?;
    let mut tx = store.begin().await?;
    let members = tx.members();
    members.add(&member).await?;
    let by_email = members.find_by_email(email(&member)?).await?;
    assert_eq!(by_email.as_ref(), Some(&member), "the address finds nobody");
    let name = nickname(&member)?;
    assert!(members.nickname_taken(name, None).await?, "the nickname is free");
    assert!(
        members.nickname_taken(name, Some(other.id)).await?,
        "the nickname is free for another member"
    );
    assert!(
        !members.nickname_taken(name, Some(member.id)).await?,
        "a member's own nickname is taken for it"
    );
    assert!(members.phone_taken(&number, other.id).await?, "the number is free for another member");
    assert!(
        !members.phone_taken(&number, member.id).await?,
        "a member's own number is taken for it"
    );
    tx.commit().await
}

/// A second member with the same address, nickname or number is refused retryably.
pub async fn one_address_one_nickname_one_number(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn MemberQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut first = new_member(ids, now)?;
    first.phone = Some(phone(&first)?);
    let mut tx = store.begin().await?;
    tx.members().add(&first).await?;
    tx.commit().await?;
    let fresh = new_member(ids, now)?;
    let same_email = Member { email: first.email.clone(), ..fresh.clone() };
    let same_nickname = Member { nickname: first.nickname.clone(), ..fresh.clone() };
    let same_phone = Member { phone: first.phone.clone(), ..fresh.clone() };
    let second = [("address", same_email), ("nickname", same_nickname), ("number", same_phone)];
    for (what, member) in second {
        let mut tx = store.begin().await?;
        let outcome = tx.members().add(&member).await;
        refuses_retryably(&outcome, what);
    }
    assert_eq!(queries.find(fresh.id).await?, None, "a refused member is there");
    Ok(())
}

/// A saved member is found as saved; the version before must be the stored one.
pub async fn a_member_is_saved_once_per_version(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn MemberQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let added = stored_member(store, ids, now).await?;
    let spare = new_member(ids, now)?;
    let changed = Member {
        email: spare.email.clone(),
        nickname: spare.nickname.clone(),
        phone: Some(phone(&added)?),
        password: spare.password.clone(),
        role: Role::Admin,
        version: 2,
        ..added.clone()
    };
    let mut tx = store.begin().await?;
    tx.members().save(&changed).await?;
    tx.commit().await?;
    let stale = Member { version: 2, ..added.clone() };
    let ahead = Member { version: 4, ..added };
    let absent = Member { version: 2, ..new_member(ids, now)? };
    for (what, member) in [
        ("a stale version", stale),
        ("a version left out", ahead),
        ("a member from nowhere", absent),
    ] {
        let mut tx = store.begin().await?;
        let outcome = tx.members().save(&member).await;
        refuses_retryably(&outcome, what);
    }
    let read = queries.find(changed.id).await?;
    assert_eq!(read, Some(changed), "a refused save changed the member");
    Ok(())
}

/// Who has left is still found by id, with nothing personal; address, nickname and number are free.
pub async fn a_withdrawn_member_frees_what_it_had(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn MemberQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut had = new_member(ids, now)?;
    had.phone = Some(phone(&had)?);
    let mut gone = had.clone();
    gone.withdraw();
    let mut tx = store.begin().await?;
    tx.members().add(&had).await?;
    tx.members().save(&gone).await?;
    tx.commit().await?;
    let read = queries.find(had.id).await?;
    assert_eq!(read, Some(gone), "who has left is not found by id");
    let mut tx = store.begin().await?;
    let members: &mut dyn MemberRepository = tx.members();
    let by_email = members.find_by_email(email(&had)?).await?;
    assert_eq!(by_email, None, "who has left is found by address");
    let taken = members.nickname_taken(nickname(&had)?, None).await?;
    assert!(!taken, "the nickname stays taken");
    let next = Member { id: ids.next(), ..had };
    members.add(&next).await?;
    tx.commit().await?;
    let read = queries.find(next.id).await?;
    assert_eq!(read, Some(next), "the next member with these is not there");
    Ok(())
}

fn email(member: &Member) -> Result<&EmailAddress, StoreError> {
    let missing = || StoreError::new("read a contract's member", "no e-mail address");
    member.email.as_ref().ok_or_else(missing)
}

fn nickname(member: &Member) -> Result<&Nickname, StoreError> {
    let missing = || StoreError::new("read a contract's member", "no nickname");
    member.nickname.as_ref().ok_or_else(missing)
}

/// A number that only this member has.
fn phone(member: &Member) -> Result<Phone, StoreError> {
    let digits = member.id.uuid().as_u128() % 1_000_000_000_000_000;
    made(Phone::parse(&format!("{digits:015}")))
}
