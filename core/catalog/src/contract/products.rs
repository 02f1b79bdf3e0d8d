//! Products and their sales counters.

use std::time::Duration;

use jangbogo_kernel::{IdGenerator, Store, StoreError, Timestamp};
use jangbogo_member::Nickname;
use jangbogo_member::contract::stored_member;

use super::{Members, added, counted, new_product, price, sales, standing_of};
use crate::{Attributes, Category, Product, ProductQueries, SaleTerms, Transaction};

/// What was added is found, with every field and its categories in their order.
pub async fn added_products_are_found(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    queries: &dyn ProductQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let seller = stored_member(members, ids, now).await?;
    let first = new_product(ids, seller.id, now)?;
    let second = Product {
        name_en: String::new(),
        image_url: String::new(),
        categories: vec![Category::Etc],
        attributes: Attributes::default(),
        price: price(1, 0)?,
        ..new_product(ids, seller.id, now)?
    };
    let absent = new_product(ids, seller.id, now)?;
    let mut tx = store.begin().await?;
    tx.products().add(&[first.clone(), second.clone()]).await?;
    let wanted = [second.id, absent.id, first.id, second.id];
    let mut found = tx.products().find_many(&wanted).await?;
    found.sort_by_key(|product| product.id);
    assert_eq!(found, [first.clone(), second.clone()], "each one once");
    assert_eq!(tx.products().find_many(&[]).await?, [], "nothing asked for");
    let mut terms = tx.products().terms(&wanted).await?;
    terms.sort_by_key(|terms| terms.product);
    let expected: Vec<SaleTerms> = found.iter().map(SaleTerms::from).collect();
    assert_eq!(terms, expected, "the terms of each one once");
    assert_eq!(tx.products().terms(&[]).await?, [], "no terms asked for");
    tx.commit().await?;
    let detail = queries.find(first.id).await?;
    let seller_name = detail.as_ref().map(|detail| detail.seller_name.as_str());
    let nickname = seller.nickname.as_ref().map(Nickname::as_str);
    assert_eq!(seller_name, nickname, "the seller's name");
    let shown = detail.map(|detail| detail.card);
    let numbers = shown.as_ref().map(|card| (card.sales, card.stock));
    assert_eq!(numbers, Some((0, 0)), "sales and stock of a new product");
    let shown = shown.map(|card| card.product);
    assert_eq!(shown, Some(first), "not shown as it was added");
    assert_eq!(queries.find(absent.id).await?, None, "from nowhere");
    assert_eq!(queries.standing(absent.id).await?, None, "from nowhere");
    Ok(())
}

/// Of more products than a statement has room for, every one is found.
pub async fn very_many_products_are_found(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    _queries: &dyn ProductQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let seller = stored_member(members, ids, now).await?;
    let mut products = Vec::new();
    for _ in 0..2_000 {
        products.push(new_product(ids, seller.id, now)?);
    }
    // Unknown ids take room too: in all more than SQLite's 32 766 and PostgreSQL's 65 535.
    let mut wanted: Vec<_> = (0..66_000).map(|_| ids.next()).collect();
    wanted.extend(products.iter().map(|product| product.id));
    let mut tx = store.begin().await?;
    tx.products().add(&products).await?;
    let found = tx.products().find_many(&wanted).await?;
    assert_eq!(found.len(), products.len(), "of very many products");
    Ok(())
}

