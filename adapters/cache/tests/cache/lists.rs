//! First pages of lists, and the main page.

use futures::future::{join, join_all};
use jangbogo_catalog::{ListProducts, ProductPages as _, ProductSort};

use crate::ground::{Ground, first, names, seconds, settles};

#[tokio::test]
async fn an_entry_lives_through_many_readings() {
    let ground = Ground::new().await;
    let cache = ground.cache();
    ground.adds("루테인").await;
    let read = cache.list(&first(20)).await.unwrap();
    for _ in 0..100 {
        let again = cache.list(&first(20)).await.unwrap();
        assert!(std::sync::Arc::ptr_eq(&read, &again), "not the same page");
    }
    assert_eq!(ground.queries.asked(), [1, 0, 0]);
}

#[tokio::test]
async fn a_thousand_readers_at_once_load_once() {
    let ground = Ground::new().await;
    let cache = ground.cache();
    ground.adds("루테인").await;
    for round in 0..3 {
        ground.queries.closes();
        let readers = join_all((0..1_000).map(|_| cache.list(&CACHED)));
        let opens = async {
            settles(|| ground.queries.lists() == 1).await;
            ground.queries.opens();
        };
        let (pages, ()) = join(readers, opens).await;
        for page in pages {
            assert_eq!(page.unwrap().items.len(), 1);
        }
        assert_eq!(ground.queries.asked(), [1, 0, 0], "round {round}");
        // The next round finds an entry that is over: as many wait for one load as for the first.
        ground.goes_by(seconds(6));
    }
}

static CACHED: std::sync::LazyLock<ListProducts> = std::sync::LazyLock::new(|| first(20));

#[tokio::test]
async fn a_change_that_nobody_tells_is_seen_after_the_life_of_a_list() {
    let ground = Ground::new().await;
    let cache = ground.cache();
    let mut product = ground.adds("before").await;
    assert_eq!(names(&cache).await, ["before"]);
    ground.renames(&mut product, "after").await;
    ground.goes_by(seconds(3));
    assert_eq!(names(&cache).await, ["before"], "cached");
    ground.goes_by(seconds(2));
    assert_eq!(names(&cache).await, ["after"], "5 s are the bound");
}

#[tokio::test]
async fn a_change_of_this_process_is_seen_at_once() {
    let ground = Ground::new().await;
    let cache = ground.cache();
    let mut product = ground.adds("before").await;
    assert_eq!(names(&cache).await, ["before"]);
    ground.renames(&mut product, "after").await;
    cache.changed(product.id).await;
    assert_eq!(names(&cache).await, ["after"]);
    ground.withdraws(&mut product).await;
    cache.changed(product.id).await;
    assert_eq!(names(&cache).await, [""; 0]);
}

#[tokio::test]
async fn a_load_that_began_before_a_change_does_not_hide_it() {
    let ground = Ground::new().await;
    let cache = ground.cache();
    let mut product = ground.adds("before").await;
    ground.queries.closes();
    let early = names(&cache);
    let later = async {
        // The early reader's answer has left the database and waits at the gate.
        settles(|| ground.queries.waiting() == 1).await;
        ground.renames(&mut product, "after").await;
        cache.changed(product.id).await;
        let opens = async { ground.queries.opens() };
        join(names(&cache), opens).await.0
    };
    let (early, later) = join(early, later).await;
    assert_eq!(later, ["after"], "read after the change");
    assert!(early == ["before"] || early == ["after"], "{early:?}");
    assert_eq!(names(&cache).await, ["after"], "what the early reader loaded is not kept");
}

#[tokio::test]
async fn an_entry_near_its_end_is_renewed_by_one_reader_while_all_are_shown_the_old() {
    let ground = Ground::new().await;
    let cache = ground.cache();
    let mut product = ground.adds("before").await;
    assert_eq!(names(&cache).await, ["before"]);
    ground.renames(&mut product, "after").await;
    assert_eq!(ground.queries.asked(), [1, 0, 0]);
    // Into the last fifth of a life that jitter has shortened: the shortest is 4 s.
    for _ in 0..50 {
        ground.goes_by(std::time::Duration::from_millis(100));
        let shown = names(&cache).await;
        if ground.queries.lists() == 0 && shown == ["before"] {
            settles_a_little().await;
        }
        if ground.queries.lists() > 0 {
            break;
        }
    }
    assert_eq!(ground.queries.lists(), 1, "renewed behind the readers' backs");
    settles_a_little().await;
    for _ in 0..10 {
        names(&cache).await;
    }
    settles_on(&cache, "after").await;
    assert_eq!(ground.queries.asked(), [1, 0, 0], "by one reader");
}

