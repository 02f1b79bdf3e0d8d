//! What becomes of an order's held pieces; steps inside another crate's transaction.

use jangbogo_catalog::ProductId;
use jangbogo_kernel::{Quantity, StoreError, Timestamp, Uuid};

use crate::{Reservation, ReservationState, Stock, Transaction};

/// The order was paid: its held pieces are sold.
pub async fn commit_holds(
    tx: &mut dyn Transaction,
    order: Uuid,
    now: Timestamp,
) -> Result<(), StoreError> {
    close(tx, order, ReservationState::Committed, now, |stock, held| {
        stock.commit(held.quantity, held.id);
    })
    .await
}

/// The order was cancelled or expired: its held pieces are free again.
pub async fn release_holds(
    tx: &mut dyn Transaction,
    order: Uuid,
    now: Timestamp,
) -> Result<(), StoreError> {
    close(tx, order, ReservationState::Released, now, |stock, held| {
        stock.release(held.quantity, held.id);
    })
    .await
}

/// Sold pieces of a refunded order come back.
pub async fn restock(
    tx: &mut dyn Transaction,
    order: Uuid,
    pieces: &[(ProductId, Quantity)],
    now: Timestamp,
) -> Result<(), StoreError> {
    let sold = tx.stock().reservations_of(order).await?;
    let products: Vec<ProductId> = pieces.iter().map(|(product, _)| *product).collect();
    let mut stocks = tx.stock().lock(&products).await?;
    for (product, quantity) in pieces {
        let from =
            sold.iter().find(|r| r.product == *product && r.state == ReservationState::Committed);
        let stock = stocks.iter_mut().find(|stock| stock.product() == *product);
        let (Some(from), Some(stock)) = (from, stock) else {
            return Err(StoreError::new("restock", "the order did not sell this product"));
        };
        stock.restock(*quantity, from.id);
    }
    tx.stock().save(&stocks, now).await
}

async fn close(
    tx: &mut dyn Transaction,
    order: Uuid,
    state: ReservationState,
    now: Timestamp,
    change: fn(&mut Stock, &Reservation),
) -> Result<(), StoreError> {
    let mut held = tx.stock().reservations_of(order).await?;
    held.retain(|reservation| reservation.state == ReservationState::Held);
    let products: Vec<ProductId> = held.iter().map(|reservation| reservation.product).collect();
    let mut stocks = tx.stock().lock(&products).await?;
    for reservation in &held {
        let stock = stocks.iter_mut().find(|stock| stock.product() == reservation.product);
        let stock = stock.ok_or_else(|| {
            StoreError::new("close a reservation", "its product has no stock row")
        })?;
        change(stock, reservation);
    }
    tx.stock().save(&stocks, now).await?;
    tx.stock().close_reservations(order, state, held.len() as u64).await
}
