//! Whoever dies while a buyer pays.

use jangbogo_ordering::OrderState;
use jangbogo_tests::fuse::Fuse;
use jangbogo_tests::{Actor, Scene};

use super::life::Life;
use super::{World, die_everywhere};

/// The process dies at each call of paying, the buyer goes away or tries again at once at another
/// process, and in the end each order is paid once or over.
async fn dies_while_a_buyer_pays(provider: &str, tries_again: bool) {
    let world = World::open(provider).await;
    let died = die_everywhere(async |fuse| {
        let (order, key) = (world.order().await, Actor::new_key());
        let paid = Life::begin(&world, fuse).pays(order, &key).await;
        assert!(paid.is_ok() || fuse.is_burnt(), "{paid:?}");
        if tries_again {
            // What the other process answers does not matter: the books do.
            let well = Life::begin(&world, &Fuse::never());
            drop(well.pays(order, &key).await);
            drop(well.pays(order, &Actor::new_key()).await);
        }
        order
    })
    .await;
    world.shop.is_sound().await;
    world.comes_to_rest().await;
    let (mut paid, mut over) = (0, 0);
    for (grave, order) in &died {
        let end = world.end_of(*order, grave).await;
        assert!(matches!(end, OrderState::Paid | OrderState::Expired), "{grave}: {end:?}");
        paid += usize::from(end == OrderState::Paid);
        over += usize::from(end == OrderState::Expired);
    }
    let [paid_at_all, over_at_all] = [paid > 0, over > 0 || tries_again];
    assert!(paid_at_all && over_at_all, "{paid} paid, {over} over: nothing was found out");
    // One order of each kind of death lived to its end and is not in the list.
    let captures = world.shop.money_moved().await;
    let whole = jangbogo_tests::fuse::Death::ALL.len();
    assert_eq!(captures, vec![3 * Scene::PRICE; paid + whole], "each once, and nothing else");
    world.shop.close().await;
}

#[tokio::test]
async fn at_kakaopay_a_buyer_goes_away() {
    dies_while_a_buyer_pays("kakaopay", false).await;
}

#[tokio::test]
async fn at_tosspayments_a_buyer_tries_again() {
    dies_while_a_buyer_pays("tosspayments", true).await;
}