/// A saved product is found as saved; the version before must be the stored one.
pub async fn a_product_is_saved_once_per_version(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    queries: &dyn ProductQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let seller = stored_member(members, ids, now).await?;
    let old = new_product(ids, seller.id, now)?;
    added(store, std::slice::from_ref(&old)).await?;
    counted(store, &[(&old, 3)]).await?;
    let changed = Product {
        name: "다른 이름".to_owned(),
        name_en: "Other".to_owned(),
        maker: "다른 곳".to_owned(),
        description: String::new(),
        image_url: String::new(),
        categories: vec![Category::Eye, Category::Liver, Category::Skin],
        attributes: Attributes::default(),
        price: price(9_900, 0)?,
        version: 2,
        updated_at: now.plus(Duration::from_secs(1)),
        ..old.clone()
    };
    let mut tx = store.begin().await?;
    tx.products().save(&changed).await?;
    let found = tx.products().find_many(&[old.id]).await?;
    assert_eq!(found, std::slice::from_ref(&changed), "not as saved");
    tx.commit().await?;
    let stale = Product { version: 2, ..old.clone() };
    let ahead = Product { version: 4, ..old };
    let absent = Product { version: 2, ..new_product(ids, seller.id, now)? };
    for (what, product) in [
        ("a stale version", stale),
        ("a version left out", ahead),
        ("a product from nowhere", absent),
    ] {
        let mut tx = store.begin().await?;
        let outcome = tx.products().save(&product).await;
        let retryable = outcome.as_ref().is_err_and(StoreError::is_retryable);
        assert!(retryable, "{what} is no conflict: {outcome:?}");
    }
    assert_eq!(sales(queries, &changed).await?, 3, "sales after a change");
    let shown = queries.find(changed.id).await?;
    let shown = shown.map(|detail| detail.card.product);
    assert_eq!(shown, Some(changed), "a refused save changed the product");
    Ok(())
}

/// A withdrawn product is found in transactions and shown nowhere.
pub async fn a_withdrawn_product_is_shown_nowhere(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    queries: &dyn ProductQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let seller = stored_member(members, ids, now).await?;
    let mut product = new_product(ids, seller.id, now)?;
    added(store, std::slice::from_ref(&product)).await?;
    product.withdraw(now);
    let mut tx = store.begin().await?;
    tx.products().save(&product).await?;
    tx.commit().await?;
    let mut tx = store.begin().await?;
    let found = tx.products().find_many(&[product.id]).await?;
    assert_eq!(found, std::slice::from_ref(&product), "orders still name it");
    drop(tx);
    let shown = queries.find(product.id).await?;
    assert_eq!(shown, None, "a withdrawn product is shown");
    assert_eq!(queries.standing(product.id).await?, None, "a withdrawn product stands");
    Ok(())
}

/// A product whose seller has left is shown without a seller's name.
pub async fn a_seller_who_has_left_has_no_name(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    queries: &dyn ProductQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut seller = stored_member(members, ids, now).await?;
    let product = new_product(ids, seller.id, now)?;
    added(store, std::slice::from_ref(&product)).await?;
    seller.withdraw();
    let mut tx = members.begin().await?;
    tx.members().save(&seller).await?;
    tx.commit().await?;
    let shown = queries.find(product.id).await?;
    assert_eq!(queries.standing(product.id).await?, standing_of(shown.as_ref()), "who sells it");
    let name = shown.map(|detail| detail.seller_name);
    assert_eq!(name.as_deref(), Some(""), "the name of who has left");
    Ok(())
}

/// Sold pieces are added, returned ones taken back, and no counter falls below zero.
pub async fn sales_are_counted_and_never_negative(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    queries: &dyn ProductQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let seller = stored_member(members, ids, now).await?;
    let product = new_product(ids, seller.id, now)?;
    let other = new_product(ids, seller.id, now)?;
    let absent = new_product(ids, seller.id, now)?;
    added(store, &[product.clone(), other.clone()]).await?;
    counted(store, &[]).await?;
    counted(store, &[(&other, 2), (&product, 5), (&absent, 1), (&product, 1)]).await?;
    assert_eq!(sales(queries, &product).await?, 6, "5 and 1 sold");
    assert_eq!(sales(queries, &other).await?, 2, "2 sold");
    counted(store, &[(&product, -4)]).await?;
    assert_eq!(sales(queries, &product).await?, 2, "4 came back");
    counted(store, &[(&product, -3)]).await?;
    assert_eq!(sales(queries, &product).await?, 0, "more came back");
    counted(store, &[(&product, 7)]).await?;
    assert_eq!(sales(queries, &product).await?, 7, "counted from zero");
    let shown = queries.find(product.id).await?;
    let shown = shown.map(|detail| detail.card.product);
    assert_eq!(shown, Some(product), "counting changed the product");
    Ok(())
}
