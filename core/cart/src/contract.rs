//! What an adapter of the cart ports must prove.
//!
//! Every function makes rows of its own, acts, and says in words what it found broken; an error of
//! the store ends it. Carts belong to members, so a store of members comes along. The functions may
//! share one database and run at once.

use std::time::Duration;

use jangbogo_catalog::contract::{Members, new_product, price};
use jangbogo_catalog::{Product, SaleTerms};
use jangbogo_inventory::Stock;
use jangbogo_kernel::contract::both;
use jangbogo_kernel::{IdGenerator, Quantity, Store, StoreError, Timestamp};
use jangbogo_member::MemberId;
use jangbogo_member::contract::stored_member;

use crate::{Cart, CartItem, CartQueries, CartRepository, Transaction};

/// Lines stay in the order in which their products came in; a new quantity keeps the line's place.
pub async fn a_cart_has_one_line_per_product(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    _queries: &dyn CartQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let member = stored_member(members, ids, now).await?.id;
    let [a, b, c] = shelf(store, ids, member, now).await?;
    let later = now.plus(Duration::from_secs(1));
    // Not in the order of their ids.
    let (first, second, third) = (item(&c, 1, now)?, item(&a, 2, later)?, item(&b, 999, later)?);
    put(store, member, &[second, first, third]).await?;
    assert_eq!(items(store, member).await?, [first, second, third], "lines");
    let more = item(&c, 7, later.plus(Duration::from_secs(1)))?;
    put(store, member, &[more]).await?;
    let changed = CartItem { quantity: more.quantity, ..first };
    let lines = items(store, member).await?;
    assert_eq!(lines, [changed, second, third], "the line keeps its place");
    Ok(())
}

/// Taking out leaves the rest of the line, removes an empty one, and touches no other.
pub async fn taken_out_pieces_are_gone(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    _queries: &dyn CartQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let member = stored_member(members, ids, now).await?.id;
    let [a, b, c] = shelf(store, ids, member, now).await?;
    let (some, all) = (item(&a, 5, now)?, item(&b, 2, now)?);
    put(store, member, &[some, all]).await?;
    let mut tx = store.begin().await?;
    tx.carts().take_out(member, a.id, 3).await?;
    tx.carts().take_out(member, b.id, 2).await?;
    tx.carts().take_out(member, c.id, 1).await?;
    tx.commit().await?;
    assert_eq!(items(store, member).await?, [item(&a, 2, now)?], "what is left");
    Ok(())
}

/// Removing takes one line; a product that is not in the cart changes nothing.
pub async fn a_removed_line_is_gone(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    _queries: &dyn CartQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let member = stored_member(members, ids, now).await?.id;
    let [a, b, c] = shelf(store, ids, member, now).await?;
    let stays = item(&b, 2, now)?;
    put(store, member, &[item(&a, 1, now)?, stays]).await?;
    for product in [a.id, a.id, c.id, ids.next()] {
        let mut tx = store.begin().await?;
        tx.carts().remove(&[(member, product)]).await?;
        tx.commit().await?;
        assert_eq!(items(store, member).await?, [stays], "the other line");
    }
    // A product that comes back begins a new line.
    let again = item(&a, 3, now.plus(Duration::from_secs(1)))?;
    put(store, member, &[again]).await?;
    assert_eq!(items(store, member).await?, [stays, again], "lines");
    Ok(())
}

/// Every member has a cart of their own, which is empty at first.
pub async fn carts_are_kept_apart(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    queries: &dyn CartQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let member = stored_member(members, ids, now).await?.id;
    let other = stored_member(members, ids, now).await?.id;
    let [a, ..] = shelf(store, ids, member, now).await?;
    let (mine, theirs) = (item(&a, 1, now)?, item(&a, 2, now)?);
    put(store, member, &[mine]).await?;
    assert_eq!(items(store, other).await?, [], "a cart begins with lines");
    let empty = queries.get(other).await?;
    assert_eq!(empty, Cart::default(), "a cart begins with lines");
    put(store, other, &[theirs]).await?;
    assert_eq!(items(store, member).await?, [mine], "one's own line");
    let carts = queries.get_many(&[other, member, ids.next(), other]).await?;
    let read: Vec<Vec<CartItem>> =
        carts.iter().map(|cart| cart.lines.iter().map(|line| line.item).collect()).collect();
    let expected = [vec![theirs], vec![mine], vec![], vec![theirs]];
    assert_eq!(read, expected, "everybody's own cart, in the order of the question");
    let mut tx = store.begin().await?;
    tx.carts().remove(&[(member, a.id)]).await?;
    tx.commit().await?;
    assert_eq!(items(store, member).await?, [], "one's own line");
    assert_eq!(items(store, other).await?, [theirs], "the other's line");
    Ok(())
}

