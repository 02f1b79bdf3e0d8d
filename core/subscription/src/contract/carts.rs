//! What an adapter of the recurring carts' ports must prove.

use std::time::Duration;

use jangbogo_cart::CartItem;
use jangbogo_catalog::contract::price;
use jangbogo_catalog::{Product, SaleTerms};
use jangbogo_kernel::contract::missing;
use jangbogo_kernel::{IdGenerator, Quantity, Store, StoreError, Timestamp};
use jangbogo_member::MemberId;
use jangbogo_ordering::contract::Ground;

use crate::{
    RecurringCart, RecurringCartQueries, RecurringCartRepository, RecurringItem, Transaction,
};

/// Lines stay in the order in which their products came in; another quantity or period keeps the
/// line's place.
pub async fn a_recurring_cart_has_one_line_per_product(
    store: &dyn Store<dyn Transaction>,
    _queries: &dyn RecurringCartQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Ground { buyer, products: [a, b], .. } = ground(store, ids, now).await?;
    let later = now.plus(Duration::from_secs(1));
    // Not in the order of their ids, nor of their periods.
    let (first, second) = if a.id < b.id { (b, a) } else { (a, b) };
    let (first, second) = (item(&first, 1, 90, now)?, item(&second, 2, 30, later)?);
    put(store, buyer, &[second, first]).await?;
    assert_eq!(items(store, buyer).await?, [first, second], "oldest first");
    let product = first.item.product;
    let quantity = quantity(999)?;
    let more = CartItem { product, quantity, added_at: later.plus(Duration::from_secs(1)) };
    put(store, buyer, &[RecurringItem { item: more, period_days: 45 }]).await?;
    let changed = CartItem { quantity, ..first.item };
    let changed = RecurringItem { item: changed, period_days: 45 };
    assert_eq!(items(store, buyer).await?, [changed, second], "the line keeps its place");
    remove(store, buyer, &[product, ids.next()]).await?;
    assert_eq!(items(store, buyer).await?, [second], "the other line");
    remove(store, buyer, &[]).await?;
    assert_eq!(items(store, buyer).await?, [second], "nothing was to be removed");
    Ok(())
}

/// Every member has a recurring cart of their own, which is empty at first and has nothing to do
/// with the one-time cart.
pub async fn recurring_carts_are_kept_apart(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn RecurringCartQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Ground { buyer, other_buyer, products: [a, _], .. } = ground(store, ids, now).await?;
    let (mine, theirs) = (item(&a, 1, 30, now)?, item(&a, 2, 60, now)?);
    put(store, buyer, &[mine]).await?;
    assert_eq!(items(store, other_buyer).await?, [], "a cart begins with lines");
    assert_eq!(queries.get(other_buyer).await?, RecurringCart::default());
    put(store, other_buyer, &[theirs]).await?;
    let mut tx = store.begin().await?;
    tx.carts().put(&[(buyer, CartItem { quantity: quantity(7)?, ..mine.item })]).await?;
    tx.commit().await?;
    assert_eq!(items(store, buyer).await?, [mine], "another cart's line");
    remove(store, buyer, &[a.id]).await?;
    assert_eq!(items(store, buyer).await?, []);
    assert_eq!(items(store, other_buyer).await?, [theirs], "the other's line");
    let mut tx = store.begin().await?;
    let once = tx.carts().items(&[buyer]).await?;
    assert_eq!(once.get(&buyer).map_or(0, Vec::len), 1, "the one-time cart's line");
    Ok(())
}

/// A recurring cart is read with the products and the stock of now, oldest line first, withdrawn or
/// not.
pub async fn a_recurring_cart_shows_the_products_of_now(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn RecurringCartQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Ground { buyer, products: [mut a, mut b], .. } = ground(store, ids, now).await?;
    let later = now.plus(Duration::from_secs(1));
    let kept = [item(&b, 3, 60, now)?, item(&a, 1, 30, later)?];
    put(store, buyer, &kept).await?;
    a.price = price(500, 1_000)?;
    a.version += 1;
    b.withdraw(later);
    let mut tx = store.begin().await?;
    tx.products().save(&a).await?;
    tx.products().save(&b).await?;
    let mut stocks = tx.stock().lock(&[a.id]).await?;
    for stock in &mut stocks {
        stock.adjust(-98).map_err(|error| StoreError::new("take pieces away", error))?;
    }
    tx.stock().save(&stocks, later).await?;
    tx.commit().await?;
    let seen = queries.get(buyer).await?;
    let mut lines = seen.lines.iter();
    for (kept, product, stock) in [(kept[0], &b, 100), (kept[1], &a, 2)] {
        let seen = lines.next().ok_or_else(|| missing("read a recurring cart"))?;
        assert_eq!((seen.line.item, seen.period_days), (kept.item, kept.period_days), "as kept");
        assert_eq!(seen.line.terms, SaleTerms::from(product), "the terms of now");
        assert_eq!(seen.line.stock, stock, "the stock of now");
    }
    assert_eq!(lines.next(), None, "no other line");
    let periods: Vec<i64> = seen.by_period().into_keys().collect();
    assert_eq!(periods, [30, 60], "the shortest period first");
    Ok(())
}

async fn ground(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<Ground, StoreError> {
    let mut tx = store.begin().await?;
    let ground = Ground::lay(&mut *tx, ids, now).await?;
    tx.commit().await?;
    Ok(ground)
}

fn item(
    product: &Product,
    pieces: i64,
    period_days: i64,
    added_at: Timestamp,
) -> Result<RecurringItem, StoreError> {
    let item = CartItem { product: product.id, quantity: quantity(pieces)?, added_at };
    Ok(RecurringItem { item, period_days })
}

fn quantity(pieces: i64) -> Result<Quantity, StoreError> {
    Quantity::try_new(pieces).map_err(|error| StoreError::new("count pieces", error))
}

async fn put(
    store: &dyn Store<dyn Transaction>,
    member: MemberId,
    items: &[RecurringItem],
) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    let carts: &mut dyn RecurringCartRepository = tx.recurring_carts();
    for item in items {
        carts.put(member, item).await?;
    }
    tx.commit().await
}

async fn remove(
    store: &dyn Store<dyn Transaction>,
    member: MemberId,
    products: &[jangbogo_catalog::ProductId],
) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.recurring_carts().remove(member, products).await?;
    tx.commit().await
}

async fn items(
    store: &dyn Store<dyn Transaction>,
    member: MemberId,
) -> Result<Vec<RecurringItem>, StoreError> {
    let mut tx = store.begin().await?;
    tx.recurring_carts().items(member).await
}
