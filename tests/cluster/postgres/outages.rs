//! A process, the database or Redis goes away in the middle of everything.

use std::time::{Duration, Instant};

use jangbogo_tests::servers::Stop;
use jangbogo_tests::{Actor, ShopProcess, eventually};
use tokio::task::block_in_place;

use super::world::{Crowd, World, answers};

const BUYERS: usize = 8;
/// The shop serves again so soon after its database is back.
const RECOVERY_MAX: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_processes_is_killed_and_comes_back() {
    let world = World::open().await;
    let mut shops = world.two_shops().await;
    let mut crowd = Crowd::gather(&world, &shops, BUYERS).await;
    for _ in 0..5 {
        let [dies, lives] = shops;
        let reborn = crowd
            .buys_while(async |mut hear| {
                answers(&mut hear, 60).await;
                dies.kill9().await;
                // The other goes on alone.
                answers(&mut hear, 40).await;
                let reborn = ShopProcess::start(&world.settings).await;
                answers(&mut hear, 20).await;
                reborn
            })
            .await;
        world.is_sound().await;
        // Each dies in turn.
        shops = [lives, reborn];
        crowd.finishes_at(&shops).await;
    }
    assert!(crowd.broken_off() >= 5, "a kill cut nobody off");
    assert!(crowd.placed() >= 50, "{} orders", crowd.placed());
    world.close(shops).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_goes_away_and_comes_back() {
    let mut world = World::open().await;
    let shops = world.two_shops().await;
    let mut crowd = Crowd::gather(&world, &shops, BUYERS).await;
    let seller = world.seller(&shops[0]).await;
    let product = seller.lists("유산균", 19_900, 1).await;
    for how in [Stop::Fast, Stop::Immediate, Stop::Kill] {
        crowd
            .buys_while(async |mut hear| {
                answers(&mut hear, 60).await;
                block_in_place(|| world.postgres.restart(how)).unwrap();
                let back = Instant::now();
                for shop in &shops {
                    serves_writes(shop, &seller, &product).await;
                }
                let recovered = back.elapsed();
                assert!(recovered <= RECOVERY_MAX, "{how:?}: serves again after {recovered:?}");
                answers(&mut hear, 60).await;
            })
            .await;
        crowd.finishes_at(&shops).await;
        world.is_sound().await;
    }
    assert_eq!(crowd.broken_off(), 0, "the shops themselves were there all the time");
    world.close(shops).await;
}

/// Asks until something is written down.
async fn serves_writes(shop: &ShopProcess, seller: &Actor, product: &str) {
    let seller = seller.at(shop.url());
    let is_written = async || {
        let reply = seller.adjusts_stock(product, 1).await;
        assert!(matches!(reply.status, 201 | 503), "{}: {}", reply.status, reply.text);
        reply.status == 201
    };
    eventually(is_written).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_flushed_killed_and_comes_back() {
    let mut world = World::open().await;
    let shops = world.two_shops().await;
    let mut crowd = Crowd::gather(&world, &shops, BUYERS).await;
    crowd
        .buys_while(async |mut hear| {
            answers(&mut hear, 40).await;
            world.redis.flush().unwrap();
            answers(&mut hear, 40).await;
            block_in_place(|| world.redis.stop(Stop::Kill)).unwrap();
            answers(&mut hear, 80).await;
            block_in_place(|| world.redis.start_again()).unwrap();
            answers(&mut hear, 40).await;
        })
        .await;
    crowd.finishes_at(&shops).await;
    assert_eq!(crowd.broken_off(), 0, "Redis decides nothing");
    world.close(shops).await;
}