/// A cart is read with the products and the stock of now, oldest line first, withdrawn or not.
pub async fn a_cart_shows_the_products_of_now(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    queries: &dyn CartQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let member = stored_member(members, ids, now).await?.id;
    let [mut a, mut b, c] = shelf(store, ids, member, now).await?;
    let later = now.plus(Duration::from_secs(1));
    let lines = [item(&c, 3, now)?, item(&a, 1, later)?, item(&b, 2, later)?];
    put(store, member, &lines).await?;
    a.price = price(500, 1_000)?;
    a.version += 1;
    b.withdraw(later);
    let mut tx = store.begin().await?;
    tx.products().save(&a).await?;
    tx.products().save(&b).await?;
    let mut stocks = tx.stock().lock(&[c.id]).await?;
    for stock in &mut stocks {
        made(stock.adjust(-8))?;
    }
    tx.stock().save(&stocks, later).await?;
    tx.commit().await?;
    let cart = queries.get(member).await?;
    let kept: Vec<CartItem> = cart.lines.iter().map(|line| line.item).collect();
    assert_eq!(kept, lines, "the kept lines, oldest first");
    let stock: Vec<i64> = cart.lines.iter().map(|line| line.stock).collect();
    assert_eq!(stock, [2, 10, 10], "the stock of now");
    let terms: Vec<SaleTerms> = cart.lines.into_iter().map(|line| line.terms).collect();
    assert_eq!(terms, [&c, &a, &b].map(SaleTerms::from), "the terms of now");
    Ok(())
}

/// Three products with ten pieces each, in the order of their ids.
async fn shelf(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    seller: MemberId,
    now: Timestamp,
) -> Result<[Product; 3], StoreError> {
    let mut products = [
        new_product(ids, seller, now)?,
        new_product(ids, seller, now)?,
        new_product(ids, seller, now)?,
    ];
    products.sort_by_key(|product| product.id);
    let mut stocks = Vec::new();
    for product in &products {
        stocks.push(made(Stock::opened(product.id, 10))?);
    }
    let mut tx = store.begin().await?;
    tx.products().add(&products).await?;
    tx.stock().add(&stocks, now).await?;
    tx.commit().await?;
    Ok(products)
}

fn item(product: &Product, pieces: i64, added_at: Timestamp) -> Result<CartItem, StoreError> {
    Ok(CartItem { product: product.id, quantity: made(Quantity::try_new(pieces))?, added_at })
}

/// Two who put something into one cart at once, if it is empty, are one.
pub async fn a_cart_is_decided_on_by_one_at_a_time(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    _queries: &dyn CartQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    for _ in 0..10 {
        let member = stored_member(members, ids, now).await?.id;
        let [one, other, _] = shelf(store, ids, member, now).await?;
        let put_first = async |product: &Product| {
            let item = item(product, 1, now)?;
            let mut tx = store.begin().await?;
            tx.carts().lock(&[member]).await?;
            if tx.carts().items(&[member]).await?.is_empty() {
                tx.carts().put(&[(member, item)]).await?;
            }
            tx.commit().await
        };
        let (first, second) = both(put_first(&one), put_first(&other)).await;
        first?;
        second?;
        assert_eq!(items(store, member).await?.len(), 1, "both found it empty");
    }
    Ok(())
}

async fn put(
    store: &dyn Store<dyn Transaction>,
    member: MemberId,
    items: &[CartItem],
) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    let items: Vec<_> = items.iter().map(|item| (member, *item)).collect();
    tx.carts().put(&items).await?;
    tx.commit().await
}

async fn items(
    store: &dyn Store<dyn Transaction>,
    member: MemberId,
) -> Result<Vec<CartItem>, StoreError> {
    let mut tx = store.begin().await?;
    let carts: &mut dyn CartRepository = tx.carts();
    Ok(carts.items(&[member]).await?.remove(&member).unwrap_or_default())
}

/// A value that a contract makes for itself.
fn made<T, E>(value: Result<T, E>) -> Result<T, StoreError>
where
    E: std::error::Error + Send + Sync + 'static,
{
    value.map_err(|error| StoreError::new("make a value for a contract", error))
}
