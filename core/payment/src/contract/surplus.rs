//! Money that no order takes.

use jangbogo_kernel::{IdGenerator, Store, StoreError, Timestamp};

use super::{Purchase, add, found, save};
use crate::{Attempt, AttemptState, Transaction};

/// Late money and its way back stand beside what the order was paid with and its refund; late money
/// goes back once.
pub async fn surplus_stands_beside_the_payment(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let purchase = Purchase::stored(store, ids, now).await?;
    let mut late = purchase.capture(1, AttemptState::NotSent, ids);
    add(store, &late).await?;
    add(store, &purchase.capture(2, AttemptState::Succeeded, ids)).await?;
    late.state = AttemptState::Succeeded;
    late.provider_transaction = Some("A-late".to_owned());
    let refused = save(store, &late, 1).await;
    let conflict = refused.is_err_and(|error| error.is_retryable());
    assert!(conflict, "two captures pay one order");
    late.is_surplus = true;
    save(store, &late, 1).await?;
    assert_eq!(found(store, late.id).await?, late, "as it was saved");

    add(store, &purchase.refund(3, AttemptState::Sent, ids)).await?;
    let back = |number: i64, state: AttemptState| Attempt {
        is_surplus: true,
        merchant_ref: late.merchant_ref.clone(),
        ..purchase.refund(number, state, ids)
    };
    let first = back(4, AttemptState::NotSent);
    add(store, &first).await?;
    let second = back(5, AttemptState::Created);
    add(store, &second).await?;
    assert_eq!(found(store, second.id).await?, second, "as it was added");
    let third = add(store, &back(6, AttemptState::Created)).await;
    let conflict = third.is_err_and(|error| error.is_retryable());
    assert!(conflict, "late money goes back twice");
    Ok(())
}
