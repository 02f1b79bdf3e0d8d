//! What is promised of standing agreements.

use jangbogo_kernel::contract::missing;
use jangbogo_kernel::{IdGenerator, Store, StoreError, Timestamp};

use super::Purchase;
use crate::{
    Agreement, AgreementId, AgreementKey, AgreementRepository, AgreementState, Attempt,
    AttemptState, Charge, Firmness, Learnt, Transaction, Way, Witness,
};

/// A payment grants one agreement, and a key is one agreement's.
pub async fn a_payment_grants_one_agreement(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let purchase = Purchase::stored(store, ids, now).await?;
    let other = Purchase::stored(store, ids, now).await?;
    let attempt = paid(store, &purchase, ids).await?;
    let agreement = grant(store, &attempt, "S1", ids, now).await?;
    let mut tx = store.begin().await?;
    let agreements: &mut dyn AgreementRepository = tx.agreements();
    assert_eq!(agreements.find(agreement.id).await?.as_ref(), Some(&agreement), "by its id");
    let of_order = agreements.of_order(purchase.order.id).await?;
    assert_eq!(of_order, Some(agreement), "by its payment's order");
    assert_eq!(agreements.of_order(other.order.id).await?, None, "another order's");
    drop(tx);
    let second = grant(store, &attempt, "S2", ids, now).await;
    assert!(second.is_err_and(|error| error.is_retryable()), "a payment granted two");
    let foreign = paid(store, &other, ids).await?;
    let second = grant(store, &foreign, "S1", ids, now).await;
    assert!(second.is_err_and(|error| error.is_retryable()), "a key of two agreements");
    Ok(())
}

/// Its steps are saved once, and what the provider does not know yet is found.
pub async fn an_agreement_ends_once(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let purchase = Purchase::stored(store, ids, now).await?;
    let attempt = paid(store, &purchase, ids).await?;
    let mut agreement = grant(store, &attempt, "S1", ids, now).await?;
    assert_eq!(ending(store).await?, [], "it is active");
    assert!(agreement.end("member", now).is_some(), "an active one ends");
    save(store, &agreement, 1).await?;
    assert_eq!(ending(store).await?, [agreement.id]);
    assert!(agreement.deactivated(now).is_some(), "an ending one is over");
    save(store, &agreement, 2).await?;
    assert_eq!(ending(store).await?, [], "the provider knows");
    let refused = save(store, &agreement, 2).await;
    assert!(refused.is_err_and(|error| error.is_retryable()), "version 3 was saved twice");
    let mut tx = store.begin().await?;
    assert_eq!(tx.agreements().find(agreement.id).await?, Some(agreement), "as it was saved");
    Ok(())
}

/// An agreement has at most one charge whose outcome is open, whatever orders they are for; one
/// that is settled makes room.
pub async fn an_agreement_has_one_live_charge(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let first = Purchase::stored(store, ids, now).await?;
    let attempt = paid(store, &first, ids).await?;
    let agreement = grant(store, &attempt, "S1", ids, now).await?.id;
    for state in [AttemptState::Sent, AttemptState::Unknown, AttemptState::Manual] {
        let [one, two] =
            [Purchase::stored(store, ids, now).await?, Purchase::stored(store, ids, now).await?];
        let live = charge(&one, agreement, state, ids);
        add(store, &live).await?;
        let refused = add(store, &charge(&two, agreement, AttemptState::Sent, ids)).await;
        let retryable = refused.is_err_and(|error| error.is_retryable());
        assert!(retryable, "a second charge beside a {} one", state.name());
        let mut settled = live.clone();
        settled.state = AttemptState::NotSent;
        settled.version += 1;
        let mut tx = store.begin().await?;
        tx.payments().save(&settled, live.version).await?;
        tx.commit().await?;
        let next = charge(&two, agreement, AttemptState::Declined, ids);
        add(store, &next).await?;
        let found = find(store, &next).await?;
        assert_eq!(found, next, "with its witness");
    }
    Ok(())
}

/// What an answer brought is kept beside the attempt, and what is kept already stays.
pub async fn what_an_answer_brought_is_kept(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let first = Purchase::stored(store, ids, now).await?;
    let attempt = paid(store, &first, ids).await?;
    let agreement = grant(store, &attempt, "S1", ids, now).await?.id;
    let purchase = Purchase::stored(store, ids, now).await?;
    let sent = charge(&purchase, agreement, AttemptState::Sent, ids);
    add(store, &sent).await?;
    for (reference, firmness) in [("T1", Firmness::Soft), ("T2", Firmness::Hard)] {
        let learnt =
            Learnt { key: None, reference: Some(reference.to_owned()), firmness: Some(firmness) };
        let mut tx = store.begin().await?;
        tx.agreements().learn(sent.id, &learnt).await?;
        tx.commit().await?;
    }
    let found = find(store, &sent).await?;
    assert_eq!(found.session_reference(), "T1");
    let Way::Charge(kept) = found.way else { return Err(missing("find a charge")) };
    assert_eq!(kept.firmness, Some(Firmness::Soft));
    assert_eq!(kept.witness, Some(Witness("2026-11-21T11:00:00".to_owned())));
    Ok(())
}

async fn paid(
    store: &dyn Store<dyn Transaction>,
    purchase: &Purchase,
    ids: &dyn IdGenerator,
) -> Result<Attempt, StoreError> {
    let attempt =
        Attempt { way: Way::Agreeing, ..purchase.capture(1, AttemptState::Succeeded, ids) };
    add(store, &attempt).await?;
    Ok(attempt)
}

async fn grant(
    store: &dyn Store<dyn Transaction>,
    attempt: &Attempt,
    key: &str,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<Agreement, StoreError> {
    let (agreement, _) = Agreement::granted(ids.next(), attempt, AgreementKey::new(key), now);
    assert_eq!(agreement.state, AgreementState::Active);
    let mut tx = store.begin().await?;
    tx.agreements().add(&agreement).await?;
    tx.commit().await?;
    Ok(agreement)
}

fn charge(
    purchase: &Purchase,
    agreement: AgreementId,
    state: AttemptState,
    ids: &dyn IdGenerator,
) -> Attempt {
    let witness = Some(Witness("2026-11-21T11:00:00".to_owned()));
    let way = Way::Charge(Charge { agreement, witness, firmness: None });
    Attempt { way, ..purchase.capture(1, state, ids) }
}

async fn save(
    store: &dyn Store<dyn Transaction>,
    agreement: &Agreement,
    version_before: i64,
) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.agreements().save(agreement, version_before).await?;
    tx.commit().await
}

async fn ending(store: &dyn Store<dyn Transaction>) -> Result<Vec<AgreementId>, StoreError> {
    let mut tx = store.begin().await?;
    tx.agreements().ending(10).await
}

async fn add(store: &dyn Store<dyn Transaction>, attempt: &Attempt) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.payments().add(attempt).await?;
    tx.commit().await
}

async fn find(
    store: &dyn Store<dyn Transaction>,
    attempt: &Attempt,
) -> Result<Attempt, StoreError> {
    let mut tx = store.begin().await?;
    tx.payments().find(attempt.id).await?.ok_or_else(|| missing("find a charge"))
}
