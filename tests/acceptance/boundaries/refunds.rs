//! Whoever dies while money goes back, and while the janitor finds things out.

use std::time::Duration;

use jangbogo_gateway_simulator::{Action, Call, Fault, When};
use jangbogo_ordering::OrderState;
use jangbogo_payment::{AttemptState, RefundScope};
use jangbogo_tests::fuse::{Death, Fuse};
use jangbogo_tests::{Actor, Scene};

use super::life::Life;
use super::{World, die_everywhere};

/// The process dies at each call of a refund; a refund that was agreed to is carried out once, and
/// nothing goes back that nobody agreed to.
async fn dies_while_money_goes_back(provider: &str, scope: RefundScope, tries_again: bool) {
    let world = World::open(provider).await;
    let died = die_everywhere(async |fuse| {
        let order = world.order().await;
        let key = Actor::new_key();
        let well = Life::begin(&world, &Fuse::never());
        well.pays(order, &key).await.unwrap();
        assert_eq!(world.state(order).await, OrderState::Paid);
        let agreed = Life::begin(&world, fuse).refunds(order, &scope, &key).await;
        assert!(agreed.is_ok() || fuse.is_burnt(), "{agreed:?}");
        if tries_again {
            // What the other process answers does not matter: the books do.
            drop(well.refunds(order, &scope, &key).await);
        }
        order
    })
    .await;
    world.shop.is_sound().await;
    world.comes_to_rest().await;
    let (mut back, mut kept) = (0, 0);
    for (grave, order) in &died {
        let agreed = world.attempts(*order).await.iter().any(|attempt| !attempt.is_capture());
        let end = world.end_of(*order, grave).await;
        let is_back = matches!(end, OrderState::Refunded | OrderState::PartiallyRefunded);
        assert_eq!(is_back, agreed, "{grave}: {end:?}");
        assert!(is_back || end == OrderState::Paid, "{grave}: {end:?}");
        back += usize::from(is_back);
        kept += usize::from(!is_back);
    }
    assert!(back > 0 && (kept > 0) != tries_again, "{back} back, {kept} kept");
    let refunds = world.shop.money_moved().await.into_iter().filter(|won| *won < 0).count();
    assert_eq!(refunds, back + Death::ALL.len(), "each once, and nothing else");
    world.shop.close().await;
}

#[tokio::test]
async fn at_kakaopay_a_part_goes_back_and_is_asked_for_again() {
    dies_while_money_goes_back("kakaopay", RefundScope::Amount(Scene::PRICE), true).await;
}

#[tokio::test]
async fn at_tosspayments_all_goes_back() {
    dies_while_money_goes_back("tosspayments", RefundScope::Everything, false).await;
}

/// Payments of which nobody knows what became, every other one taken. Fewer than open a breaker.
async fn unknown_payments(world: &World, count: usize) -> Vec<jangbogo_ordering::OrderId> {
    let mut orders = Vec::new();
    for n in 0..count {
        let when = if n % 2 == 0 { When::After } else { When::Before };
        world.shop.faults(vec![Fault::new(Call::Approve, when, Action::Reset)]).await;
        let order = world.order().await;
        Life::begin(world, &Fuse::never()).pays(order, &Actor::new_key()).await.unwrap();
        let state = world.attempts(order).await[0].state;
        assert_eq!(state, AttemptState::Unknown);
        orders.push(order);
    }
    world.shop.faults(Vec::new()).await;
    orders
}

#[tokio::test]
async fn the_janitor_may_die_at_any_call_as_well() {
    let world = World::open("kakaopay").await;
    let orders = unknown_payments(&world, 16).await;
    for call in 1..=60 {
        for death in Death::ALL {
            let fuse = Fuse::at(call, death);
            Life::begin(&world, &fuse).janitor_works().await;
        }
        // The lease of what the dead one had claimed is over.
        world.shop.time_goes_by(Duration::from_secs(61)).await;
    }
    world.shop.is_sound().await;
    world.comes_to_rest().await;
    for (n, order) in orders.into_iter().enumerate() {
        let grave = format!("order {n}");
        let expected = if n % 2 == 0 { OrderState::Paid } else { OrderState::Expired };
        assert_eq!(world.end_of(order, &grave).await, expected, "{n}");
    }
    assert_eq!(world.shop.money_moved().await, [3 * Scene::PRICE; 8]);
    world.shop.close().await;
}
