//! A thousand requests at once, at two shops, for one product of which there are five hundred.

use futures::future::join_all;
use jangbogo_tests::servers::variable;
use jangbogo_tests::{Actor, Reply};
use serde_json::json;

use super::world::{World, people};

const BUYERS: usize = 50;
/// Requests of each buyer at once, half of them at each shop.
const REQUESTS: usize = 20;
const STOCK: usize = 500;
/// Enough for every run; `JANGBOGO_TEST_ROUNDS=50` is the whole proof, in each strategy.
const ROUNDS: usize = 2;

async fn rush(strategy: &str) {
    let mut world = World::open().await;
    // Strategies that take one order at a time need more than the usual time for the last of them.
    world.settings = world
        .settings
        .with("JANGBOGO__ORDERS__STRATEGY", strategy)
        .with("JANGBOGO__ORDERS__WAIT_MS", "15000");
    let shops = world.two_shops().await;
    let seller = world.seller(&shops[0]).await;
    let buyers = people(&shops, BUYERS).await;
    let rounds = variable("JANGBOGO_TEST_ROUNDS").map_or(ROUNDS, |text| text.parse().unwrap());
    for round in 0..rounds {
        let stock = i64::try_from(STOCK).unwrap();
        let product = seller.lists(&format!("한정판 {round}"), 1_000, stock).await;
        let requests = buyers.iter().flat_map(|buyer| {
            (0..REQUESTS).map(|number| {
                let key = format!("round-{round}-request-{number}");
                orders_one(buyer.at(shops[number % 2].url()), key, &product)
            })
        });
        let replies: Vec<Reply> = join_all(requests).await;
        let (won, lost): (Vec<_>, Vec<_>) =
            replies.into_iter().partition(|reply| reply.status == 201);
        for reply in lost {
            reply.expect_problem(409, "out-of-stock");
        }
        let mut orders: Vec<String> = won.iter().map(|reply| reply.text_at("/id")).collect();
        orders.sort_unstable();
        orders.dedup();
        assert_eq!(orders.len(), STOCK, "round {round}");
        for shop in &shops {
            assert_eq!(seller.at(shop.url()).stock_of(&product).await, 0, "round {round}");
        }
    }
    world.close(shops).await;
}

/// Who is told that the shop is overloaded asks again, under the same key, as a client would.
async fn orders_one(buyer: Actor, key: String, product: &str) -> Reply {
    let lines = json!([{"product_id": product, "quantity": 1}]);
    let body = json!({"lines": lines, "receiver": Actor::receiver()});
    loop {
        let reply = buyer.posts_under(&key, "/api/v1/orders", body.clone()).await;
        if reply.status != 503 {
            return reply;
        }
    }
}

mod five_hundred_pieces_make_five_hundred_orders {
    use super::rush;

    #[tokio::test(flavor = "multi_thread")]
    async fn combined() {
        rush("combined").await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn row_lock() {
        rush("row_lock").await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn optimistic() {
        rush("optimistic").await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn distributed_lock() {
        rush("distributed_lock").await;
    }
}
