//! What an adapter of the member ports must prove.
//!
//! Every function makes rows of its own, acts, and says in words what it found broken; an error of
//! the store ends it. The functions may share one database and run at once.

use std::task::Poll;

use jangbogo_kernel::{IdGenerator, Store, StoreError, Timestamp};

use crate::{EmailAddress, Member, MemberStatus, Nickname, PasswordHash, Role, Transaction};

mod addresses;
mod credentials;
mod members;
mod sessions;

pub use addresses::*;
pub use credentials::*;
pub use members::*;
pub use sessions::*;

/// An active seller that is stored nowhere yet.
pub fn new_member(ids: &dyn IdGenerator, now: Timestamp) -> Result<Member, StoreError> {
    let id = ids.next_uuid();
    let digits = id.as_simple().to_string();
    // The last digits of an id are those in which two ids of one moment differ.
    let name = digits.get(14..).unwrap_or_default();
    Ok(Member {
        id: jangbogo_kernel::Id::new(id),
        email: Some(made(EmailAddress::parse(&format!("{name}@example.com")))?),
        nickname: Some(made(Nickname::parse(name))?),
        phone: None,
        password: Some(PasswordHash::new(format!("hash of {name}"))),
        role: Role::Seller,
        status: MemberStatus::Active,
        version: 1,
        created_at: now,
    })
}

/// An active seller, stored; the contracts of the crates further out begin with one.
pub async fn stored_member(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<Member, StoreError> {
    let member = new_member(ids, now)?;
    let mut tx = store.begin().await?;
    tx.members().add(&member).await?;
    tx.commit().await?;
    Ok(member)
}

/// The outcomes of all futures, which take turns in one task; needs no runtime.
pub async fn side_by_side<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut outcomes: Vec<Option<F::Output>> = running.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, outcome) in running.iter_mut().zip(&mut outcomes) {
            if outcome.is_none()
                && let Poll::Ready(done) = future.as_mut().poll(context)
            {
                *outcome = Some(done);
            }
        }
        if outcomes.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outcomes.into_iter().flatten().collect()
}

/// A value that a contract makes for itself.
fn made<T, E>(value: Result<T, E>) -> Result<T, StoreError>
where
    E: std::error::Error + Send + Sync + 'static,
{
    value.map_err(|error| StoreError::new("make a value for a contract", error))
}

/// The row was changed by somebody else, or taken: trying again may help.
fn refuses_retryably(outcome: &Result<(), StoreError>, what: &str) {
    let retryable = outcome.as_ref().is_err_and(StoreError::is_retryable);
    assert!(retryable, "{what} is not refused retryably: {outcome:?}");
}
