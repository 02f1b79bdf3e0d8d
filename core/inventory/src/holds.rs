//! What becomes of an order's held pieces; steps inside another crate's transaction.

use jangbogo_catalog::ProductId;
use jangbogo_kernel::{IdGenerator, Quantity, StoreError, Timestamp, Uuid};

use crate::{OutOfStock, Reservation, ReservationState, Stock, Transaction};

/// Pieces that an order holds as soon as it is saved. Dropped, it was nothing.
#[derive(Debug)]
#[must_use = "what is not saved is not held"]
pub struct Hold {
    stocks: Vec<Stock>,
    reservations: Vec<Reservation>,
}

impl Hold {
    /// Takes pieces of each product for an order, all of them or none; `is_second` when it has had
    /// them before.
    pub async fn take(
        tx: &mut dyn Transaction,
        (order, expires_at, is_second): (Uuid, Timestamp, bool),
        pieces: &[(ProductId, Quantity)],
        ids: &dyn IdGenerator,
    ) -> Result<Result<Self, OutOfStock>, StoreError> {
        let mut products: Vec<ProductId> = pieces.iter().map(|(product, _)| *product).collect();
        products.sort_unstable();
        let mut stocks = tx.stock().lock(&products).await?;
        let mut reservations = Vec::with_capacity(pieces.len());
        for &(product, quantity) in pieces {
            let id = ids.next();
            let none = OutOfStock { product, available: 0 };
            let stock = stocks.iter_mut().find(|stock| stock.product() == product);
            if let Err(short) = stock.ok_or(none).and_then(|stock| stock.hold(quantity, id)) {
                return Ok(Err(short)); // what is held so far was never saved
            }
            reservations.push(Reservation {
                id,
                order,
                product,
                quantity,
                state: ReservationState::Held,
                expires_at,
                is_second,
            });
        }
        Ok(Ok(Self { stocks, reservations }))
    }

    /// From here on the pieces are the order's.
    pub async fn save(self, tx: &mut dyn Transaction, now: Timestamp) -> Result<(), StoreError> {
        tx.stock().reserve(&self.reservations).await?;
        tx.stock().save(&self.stocks, now).await
    }
}

/// Sold pieces that come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Returned {
    /// The product.
    pub product: ProductId,
    /// How many.
    pub quantity: Quantity,
    /// Whether they go back onto the shelf; else nobody can buy them any more.
    pub is_sellable: bool,
}

/// Pieces that came back and went out of the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenOff {
    /// The product.
    pub product: ProductId,
    /// How many.
    pub pieces: Quantity,
    /// Pieces that can be ordered afterwards.
    pub available: i64,
}

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

/// Sold pieces of a refunded order come back: onto the shelf, or, when they cannot be sold again,
/// back and out of the books. What was written off is told.
pub async fn restock(
    tx: &mut dyn Transaction,
    order: Uuid,
    pieces: &[Returned],
    now: Timestamp,
) -> Result<Vec<WrittenOff>, StoreError> {
    let sold = tx.stock().reservations_of(order).await?;
    let products: Vec<ProductId> = pieces.iter().map(|back| back.product).collect();
    let mut stocks = tx.stock().lock(&products).await?;
    let mut written_off = Vec::new();
    for back in pieces {
        let is_its =
            |r: &&Reservation| r.product == back.product && r.state == ReservationState::Committed;
        let stock = stocks.iter_mut().find(|stock| stock.product() == back.product);
        let (Some(from), Some(stock)) = (sold.iter().find(is_its), stock) else {
            return Err(StoreError::new("restock", "the order did not sell this product"));
        };
        stock.restock(back.quantity, from.id);
        if !back.is_sellable {
            let gone = stock.adjust(-back.quantity.get());
            gone.map_err(|error| StoreError::new("write returned pieces off", error))?;
            let (product, pieces) = (back.product, back.quantity);
            written_off.push(WrittenOff { product, pieces, available: stock.available() });
        }
    }
    tx.stock().save(&stocks, now).await?;
    Ok(written_off)
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