/// Lets a spawned renewal begin.
async fn settles_a_little() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

async fn settles_on(cache: &jangbogo_cache::CachedProducts, name: &str) {
    for _ in 0..1_000_000 {
        if names(cache).await == [name] {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("never shown: {name}");
}

#[tokio::test]
async fn questions_that_differ_in_anything_are_kept_apart() {
    let ground = Ground::new().await;
    let cache = ground.cache();
    for n in 0..30 {
        ground.adds(&format!("product {n}")).await;
    }
    for limit in [1, 5, 20, 29, 100] {
        let page = cache.list(&first(limit)).await.unwrap();
        assert_eq!(page.items.len(), usize::try_from(limit.min(30)).unwrap(), "pages of {limit}");
    }
    let ask = |sort, category, prices, text| {
        ListProducts::parse(sort, category, None, prices, text, None, None).unwrap()
    };
    let nothing = (None, None);
    let questions = [
        ask(None, None, nothing, None),
        ask(Some("sales"), None, nothing, None),
        ListProducts { brand: Some("참들녘".to_owned()), ..ask(None, None, nothing, None) },
        ask(None, Some("eye"), nothing, None),
        ask(None, Some("liver"), nothing, None),
        ask(None, None, (Some(1), None), None),
        ask(None, None, (None, Some(1)), None),
        ask(None, None, nothing, Some("product 7")),
    ];
    let mut lengths = Vec::new();
    for question in &questions {
        lengths.push(cache.list(question).await.unwrap().items.len());
    }
    assert_eq!(lengths, [20, 20, 20, 20, 0, 20, 0, 1]);
}

#[tokio::test]
async fn every_further_page_is_read_from_the_database() {
    let ground = Ground::new().await;
    let cache = ground.cache();
    for n in 0..25 {
        ground.adds(&format!("product {n:02}")).await;
    }
    for round in 0..2 {
        let (mut seen, mut question) = (Vec::new(), first(2));
        loop {
            let page = cache.list(&question).await.unwrap();
            seen.extend(page.items.iter().map(|card| card.product.name.clone()));
            let Some(next) = &page.next else { break };
            let next = next.to_string();
            question =
                ListProducts::parse(None, None, None, (None, None), None, Some(2), Some(&next))
                    .unwrap();
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 25, "thirteen pages, each product once");
        let [lists, _, _] = ground.queries.asked();
        assert_eq!(lists, 13 - round, "the first page is kept, the twelve others are read");
    }
}

#[tokio::test]
async fn the_main_page_shows_nine_of_the_most_sold_and_most_discounted() {
    let ground = Ground::new().await;
    let cache = ground.cache();
    for n in 0..12 {
        let product = ground.adds(&format!("product {n}")).await;
        ground.sells(product.id, n).await;
    }
    let main = cache.main_page().await.unwrap();
    let sales: Vec<_> = main.top_sales.iter().map(|card| card.sales).collect();
    assert_eq!(sales, [11, 10, 9, 8, 7, 6, 5, 4, 3]);
    assert_eq!(main.top_discount.len(), 9);
    assert_eq!(ground.queries.asked(), [2, 0, 0]);
    let product = ground.adds("newcomer").await;
    ground.sells(product.id, 100).await;
    assert_eq!(cache.main_page().await.unwrap().top_sales[0].sales, 11, "kept");
    cache.changed(product.id).await;
    assert_eq!(cache.main_page().await.unwrap().top_sales[0].sales, 100, "and never for long");
}

#[tokio::test]
async fn cards_of_lists_come_without_the_long_texts() {
    let ground = Ground::new().await;
    let cache = ground.cache();
    let product = ground.adds("루테인").await;
    let question = ListProducts { sort: ProductSort::Sales, ..first(5) };
    let page = cache.list(&question).await.unwrap();
    assert!(!product.description.is_empty() && page.items[0].product.description.is_empty());
    let detail = cache.find(product.id).await.unwrap().unwrap();
    assert_eq!(detail.card.product, product, "the product's own page has them");
}
