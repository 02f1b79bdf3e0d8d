//! Two processes with one database and one shared cache. The shared cache here never ends a life,
//! so that nothing hides behind it.

use std::sync::Arc;

use futures::future::join;
use jangbogo_cache::CachedProducts;
use jangbogo_catalog::ProductPages as _;
use jangbogo_kernel::NoticeListener as _;

use crate::ground::{Ground, first, name, names, seconds, settles};
use crate::shared::{Between, Mood};

struct Two {
    ground: Ground,
    between: Arc<Between>,
    one: CachedProducts,
    other: CachedProducts,
}

async fn two() -> Two {
    let ground = Ground::new().await;
    let between = Between::new();
    let cache = || ground.cache_with(Some(between.sharing(ground.ids.clone())));
    let (one, other) = (cache(), cache());
    Two { ground, between, one, other }
}

#[tokio::test]
async fn what_one_has_loaded_the_other_need_not() {
    let Two { ground, one, other, .. } = two().await;
    let product = ground.adds("루테인").await;
    assert_eq!(names(&one).await, ["루테인"]);
    let main = one.main_page().await.unwrap();
    let detail = one.find(product.id).await.unwrap();
    ground.queries.asked();
    assert_eq!(names(&other).await, ["루테인"]);
    assert_eq!(**other.main_page().await.unwrap(), **main);
    assert_eq!(other.find(product.id).await.unwrap(), detail);
    assert_eq!(ground.queries.asked(), [0, 0, 1], "only how the product stands");
}

#[tokio::test]
async fn a_change_is_seen_by_its_own_process_at_once_and_by_the_other_when_it_hears() {
    let Two { ground, between, one, other } = two().await;
    let mut product = ground.adds("before").await;
    assert_eq!((names(&one).await, names(&other).await), (names(&one).await, names(&one).await));
    ground.renames(&mut product, "after").await;
    one.changed(product.id).await;
    assert_eq!(names(&one).await, ["after"]);
    assert_eq!(names(&other).await, ["before"], "it has heard nothing yet");
    between.delivers_to(&other).await;
    assert_eq!(names(&other).await, ["after"]);
    assert_eq!(name(&other, product.id).await.as_deref(), Some("after"));
}

#[tokio::test]
async fn with_every_notice_lost_the_other_sees_a_change_within_the_bound() {
    let Two { ground, between, one, other } = two().await;
    let mut product = ground.adds("before").await;
    assert_eq!(names(&other).await, ["before"]);
    for round in 0..20 {
        let now = format!("round {round}");
        ground.renames(&mut product, &now).await;
        one.changed(product.id).await;
        assert!(between.loses_everything() > 0, "nothing was said");
        assert_eq!(names(&one).await, [now.as_str()]);
        assert_eq!(name(&other, product.id).await, Some(now.clone()), "its page needs no notice");
        ground.goes_by(seconds(5));
        assert_eq!(names(&other).await, [now], "5 s are the bound");
    }
}

#[tokio::test]
async fn ages_do_not_add_up_over_the_levels() {
    let Two { ground, one, other, .. } = two().await;
    let mut product = ground.adds("before").await;
    assert_eq!(names(&one).await, ["before"]);
    // The crash of a process between its commit and its notice.
    ground.renames(&mut product, "after").await;
    ground.goes_by(std::time::Duration::from_millis(4_900));
    assert_eq!(names(&other).await, ["before"], "from the shared cache, 4.9 s old");
    ground.goes_by(std::time::Duration::from_millis(100));
    assert_eq!(names(&other).await, ["after"], "5 s after the database was asked");
}

#[tokio::test]
async fn a_list_of_before_that_arrives_late_in_the_shared_cache_does_not_count() {
    let Two { ground, one, other, .. } = two().await;
    let mut product = ground.adds("before").await;
    ground.queries.closes();
    let slow = names(&other);
    let change = async {
        settles(|| ground.queries.waiting() == 1).await;
        ground.renames(&mut product, "after").await;
        one.changed(product.id).await;
        ground.queries.opens();
    };
    assert_eq!(join(slow, change).await.0, ["before"], "it has heard nothing");
    assert_eq!(names(&one).await, ["after"], "what the other has written is of another epoch");
}

#[tokio::test]
async fn without_a_connection_for_a_while_everything_is_asked_for_anew() {
    let Two { ground, between, one, other } = two().await;
    let mut product = ground.adds("before").await;
    names(&other).await;
    ground.renames(&mut product, "after").await;
    one.changed(product.id).await;
    between.loses_everything();
    other.missed().await;
    assert_eq!(names(&other).await, ["after"]);
}

#[tokio::test]
async fn values_of_another_release_are_misses() {
    for spoilt in ["", "{}", "null", "{\"at\":1}", "\u{0}\u{1}binary"] {
        let Two { ground, between, one, other } = two().await;
        let product = ground.adds("루테인").await;
        names(&one).await;
        name(&one, product.id).await;
        between.is_spoilt(spoilt.as_bytes());
        ground.queries.asked();
        assert_eq!(names(&other).await, ["루테인"], "{spoilt:?}");
        assert_eq!(name(&other, product.id).await.as_deref(), Some("루테인"), "{spoilt:?}");
        assert_eq!(ground.queries.asked(), [1, 1, 1], "{spoilt:?}");
    }
}

#[tokio::test]
async fn flushed_in_the_middle_everything_stays_right() {
    let Two { ground, between, one, other } = two().await;
    let mut product = ground.adds("before").await;
    for round in 0..10 {
        let now = format!("round {round}");
        names(&one).await;
        names(&other).await;
        between.is_flushed();
        ground.renames(&mut product, &now).await;
        if round % 2 == 0 {
            one.changed(product.id).await;
            between.is_flushed();
        } else {
            between.is_flushed();
            one.changed(product.id).await;
        }
        assert_eq!(names(&one).await, [now.as_str()]);
        between.delivers_to(&other).await;
        assert_eq!(names(&other).await, [now]);
    }
}

#[tokio::test]
async fn a_shared_cache_that_does_not_answer_costs_its_budget_once_a_second_and_no_truth() {
    for mood in [Mood::Down, Mood::Slow] {
        let Two { ground, between, one, other } = two().await;
        let mut product = ground.adds("before").await;
        names(&one).await;
        between.is(mood);
        between.calls();
        ground.renames(&mut product, "after").await;
        one.changed(product.id).await;
        for _ in 0..20 {
            assert_eq!(names(&one).await, ["after"], "{mood:?}");
            assert_eq!(name(&one, product.id).await.as_deref(), Some("after"), "{mood:?}");
            one.changed(product.id).await;
        }
        assert_eq!(between.calls(), 1, "{mood:?}: asked once, then left alone");
        // Back again, the shared list of before the change must not return.
        between.is(Mood::Well);
        ground.goes_by(seconds(1));
        let page = one.list(&first(20)).await.unwrap();
        assert_eq!(page.items[0].product.name, "after", "{mood:?}");
        ground.goes_by(seconds(5));
        assert_eq!(names(&other).await, ["after"], "{mood:?}");
    }
}
