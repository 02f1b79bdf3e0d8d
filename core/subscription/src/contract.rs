//! What an adapter of the subscription ports must prove.
//!
//! Every function takes a fresh store, acts, and says in words what it found broken. An error that
//! it returns is the store's own: what it tried should have worked.

mod carts;
mod cycles;
mod due;
mod ground;

pub use carts::{
    a_recurring_cart_has_one_line_per_product, a_recurring_cart_shows_the_products_of_now,
    recurring_carts_are_kept_apart,
};
pub use cycles::{
    a_charge_begins_only_where_it_may, a_cycle_is_saved_once_per_version,
    a_day_has_one_cycle_and_one_is_open, a_day_of_the_dunning_has_one_try,
};
pub use due::{cycles_to_announce_are_found, due_cycles_are_met_once};
pub use ground::Subscribed;

use jangbogo_kernel::{IdGenerator, PageRequest, Quantity, Store, StoreError, Timestamp};

use crate::{
    EndReason, Subscription, SubscriptionQueries, SubscriptionRepository, SubscriptionState,
    Transaction,
};

/// Subscriptions are found as they were added, with their lines, by themselves and by their order.
pub async fn subscriptions_are_found_as_they_were_added(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn SubscriptionQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let one = Subscribed::stored(store, ids, now).await?;
    let other = Subscribed::stored(store, ids, now).await?;
    let mut tx = store.begin().await?;
    let subscriptions: &mut dyn SubscriptionRepository = tx.subscriptions();
    let found = subscriptions.find(one.subscription.id).await?;
    assert_eq!(found.as_ref(), Some(&one.subscription), "by its id");
    let found = subscriptions.of_order(one.subscription.first_order).await?;
    assert_eq!(found.as_ref(), Some(&one.subscription), "by its first order");
    assert_eq!(subscriptions.find(ids.next()).await?, None, "an unknown one");
    assert_eq!(subscriptions.of_order(ids.next()).await?, None, "an unknown order's");
    drop(tx);
    let seen = queries.find(other.subscription.id).await?;
    let seen = seen.map(|detail| (detail.subscription, detail.cycles));
    assert_eq!(seen, Some((other.subscription.clone(), Vec::new())), "outside a transaction");
    let page = queries.list(one.subscription.member, &PageRequest::first()).await?;
    assert_eq!(page.items, [one.subscription], "each member sees their own");
    Ok(())
}

/// A member's subscriptions are found until they have ended, page by page, and nobody else's.
pub async fn a_member_s_subscriptions_are_found(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let ground = Subscribed::stored(store, ids, now).await?;
    Subscribed::stored(store, ids, now).await?;
    let member = ground.subscription.member;
    let mut of_member = vec![ground.subscription];
    for _ in 0..2 {
        let purchase = Subscribed::stored(store, ids, now).await?.purchase;
        // Another subscription of the same member, which begins with an order of its own.
        let first_order = Subscribed::another_order(store, &purchase, ids, now).await?;
        let one = Subscription { id: ids.next(), first_order, ..of_member[0].clone() };
        let mut tx = store.begin().await?;
        tx.subscriptions().add(&one).await?;
        tx.commit().await?;
        of_member.push(one);
    }
    of_member.sort_by_key(|subscription| subscription.id);
    let mut tx = store.begin().await?;
    let page = tx.subscriptions().of_member(member, None, 2).await?;
    assert_eq!(page, of_member[..2], "the first");
    let page = tx.subscriptions().of_member(member, Some(of_member[1].id), 2).await?;
    assert_eq!(page, of_member[2..], "the rest");
    drop(tx);
    let mut over = of_member[1].clone();
    over.state = SubscriptionState::Cancelled;
    over.ended = Some((now, EndReason::MemberLeft));
    over.version = 2;
    save(store, &over).await?;
    let mut tx = store.begin().await?;
    let left = tx.subscriptions().of_member(member, None, 9).await?;
    assert_eq!(left, [of_member[0].clone(), of_member[2].clone()], "one has ended");
    Ok(())
}

/// A step is saved with everything that it changes; over another's step it is a conflict.
pub async fn a_subscription_is_saved_once_per_version(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let ground = Subscribed::stored(store, ids, now).await?;
    let agreement = ground.agreement(store, ids, now).await?;
    let mut active = ground.subscription.clone();
    active.agreement = Some(agreement.id);
    active.period_days = 45;
    active.state = SubscriptionState::Active;
    active.version = 2;
    save(store, &active).await?;
    assert_eq!(found(store, &active).await?, active, "after the step");
    let late = Subscription { period_days: 60, ..active.clone() };
    let refused = save(store, &late).await;
    assert!(refused.is_err_and(|error| error.is_retryable()), "version 2 was saved twice");
    let mut over = active.clone();
    over.state = SubscriptionState::Cancelled;
    over.ended = Some((now, EndReason::Member));
    over.version = 3;
    save(store, &over).await?;
    assert_eq!(found(store, &over).await?, over, "with its end");
    Ok(())
}

/// Lines are replaced as a whole.
pub async fn lines_are_replaced(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let ground = Subscribed::stored(store, ids, now).await?;
    let mut changed = ground.subscription.clone();
    let seven = Quantity::try_new(7).map_err(|error| StoreError::new("count pieces", error))?;
    changed.lines.truncate(1);
    for line in &mut changed.lines {
        line.quantity = seven;
    }
    let mut tx = store.begin().await?;
    tx.subscriptions().save_lines(&changed).await?;
    tx.commit().await?;
    assert_eq!(found(store, &changed).await?, changed);
    Ok(())
}

async fn save(
    store: &dyn Store<dyn Transaction>,
    subscription: &Subscription,
) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.subscriptions().save(subscription).await?;
    tx.commit().await
}

async fn found(
    store: &dyn Store<dyn Transaction>,
    subscription: &Subscription,
) -> Result<Subscription, StoreError> {
    let mut tx = store.begin().await?;
    let found = tx.subscriptions().find(subscription.id).await?;
    found.ok_or_else(|| jangbogo_kernel::contract::missing("find a subscription"))
}
