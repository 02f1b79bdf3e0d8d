//! What the shop does by itself: rankings, cleaning up, comparing books.

use std::time::Duration;

use jangbogo_job::{RunState, Tally};
use jangbogo_setup::jobs::Jobs;
use jangbogo_tests::{Actor, Scene, ShopOptions, TestShop};
use reqwest::Method;
use serde_json::{Value, json};

const DAY: Duration = Duration::from_hours(24);

fn done(count: u64) -> (RunState, Tally) {
    (RunState::Done, Tally { read: count, done: count, ..Tally::default() })
}

async fn buys(buyer: &Actor, product: &str, quantity: i64) -> String {
    let order = buyer.orders(product, quantity).await;
    buyer.pays(&order).await;
    order
}

async fn ranking(visitor: &Actor, period: &str) -> Value {
    visitor.gets(&format!("/api/v1/rankings?period={period}")).await.expect(200).json
}

fn places(ranking: &Value) -> Vec<(i64, &str, i64)> {
    let number = |item: &Value, field: &str| item[field].as_i64().unwrap();
    let items = ranking["items"].as_array().unwrap().iter();
    let place = |item| (number(item, "place"), product_in(item), number(item, "pieces"));
    items.map(place).collect()
}

fn product_in(item: &Value) -> &str {
    item["product"]["id"].as_str().unwrap()
}

#[tokio::test]
async fn unpaid_orders_expire_by_a_job() {
    let Scene { shop, buyer, product, .. } = Scene::open(10).await;
    let unpaid = buyer.orders(&product, 3).await;
    assert_eq!(shop.runs_job("expire-orders").await, done(0));
    shop.time_goes_by(Duration::from_mins(6)).await;
    assert_eq!(shop.runs_job("expire-orders").await, done(1));
    assert_eq!(buyer.order(&unpaid).await["status"], "expired");
    assert_eq!(shop.runs_job("expire-orders").await, done(0));
    shop.close().await;
}

/// W-B7: each program had a time zone of its own, so that days began at different times.
#[tokio::test]
async fn business_days_and_billing_days_are_the_same() {
    let mut days = Vec::new();
    // 26 hours apart, so that it never is the same day in both.
    for zone in ["Pacific/Kiritimati", "Etc/GMT+12"] {
        let mut options = ShopOptions::default();
        options.config.jobs.zone = zone.to_owned();
        let config = options.config.clone();
        let shop = TestShop::open_with(options).await;
        let opened = shop.opened();
        let business = Jobs::of(&config, opened).unwrap().today().unwrap().to_string();
        let billing = opened.shop.calendar.day_of(opened.shop.clock.now()).to_string();
        assert_eq!(business, billing, "in {zone}");
        days.push(billing);
        shop.close().await;
    }
    assert_ne!(days[0], days[1]);
}

/// W-C8: the popular list was sorted the wrong way round, had no end and no sum over days.
#[tokio::test]
async fn rankings_add_up_what_was_sold_until_yesterday() {
    let Scene { shop, seller, mut buyer, product } = Scene::open(1_000).await;
    let visitor = shop.visitor();
    let empty = ranking(&visitor, "day").await;
    assert_eq!(empty, json!({"period": "day", "until": null, "items": []}));
    let mut others = Vec::new();
    for number in 0..6 {
        others.push(seller.lists(&format!("상품 {number}"), 1_000, 100).await);
    }
    // Five a day of one, day after day; once seven of another.
    let [rare, ..] = &others[..] else { unreachable!() };
    for day in 0..3 {
        buys(&buyer, &product, 5).await;
        if day == 1 {
            buys(&buyer, rare, 7).await;
        }
        if day == 2 {
            for (other, quantity) in others.iter().skip(1).zip(1..) {
                buys(&buyer, other, quantity).await;
            }
        }
        shop.delivers_events().await;
        shop.time_goes_by(DAY).await;
        buyer.logs_in().await;
    }
    let today = buys(&buyer, rare, 90).await;
    shop.delivers_events().await;
    assert_eq!(shop.runs_job("ranking").await, done(5));
    let yesterday = ranking(&visitor, "day").await;
    let top: Vec<_> = places(&yesterday).into_iter().take(2).collect();
    let last = others.last().unwrap().as_str();
    assert_eq!(places(&yesterday).len(), 6);
    assert_eq!(top.iter().map(|place| (place.0, place.2)).collect::<Vec<_>>(), [(1, 5), (2, 5)]);
    assert!(top.iter().any(|place| place.1 == last), "{yesterday:#}");
    let popular = ranking(&visitor, "last3days").await;
    assert_eq!(places(&popular)[..2], [(1, product.as_str(), 15), (2, rare.as_str(), 7)]);
    assert_eq!(places(&popular).len(), 5, "five, most first: {popular:#}");
    assert_eq!(popular["items"][0]["product"]["name"], "루테인");
    assert_eq!(popular["until"], yesterday["until"]);
    for period in ["week", "month", "quarter"] {
        let ranking = ranking(&visitor, period).await;
        assert_eq!(places(&ranking).len(), 7, "{period}");
    }
    // What came back today is of today; tomorrow's ranking knows.
    let body = json!({"reason": "changed my mind"});
    buyer.asks_for_refund(&today, body).await.expect(202);
    shop.delivers_events().await;
    shop.time_goes_by(DAY).await;
    assert_eq!(shop.runs_job("ranking").await, done(5));
    assert_eq!(places(&ranking(&visitor, "day").await), []);
    shop.close().await;
}

