//! What an adapter of the inventory ports must prove.
//!
//! Every function takes a fresh store, acts, and says in words what it found broken. An error that
//! it returns is the store's own: what it tried should have worked.

use jangbogo_catalog::{NewProduct, Product, ProductChanges, ProductId};
use jangbogo_kernel::contract::{both, missing};
use jangbogo_kernel::{IdGenerator, Quantity, Store, StoreError, Timestamp, Uuid};
use jangbogo_member::MemberId;

use crate::{Counters, Reservation, ReservationState, Stock, StockRepository, Transaction};

/// Rows of other crates that products and reservations point at; an adapter's tests provide them.
#[derive(Debug, Clone, Copy)]
pub struct Ground {
    /// A stored member.
    pub seller: MemberId,
    /// A stored order that has no reservations.
    pub order: Uuid,
}

/// Adds a product with so many pieces of stock.
pub async fn add_product(
    tx: &mut dyn Transaction,
    seller: MemberId,
    pieces: i64,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<Product, StoreError> {
    let failed = |error| StoreError::new("make a product", error);
    let new = NewProduct::parse(ProductChanges {
        name: Some("루테인 지아잔틴".to_owned()),
        maker: Some("참들녘".to_owned()),
        original_price: Some(12_900),
        ..ProductChanges::default()
    })
    .map_err(failed)?;
    let product = new.into_product(ids.next(), seller, now);
    let stock = Stock::opened(product.id, pieces)
        .map_err(|error| StoreError::new("open a product's stock", error))?;
    tx.products().add(std::slice::from_ref(&product)).await?;
    tx.stock().add(&[stock], now).await?;
    Ok(product)
}

/// Stock is found as it was saved, ordered by id; unknown products are left out.
pub async fn stock_is_found_in_the_order_of_ids(
    store: &dyn Store<dyn Transaction>,
    ground: &Ground,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let [a, b] = products(store, ground, [5, 0], ids, now).await?;
    let mut tx = store.begin().await?;
    let stock: &mut dyn StockRepository = tx.stock();
    assert_eq!(stock.lock(&[]).await?, [], "no question, no answer");
    let found = stock.lock(&[b, ids.next(), a]).await?;
    let opened = |product, pieces| {
        let counters =
            Counters { initial: pieces, available: pieces, sequence: 1, ..Counters::default() };
        Stock::restored(product, counters)
    };
    let mut expected = [opened(a, 5), opened(b, 0)];
    expected.sort_by_key(Stock::product);
    assert_eq!(found, expected, "both, ordered, and no third");
    Ok(())
}

/// Finding stock waits for nobody who has locked it, and shows what was committed.
pub async fn stock_is_found_without_waiting(
    store: &dyn Store<dyn Transaction>,
    ground: &Ground,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let [a, b] = products(store, ground, [5, 0], ids, now).await?;
    let mut tx = store.begin().await?;
    assert_eq!(tx.stock().find(&[]).await?, [], "no question, no answer");
    let found = tx.stock().find(&[b, ids.next(), a]).await?;
    assert_eq!(found, tx.stock().lock(&[a, b]).await?, "both, ordered, and no third");
    drop(tx);
    let mut saved = found;
    for stock in &mut saved {
        enough(stock.adjust(1))?;
    }
    let (mut first, mut second) = (store.begin().await?, None);
    first.stock().lock(&[a, b]).await?;
    first.stock().save(&saved, now).await?;
    // A store with one writer lets the second begin when the first is done.
    let read = async {
        let mut tx = store.begin().await?;
        second = Some(tx.stock().find(&[a]).await?);
        Ok::<(), StoreError>(())
    };
    let (read, committed) = both(read, first.commit()).await;
    read.and(committed)?;
    let seen = second.into_iter().flatten().map(|stock| stock.available()).collect::<Vec<_>>();
    assert!(seen == [5] || seen == [6], "before or after, but not {seen:?}");
    Ok(())
}

/// Who has a lower fence than somebody before is refused, and nothing else of the stock changes.
pub async fn a_lower_fence_is_refused(
    store: &dyn Store<dyn Transaction>,
    ground: &Ground,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let [a, b] = products(store, ground, [5, 5], ids, now).await?;
    let fence = |wanted: Vec<ProductId>, fence: i64| async move {
        let mut tx = store.begin().await?;
        tx.stock().fence(&wanted, fence).await?;
        tx.commit().await
    };
    fence(vec![a], 7).await?;
    for wanted in [vec![a], vec![a, b], vec![b, a]] {
        let refused = fence(wanted.clone(), 6).await;
        let conflict = refused.is_err_and(|error| error.is_retryable());
        assert!(conflict, "{wanted:?}: 6 came after 7");
    }
    fence(vec![b], 5).await?;
    fence(vec![b, a], 7).await?;
    let unknown = fence(vec![ids.next()], 8).await;
    assert!(unknown.is_err_and(|error| error.is_retryable()), "there is no such stock");
    // Whoever needs no lock is not concerned.
    let mut stock = locked(store, a).await?;
    assert_eq!((stock.available(), stock.counters().sequence), (5, 1), "only the fence changed");
    enough(stock.adjust(1))?;
    save(store, &stock, now).await?;
    assert!(fence(vec![a], 6).await.is_err(), "the fence was lowered");
    Ok(())
}

/// All counters and the ledger number are saved, and saved again.
pub async fn changed_stock_is_saved(
    store: &dyn Store<dyn Transaction>,
    ground: &Ground,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let [a, b] = products(store, ground, [9, 9], ids, now).await?;
    let (paid, given_up) = (ids.next(), ids.next());
    let mut tx = store.begin().await?;
    let mut stocks = tx.stock().lock(&[a, b]).await?;
    for stock in stocks.iter_mut().filter(|stock| stock.product() == a) {
        enough(stock.hold(pieces(3)?, paid))?;
        enough(stock.hold(pieces(2)?, given_up))?;
        enough(stock.adjust(-1))?;
    }
    tx.stock().save(&stocks, now).await?;
    tx.commit().await?;
    let mut stock = locked(store, a).await?;
    let held =
        Counters { initial: 9, adjusted: -1, available: 3, reserved: 5, sold: 0, sequence: 4 };
    assert_eq!(stock, Stock::restored(a, held), "after holding");
    stock.commit(pieces(3)?, paid);
    stock.release(pieces(2)?, given_up);
    stock.restock(pieces(1)?, paid);
    stock.restock(pieces(1)?, paid);
    save(store, &stock, now).await?;
    let settled = Counters { available: 7, reserved: 0, sold: 1, sequence: 8, ..held };
    assert_eq!(locked(store, a).await?, Stock::restored(a, settled), "at last");
    let other = locked(store, b).await?.counters();
    assert_eq!((other.available, other.sequence), (9, 1), "another product's stock changed");
    Ok(())
}

/// Saving over somebody else's change is a conflict and changes nothing.
pub async fn saving_over_another_s_stock_is_a_conflict(
    store: &dyn Store<dyn Transaction>,
    ground: &Ground,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let [product] = products(store, ground, [5], ids, now).await?;
    let read = locked(store, product).await?;
    let (mut first, mut second) = (read.clone(), read.clone());
    enough(first.adjust(1))?;
    enough(second.adjust(2))?;
    save(store, &first, now).await?;
    // The last one moves nothing, so that no number of the ledger can collide.
    let unmoved = Stock::restored(product, read.counters());
    for late in [second, unmoved] {
        let refused = save(store, &late, now).await;
        let conflict = refused.is_err_and(|error| error.is_retryable());
        assert!(conflict, "{late:?} was saved over another's change");
    }
    let stored = locked(store, product).await?;
    assert_eq!(stored.available(), 6, "the first change stays");
    Ok(())
}

/// Whatever the caller computed, the database refuses pieces that do not exist.
pub async fn impossible_counters_are_refused(
    store: &dyn Store<dyn Transaction>,
    ground: &Ground,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let [product] = products(store, ground, [5], ids, now).await?;
    let counters = |available: i64, reserved: i64, sold: i64| Counters {
        initial: 5,
        adjusted: 0,
        available,
        reserved,
        sold,
        sequence: 1,
    };
    for impossible in
        [counters(-1, 6, 0), counters(6, -1, 0), counters(6, 0, -1), counters(5, 1, 0)]
    {
        let saved = save(store, &Stock::restored(product, impossible), now).await;
        assert!(saved.is_err(), "{impossible:?} was saved");
    }
    let stored = locked(store, product).await?.counters();
    assert_eq!(stored, counters(5, 0, 0), "nothing changed");
    Ok(())
}

/// The ledger has one hold and one end of each reservation.
pub async fn a_reservation_has_one_hold_and_one_end_in_the_ledger(
    store: &dyn Store<dyn Transaction>,
    ground: &Ground,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let [product] = products(store, ground, [9], ids, now).await?;
    let (one, other) = (ids.next(), ids.next());
    let mut stock = locked(store, product).await?;
    enough(stock.hold(pieces(2)?, one))?;
    enough(stock.hold(pieces(2)?, other))?;
    save(store, &stock, now).await?;
    let mut twice = locked(store, product).await?;
    enough(twice.hold(Quantity::ONE, one))?;
    assert!(save(store, &twice, now).await.is_err(), "a reservation was held twice");
    let mut stock = locked(store, product).await?;
    stock.commit(pieces(2)?, one);
    save(store, &stock, now).await?;
    // Pieces of the other reservation are still held, so only the ledger can tell.
    for end in [Stock::commit, Stock::release] {
        let mut twice = locked(store, product).await?;
        end(&mut twice, pieces(2)?, one);
        assert!(save(store, &twice, now).await.is_err(), "a reservation ended twice");
    }
    let left = locked(store, product).await?;
    assert_eq!((left.available(), left.reserved()), (5, 2), "refused movements left nothing");
    Ok(())
}

/// Of two buyers of the last piece exactly one gets it.
pub async fn the_last_piece_is_held_once(
    store: &dyn Store<dyn Transaction>,
    ground: &Ground,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let [product] = products(store, ground, [1], ids, now).await?;
    let buy = || async {
        let mut tx = store.begin().await?;
        let stock = tx.stock().lock(&[product]).await?.pop();
        let mut stock = stock.ok_or_else(|| missing("lock stock"))?;
        if stock.hold(Quantity::ONE, ids.next()).is_err() {
            return Ok(false);
        }
        tx.stock().save(&[stock], now).await?;
        tx.commit().await?;
        Ok::<bool, StoreError>(true)
    };
    let (one, two) = both(buy(), buy()).await;
    assert!(one? != two?, "rows are locked, so one holds and the other sees it");
    let stock = locked(store, product).await?;
    assert_eq!((stock.available(), stock.reserved()), (0, 1), "one piece");
    Ok(())
}

/// Reservations of an order are found as they were opened, by product id.
pub async fn reservations_are_found_by_order(
    store: &dyn Store<dyn Transaction>,
    ground: &Ground,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let opened = reservations(store, ground, ids, now).await?;
    let mut tx = store.begin().await?;
    let found = tx.stock().reservations_of(ground.order).await?;
    assert_eq!(found, opened, "as opened, by product id");
    let none = tx.stock().reservations_of(ids.next_uuid()).await?;
    assert_eq!(none, [], "another order has none");
    Ok(())
}

/// An order whose pieces were freed may hold them a second time, and not a third.
pub async fn pieces_are_held_a_second_time(
    store: &dyn Store<dyn Transaction>,
    ground: &Ground,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let first = reservations(store, ground, ids, now).await?;
    let mut tx = store.begin().await?;
    tx.stock().close_reservations(ground.order, ReservationState::Released, 2).await?;
    tx.commit().await?;
    let again = |one: &Reservation| Reservation { id: ids.next(), is_second: true, ..*one };
    let second: Vec<Reservation> = first.iter().map(again).collect();
    let mut tx = store.begin().await?;
    tx.stock().reserve(&second).await?;
    let found = tx.stock().reservations_of(ground.order).await?;
    let of_both = first.iter().zip(&second);
    let freed = |one: &Reservation| Reservation { state: ReservationState::Released, ..*one };
    let expected: Vec<_> = of_both.flat_map(|(first, second)| [freed(first), *second]).collect();
    assert_eq!(found, expected, "the freed ones stay");
    tx.commit().await?;
    let mut tx = store.begin().await?;
    let third: Vec<Reservation> = first.iter().map(again).collect();
    assert!(tx.stock().reserve(&third).await.is_err(), "held three times");
    Ok(())
}

/// Open reservations are closed once, all of them, and only when there are as many as expected.
pub async fn reservations_are_closed_once(
    store: &dyn Store<dyn Transaction>,
    ground: &Ground,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    reservations(store, ground, ids, now).await?;
    let close = |state: ReservationState, expected: u64| async move {
        let mut tx = store.begin().await?;
        tx.stock().close_reservations(ground.order, state, expected).await?;
        tx.commit().await
    };
    for wrong in [0, 1, 3] {
        let closed = close(ReservationState::Released, wrong).await;
        let conflict = closed.is_err_and(|error| error.is_retryable());
        assert!(conflict, "two were open and {wrong} were expected");
    }
    let states = || async {
        let mut tx = store.begin().await?;
        let found = tx.stock().reservations_of(ground.order).await?;
        Ok::<_, StoreError>(found.into_iter().map(|r| r.state).collect::<Vec<_>>())
    };
    assert_eq!(states().await?, [ReservationState::Held; 2], "a conflict changed something");
    close(ReservationState::Committed, 2).await?;
    assert_eq!(states().await?, [ReservationState::Committed; 2]);
    assert!(close(ReservationState::Released, 2).await.is_err(), "they were closed again");
    close(ReservationState::Released, 0).await?;
    assert_eq!(states().await?, [ReservationState::Committed; 2], "what is closed stays");
    Ok(())
}

async fn products<const N: usize>(
    store: &dyn Store<dyn Transaction>,
    ground: &Ground,
    pieces: [i64; N],
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<[ProductId; N], StoreError> {
    let mut tx = store.begin().await?;
    let mut added = [ProductId::new(Uuid::nil()); N];
    for (id, pieces) in added.iter_mut().zip(pieces) {
        *id = add_product(&mut *tx, ground.seller, pieces, ids, now).await?.id;
    }
    tx.commit().await?;
    Ok(added)
}

/// Opens reservations on two products and tells them by product id.
async fn reservations(
    store: &dyn Store<dyn Transaction>,
    ground: &Ground,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<Vec<Reservation>, StoreError> {
    let wanted: [ProductId; 2] = products(store, ground, [5, 5], ids, now).await?;
    let mut opened = Vec::new();
    for (product, quantity) in wanted.into_iter().rev().zip([pieces(2)?, pieces(3)?]) {
        opened.push(Reservation {
            id: ids.next(),
            order: ground.order,
            product,
            quantity,
            state: ReservationState::Held,
            expires_at: now,
            is_second: false,
        });
    }
    let mut tx = store.begin().await?;
    tx.stock().reserve(&[]).await?;
    tx.stock().reserve(&opened).await?;
    tx.commit().await?;
    opened.sort_by_key(|reservation| reservation.product);
    Ok(opened)
}

async fn locked(
    store: &dyn Store<dyn Transaction>,
    product: ProductId,
) -> Result<Stock, StoreError> {
    let mut tx = store.begin().await?;
    let found = tx.stock().lock(&[product]).await?.pop();
    found.ok_or_else(|| missing("lock stock"))
}

async fn save(
    store: &dyn Store<dyn Transaction>,
    stock: &Stock,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.stock().save(std::slice::from_ref(stock), now).await?;
    tx.commit().await
}

fn pieces(number: i64) -> Result<Quantity, StoreError> {
    Quantity::try_new(number).map_err(|error| StoreError::new("count pieces", error))
}

/// Passes on what the example's own numbers make possible.
fn enough<E>(result: Result<(), E>) -> Result<(), StoreError>
where
    E: std::error::Error + Send + Sync + 'static,
{
    result.map_err(|error| StoreError::new("change stock", error))
}
