//! The database does not answer.

use jangbogo_catalog::ProductPages as _;

use crate::ground::{Ground, first, name, names, nobody_s, seconds, settles};

#[tokio::test]
async fn an_error_is_not_kept() {
    let ground = Ground::new().await;
    let cache = ground.cache();
    ground.adds("루테인").await;
    ground.queries.goes_down();
    for _ in 0..3 {
        let error = cache.list(&first(20)).await.unwrap_err();
        assert!(error.is_retryable(), "503, not 500");
        assert!(cache.find(nobody_s(&ground.ids)).await.is_err(), "unknown is not absent");
        assert!(cache.main_page().await.is_err());
    }
    ground.queries.comes_back();
    assert_eq!(names(&cache).await, ["루테인"]);
}

#[tokio::test]
async fn what_was_shown_is_shown_for_a_minute_more_and_then_no_longer() {
    let ground = Ground::new().await;
    let cache = ground.cache();
    let product = ground.adds("루테인").await;
    names(&cache).await;
    name(&cache, product.id).await;
    ground.queries.goes_down();
    for second in 0..64 {
        assert_eq!(names(&cache).await, ["루테인"], "second {second}");
        ground.goes_by(seconds(1));
    }
    assert!(name(&cache, product.id).await.is_some(), "30 s and a minute");
    ground.goes_by(seconds(1));
    assert!(cache.list(&first(20)).await.is_err(), "5 s and a minute are over");
    ground.goes_by(seconds(24));
    assert!(name(&cache, product.id).await.is_some());
    ground.goes_by(seconds(1));
    assert!(cache.find(product.id).await.is_err(), "30 s and a minute are over");
}

#[tokio::test]
async fn while_the_database_is_away_it_is_asked_once_a_second_and_seen_when_it_is_back() {
    let ground = Ground::new().await;
    let cache = ground.cache();
    let mut product = ground.adds("before").await;
    names(&cache).await;
    ground.queries.goes_down();
    ground.goes_by(seconds(6));
    assert_eq!(names(&cache).await, ["before"]);
    ground.queries.asked();
    for round in 0..5 {
        for _ in 0..100 {
            names(&cache).await;
            tokio::task::yield_now().await;
        }
        assert_eq!(ground.queries.asked(), [usize::from(round > 0), 0, 0], "round {round}");
        ground.goes_by(seconds(1));
    }
    ground.queries.comes_back();
    ground.renames(&mut product, "after").await;
    names(&cache).await;
    settles(|| ground.queries.lists() == 1).await;
    for _ in 0..1_000 {
        if names(&cache).await == ["after"] {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the old is still shown");
}
