//! Product pages.

use jangbogo_catalog::ProductPages as _;

use crate::ground::{Ground, name, nobody_s, seconds};

#[tokio::test]
async fn a_product_is_read_once_and_its_standing_each_time() {
    let ground = Ground::new().await;
    let cache = ground.cache();
    let product = ground.adds("루테인").await;
    for sold in 0..10 {
        let detail = cache.find(product.id).await.unwrap().unwrap();
        assert_eq!((detail.card.sales, detail.card.stock), (sold, 0), "of the moment");
        ground.sells(product.id, 1).await;
    }
    assert_eq!(ground.queries.asked(), [0, 1, 10]);
}

#[tokio::test]
async fn a_changed_product_is_shown_at_once_though_nobody_tells() {
    let ground = Ground::new().await;
    let cache = ground.cache();
    let mut product = ground.adds("before").await;
    assert_eq!(name(&cache, product.id).await.as_deref(), Some("before"));
    ground.renames(&mut product, "after").await;
    assert_eq!(name(&cache, product.id).await.as_deref(), Some("after"));
    ground.withdraws(&mut product).await;
    assert_eq!(name(&cache, product.id).await, None);
    ground.queries.asked();
    assert_eq!(name(&cache, product.id).await, None);
    assert_eq!(ground.queries.asked(), [0; 3], "that it is gone is kept");
}

#[tokio::test]
async fn what_is_not_there_is_asked_for_once_and_not_for_long() {
    let ground = Ground::new().await;
    let cache = ground.cache();
    let unknown = nobody_s(&ground.ids);
    for _ in 0..100 {
        assert_eq!(name(&cache, unknown).await, None);
    }
    assert_eq!(ground.queries.asked(), [0, 1, 0]);
    let product = ground.adds("루테인").await;
    ground.goes_by(seconds(1));
    assert_eq!(name(&cache, unknown).await, None);
    assert_eq!(ground.queries.asked(), [0, 1, 0], "after a second it is asked for again");
    assert!(name(&cache, product.id).await.is_some());
}

#[tokio::test]
async fn a_product_that_comes_is_shown_at_once_though_it_was_missed_before() {
    let ground = Ground::new().await;
    let cache = ground.cache();
    let product = ground.unstored("루테인");
    assert_eq!(name(&cache, product.id).await, None);
    let mut tx: Box<dyn jangbogo_catalog::Transaction> =
        jangbogo_kernel::Store::begin(&*ground.store).await.unwrap();
    tx.products().add(std::slice::from_ref(&product)).await.unwrap();
    tx.commit().await.unwrap();
    cache.changed(product.id).await;
    assert_eq!(name(&cache, product.id).await.as_deref(), Some("루테인"));
}

#[tokio::test]
async fn a_seller_who_has_left_has_no_name_at_once() {
    let ground = Ground::new().await;
    let cache = ground.cache();
    let product = ground.adds("루테인").await;
    let seller_name = async || cache.find(product.id).await.unwrap().unwrap().seller_name;
    assert_ne!(seller_name().await, "");
    let mut seller = ground.seller.clone();
    seller.withdraw();
    let mut tx: Box<dyn jangbogo_member::Transaction> =
        jangbogo_kernel::Store::begin(&*ground.store).await.unwrap();
    tx.members().save(&seller).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(seller_name().await, "");
    assert_eq!(ground.queries.asked(), [0, 1, 2]);
}

#[tokio::test]
async fn a_page_is_read_anew_after_its_life() {
    let ground = Ground::new().await;
    let cache = ground.cache();
    let product = ground.adds("루테인").await;
    for round in 0..3 {
        assert!(name(&cache, product.id).await.is_some());
        assert_eq!(ground.queries.asked(), [0, 1, 1], "round {round}");
        ground.goes_by(seconds(30));
    }
}
