//! People who get in each other's way: nobody is told to come back later for that.

use futures::future::{join, join_all};
use jangbogo_tests::{Actor, Scene, TestShop};
use serde_json::json;

const AT_ONCE: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_want_one_nickname_one_gets_it() {
    let shop = TestShop::open().await;
    let people: Vec<Actor> =
        (0..AT_ONCE).map(|number| shop.person(&format!("twin{number}@example.com"))).collect();
    let replies = join_all(people.iter().map(|person| person.signs_up("쌍둥이"))).await;
    let (won, lost): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 201);
    assert_eq!(won.len(), 1);
    for reply in lost {
        reply.expect_problem(409, "nickname-taken");
    }
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_sent_many_times_at_once_adds_one_product() {
    let shop = TestShop::open().await;
    let seller = shop.seller().await;
    let body = json!({"name": "루테인", "maker": "참들녘", "original_price": 9_900, "stock": 1});
    let key = Actor::new_key();
    let send = || seller.posts_under(&key, "/api/v1/products", body.clone());
    let mut ids: Vec<String> = Vec::new();
    for reply in join_all((0..AT_ONCE).map(|_| send())).await {
        ids.push(reply.expect(201).text_at("/id"));
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    shop.close().await;
}

/// One wants the order and then its payment, the other the payment and then its order.
#[tokio::test(flavor = "multi_thread")]
async fn who_begins_to_pay_anew_while_coming_back_is_served_both_times() {
    let scene = Scene::open(20).await;
    for _ in 0..10 {
        let order = scene.buyer.orders(&scene.product, 1).await;
        let (_, back) = scene.buyer.agrees_to_pay(&order).await;
        let path = format!("/api/v1/orders/{order}/payments");
        let begin = || scene.buyer.posts(&path, json!({"provider": "kakaopay"}));
        let (returned, begun) = join(scene.buyer.comes_back(&back), begin()).await;
        assert!(matches!(returned.status, 200 | 409), "{}: {}", returned.status, returned.text);
        assert!(matches!(begun.status, 201 | 409), "{}: {}", begun.status, begun.text);
        assert!(returned.status == 200 || begun.status == 201, "neither was served");
    }
    scene.shop.close_in_the_middle().await;
}

/// Carts, orders, corrections and cancellations of the same two products, named in both orders.
#[tokio::test(flavor = "multi_thread")]
async fn who_names_the_same_products_in_another_order_waits_and_is_served() {
    let shop = TestShop::open().await;
    let (seller, buyer) = (shop.seller().await, shop.buyer().await);
    let one = seller.lists("루테인", 1_000, 1_000).await;
    let other = seller.lists("홍삼정", 2_000, 1_000).await;
    let order_of = async |first: &str, second: &str| {
        let lines = json!([{"product_id": first, "quantity": 1},
                           {"product_id": second, "quantity": 1}]);
        let body = json!({"lines": lines, "receiver": Actor::receiver()});
        let placed = buyer.posts("/api/v1/orders", body).await.expect(201).text_at("/id");
        buyer.cancels(&placed).await.expect(200);
    };
    for _ in 0..10 {
        let orders = join_all(
            [(&one, &other), (&other, &one), (&one, &other), (&other, &one)]
                .map(|(first, second)| order_of(first, second)),
        );
        let corrections = join_all([&other, &one].map(|product| seller.adjusts_stock(product, 1)));
        let (_, corrected) = join(orders, corrections).await;
        for reply in corrected {
            reply.expect(201);
        }
    }
    assert_eq!((seller.stock_of(&one).await, seller.stock_of(&other).await), (1_010, 1_010));
    shop.close().await;
}
