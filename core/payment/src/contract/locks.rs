//! Who changes an order and its attempt waits for others, never in a circle.

use jangbogo_kernel::contract::both;
use jangbogo_kernel::{IdGenerator, Store, StoreError, Timestamp};

use super::Purchase;
use crate::{AttemptState, Transaction};

/// Two beginnings meet in many ways; some of them are tried.
const ROUNDS: usize = 10;

/// A transaction that has its order and wants the attempt, and one that begins with the attempt and
/// wants the order, end both.
pub async fn an_attempt_is_locked_after_its_order(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let purchase = Purchase::stored(store, ids, now).await?;
    let (order, attempt) = (purchase.order.id, purchase.capture(1, AttemptState::Created, ids));
    let mut tx = store.begin().await?;
    tx.payments().add(&attempt).await?;
    tx.commit().await?;
    for _ in 0..ROUNDS {
        let from_the_order = async {
            let mut tx = store.begin().await?;
            tx.orders().find_many(&[order]).await?;
            tx.payments().find(attempt.id).await?;
            tx.commit().await
        };
        let from_the_attempt = async {
            let mut tx = store.begin().await?;
            tx.payments().find(attempt.id).await?;
            tx.orders().find_many(&[order]).await?;
            tx.commit().await
        };
        let (one, other) = both(from_the_order, from_the_attempt).await;
        one?;
        other?;
    }
    Ok(())
}