#[tokio::test]
async fn a_ranking_is_kept_by_who_has_it_and_no_other_is_invented() {
    let Scene { shop, buyer, product, .. } = Scene::open(10).await;
    buys(&buyer, &product, 1).await;
    shop.delivers_events().await;
    shop.time_goes_by(DAY).await;
    shop.runs_job("ranking").await;
    let visitor = shop.visitor();
    let first = visitor.gets("/api/v1/rankings").await.expect(200);
    assert_eq!(first.json["period"], "day");
    let etag = first.header("etag").unwrap().to_owned();
    assert_eq!(first.header("cache-control"), Some("public, max-age=5"));
    let request = visitor.request(Method::GET, "/api/v1/rankings").header("if-none-match", etag);
    visitor.sends(request).await.expect(304);
    for nonsense in ["period=year", "period=DAY", "period=day&period=week", "limit=5"] {
        let path = format!("/api/v1/rankings?{nonsense}");
        visitor.gets(&path).await.expect_problem(400, "validation-failed");
    }
    shop.close().await;
}

#[tokio::test]
async fn what_has_served_its_time_is_let_go_of_and_nothing_else() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(100).await;
    let old = buys(&buyer, &product, 2).await;
    shop.delivers_events().await;
    let (state, nothing) = shop.runs_job("clean-up").await;
    assert_eq!((state, nothing.done), (RunState::Done, 0), "everything is young");
    shop.time_goes_by(31 * DAY).await;
    buyer.logs_in().await;
    let key = Actor::new_key();
    let lines = [json!({"product_id": product, "quantity": 1})];
    let body = json!({"lines": lines, "receiver": Actor::receiver()});
    let young = buyer.posts_under(&key, "/api/v1/orders", body.clone()).await.expect(201);
    let (state, first) = shop.runs_job("clean-up").await;
    assert_eq!(state, RunState::Done);
    assert!(first.done >= 5, "keys and events of the old order: {first:?}");
    let again = buyer.posts_under(&key, "/api/v1/orders", body).await.expect(201);
    assert_eq!(again.text, young.text, "a young key is still known");
    assert_eq!(buyer.order(&old).await["status"], "paid", "orders are never let go of");
    buyer.pays(&young.text_at("/id")).await;
    shop.delivers_events().await;
    let mails = shop.mails_to(buyer.email());
    assert_eq!(mails.len(), 2, "no event was delivered twice or lost");
    let (_, second) = shop.runs_job("clean-up").await;
    assert_eq!(second.done, 0, "a second time changes nothing");
    // Ends with the invariants: what is kept of each aggregate is without gaps.
    shop.close().await;
}

#[tokio::test]
async fn books_are_compared_by_a_job() {
    let Scene { shop, buyer, product, .. } = Scene::open(100).await;
    buys(&buyer, &product, 2).await;
    shop.delivers_events().await;
    shop.time_goes_by(DAY).await;
    let (state, tally) = shop.runs_job("reconcile").await;
    assert_eq!((state, tally.failed), (RunState::Done, 0));
    assert!(tally.done >= 1, "{tally:?}");
    shop.close().await;
}
