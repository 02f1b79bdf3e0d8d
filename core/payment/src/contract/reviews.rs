//! What a person who decides needs of storage.

use std::time::Duration;

use jangbogo_kernel::{IdGenerator, PageRequest, Store, StoreError, Timestamp, Transition};

use super::{LIVE, Purchase, add};
use crate::{Attempt, AttemptState, AttemptStep, PaymentQueries, ProviderName, Transaction};

/// Attempts that wait for a person are listed oldest first, page by page forward and backward, and
/// nothing else is.
pub async fn what_waits_for_a_person_is_listed(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn PaymentQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut waiting: Vec<Attempt> = Vec::new();
    // Two of one moment: the id breaks the tie.
    for minutes in [3, 1, 2, 2] {
        let purchase = Purchase::stored(store, ids, now).await?;
        let manual = purchase.capture(1, AttemptState::Manual, ids);
        let created_at = now.plus(Duration::from_mins(minutes));
        let manual = Attempt { created_at, ..manual };
        add(store, &manual).await?;
        waiting.push(manual);
    }
    for state in LIVE.into_iter().chain([AttemptState::Succeeded, AttemptState::NotSent]) {
        if state != AttemptState::Manual {
            let purchase = Purchase::stored(store, ids, now).await?;
            add(store, &purchase.capture(1, state, ids)).await?;
        }
    }
    waiting.sort_by_key(|attempt| (attempt.created_at, attempt.id));
    let whole = queries.under_review(&PageRequest::first()).await?;
    assert_eq!(whole.items, waiting, "all of them, oldest first");
    assert_eq!((whole.next, whole.previous), (None, None), "on one page");
    let page = async |cursor: Option<String>| {
        let list = <dyn PaymentQueries>::UNDER_REVIEW;
        let request = PageRequest::try_new(list, Some(3), cursor.as_deref());
        queries.under_review(&request.map_err(|error| StoreError::new("ask", error))?).await
    };
    let first = page(None).await?;
    assert_eq!(first.items, waiting[..3], "the first page");
    let second = page(first.next.map(|cursor| cursor.to_string())).await?;
    assert_eq!((&second.items[..], second.next), (&waiting[3..], None), "the last page");
    let back = page(second.previous.map(|cursor| cursor.to_string())).await?;
    assert_eq!(back.items, waiting[..3], "and back");
    Ok(())
}

/// An attempt's steps are told oldest first, with their reasons, and nobody else's.
pub async fn the_steps_of_an_attempt_are_told(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn PaymentQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let purchase = Purchase::stored(store, ids, now).await?;
    let mut attempt = purchase.capture(1, AttemptState::Created, ids);
    let mut other = Purchase::stored(store, ids, now).await?.capture(1, AttemptState::Created, ids);
    let mut steps: Vec<Transition> = vec![attempt.created(), other.created()];
    let later = now.plus(Duration::from_secs(1));
    steps.extend(attempt.send(later));
    steps.extend(other.abort("어머니가 말렸다", later));
    let mut tx = store.begin().await?;
    // The order in which they were added does not count.
    tx.history().add(steps.into_iter().rev().collect()).await?;
    tx.commit().await?;
    let step = |state, reason: &str, at| AttemptStep { state, reason: reason.to_owned(), at };
    let created = step(AttemptState::Created, "created", now);
    let told = queries.steps(attempt.id).await?;
    assert_eq!(told, [created.clone(), step(AttemptState::Sent, "sent", later)]);
    let told = queries.steps(other.id).await?;
    assert_eq!(told, [created, step(AttemptState::Aborted, "어머니가 말렸다", later)]);
    assert_eq!(queries.steps(ids.next()).await?, [], "nobody's");
    Ok(())
}

/// An attempt is found by the movement that it made, at its own provider.
pub async fn an_attempt_is_found_by_its_movement(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn PaymentQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let purchase = Purchase::stored(store, ids, now).await?;
    let paid = purchase.capture(1, AttemptState::Succeeded, ids);
    let paid = Attempt { provider_transaction: Some("A1".to_owned()), ..paid };
    add(store, &paid).await?;
    let found = queries.find_by_movement(&paid.provider, "A1").await?;
    assert_eq!(found, Some(paid.clone()), "the one that made it");
    assert_eq!(queries.find_by_movement(&paid.provider, "A2").await?, None, "nobody made it");
    let other = ProviderName("other".to_owned());
    assert_eq!(queries.find_by_movement(&other, "A1").await?, None, "another provider's");
    Ok(())
}
