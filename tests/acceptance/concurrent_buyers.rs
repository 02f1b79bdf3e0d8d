//! A hundred buyers, all at once, for one piece and for ten.

use futures::StreamExt as _;
use futures::future::join_all;
use futures::stream;
use jangbogo_tests::{Actor, TestShop};

const BUYERS: usize = 100;
const ROUNDS: usize = 50;

async fn buyers(shop: &TestShop) -> Vec<Actor> {
    stream::iter(0..BUYERS).map(|_| shop.buyer()).buffer_unordered(8).collect().await
}

/// All buyers want one piece each of a new product with so many pieces, round after round.
async fn rush(pieces: usize) {
    let shop = TestShop::open().await;
    let (seller, buyers) = (shop.seller().await, buyers(&shop).await);
    for round in 0..ROUNDS {
        let stock = i64::try_from(pieces).unwrap();
        let product = seller.lists(&format!("한정판 {round}"), 1_000, stock).await;
        let replies = join_all(buyers.iter().map(|buyer| buyer.tries_to_order(&product, 1))).await;
        let (won, lost): (Vec<_>, Vec<_>) =
            replies.into_iter().partition(|reply| reply.status == 201);
        assert_eq!(won.len(), pieces, "round {round}");
        for reply in lost {
            reply.expect_problem(409, "out-of-stock");
        }
        let mut orders: Vec<String> = won.iter().map(|reply| reply.text_at("/id")).collect();
        orders.sort_unstable();
        orders.dedup();
        assert_eq!(orders.len(), pieces, "round {round}");
        assert_eq!(seller.stock_of(&product).await, 0, "round {round}");
    }
    shop.is_sound().await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_buyers_of_one_piece_are_one() {
    rush(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_buyers_of_ten_pieces_are_ten() {
    rush(10).await;
}
