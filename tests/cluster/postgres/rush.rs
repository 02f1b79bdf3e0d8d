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
/// Enough for every run; `JANGBOGO_TEST_ROUNDS=50` is the whole proof.
const ROUNDS: usize = 5;

/// The strategy is the shop's own choice, or one that `settings` name.
async fn rush(settings: &[(&str, &str)]) {
    let mut world = World::open().await;
    for (name, value) in settings {
        world.settings = world.settings.with(name, value);
    }
    let shops = world.two_shops().await;
    let seller = world.seller(&shops[0]).await;
    let buyers = people(&shops, BUYERS).await;
    let rounds = variable("JANGBOGO_TEST_ROUNDS").map_or(ROUNDS, |text| text.parse().unwrap());
    for round in 0..rounds {
        let stock = i64::try_from(STOCK).unwrap();
        let product = seller.lists(&format!("한정판 {round}"), 1_000, stock).await;
        let requests = buyers.iter().flat_map(|buyer| {
            (0..REQUESTS).map(|number| orders_one(buyer.at(shops[number % 2].url()), &product))
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

async fn orders_one(buyer: Actor, product: &str) -> Reply {
    let lines = json!([{"product_id": product, "quantity": 1}]);
    buyer.posts("/api/v1/orders", json!({"lines": lines, "receiver": Actor::receiver()})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_pieces_make_five_hundred_orders() {
    rush(&[]).await;
}
