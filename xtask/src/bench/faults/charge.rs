//! One buyer's way: order, pay, and sometimes want the money back.

use std::ops::Range;

use anyhow::Context as _;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jangbogo_kernel::{Fingerprint, IdempotencyKey, Quantity};
use jangbogo_member::AddressDetails;
use jangbogo_ordering::{
    OrderId, PlaceOrder, PlaceOrders, PlacedOrder, Receiver, RequestedLine, Wanted,
};
use jangbogo_payment::{
    AttemptState, Proof, RefundScope, RequestRefund, RequestRefundCommand, StartPayment,
    StartPaymentCommand,
};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Url;

use super::ids::ChargeIds;
use super::world::World;

/// Charges at once.
const AT_ONCE: usize = 32;

/// One charge.
pub(super) struct Charge<'a> {
    world: &'a World,
    number: u32,
    dice: StdRng,
}

/// What is known of a charge afterwards.
pub(super) struct Known {
    pub(super) order: OrderId,
}

impl<'a> Charge<'a> {
    /// Charges at one moment of simulated time.
    pub(super) async fn many(world: &'a World, range: Range<u32>) -> anyhow::Result<Vec<Known>> {
        let charges = stream::iter(range).map(|number| {
            let seed = world.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(number);
            let mut charge = Self { world, number, dice: StdRng::seed_from_u64(seed) };
            ChargeIds::within(number, async move { charge.run().await })
        });
        charges.buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn run(&mut self) -> anyhow::Result<Known> {
        let placed = self.orders().await?;
        let known = Known { order: placed.id };
        // All chances are thrown here, whatever happens on the way.
        let (button, wants_refund) = (self.dice.random_range(0..20), self.dice.random_bool(0.25));
        let part = self.dice.random_range(1..=placed.total.minor());
        let command = StartPaymentCommand {
            order: placed.id,
            provider: self.world.provider.clone(),
            key: self.key(StartPayment::OPERATION),
        };
        let shop = &self.world.shop;
        // The provider could not be reached, or made no sense: the buyer goes away.
        let Ok(started) = shop.start_payment.run(&self.world.buyer, command).await else {
            return Ok(known);
        };
        let button = if button == 0 { "cancel" } else { "pay" };
        let Some(proof) = self.presses(&started.redirects.pc, button).await? else {
            return Ok(known);
        };
        if button == "cancel" {
            return Ok(known);
        }
        // An order that expired meanwhile is no fault; nor is anything else that is refused.
        let Ok(settled) = shop.approve_payment.run(started.id, &proof).await else {
            return Ok(known);
        };
        if settled.attempt.state == AttemptState::Succeeded && wants_refund {
            self.wants_back(placed.id, part).await?;
        }
        Ok(known)
    }

    async fn orders(&mut self) -> anyhow::Result<PlacedOrder> {
        let quantity = Quantity::try_new(self.dice.random_range(1..4))?;
        let line = RequestedLine { product: self.world.product, quantity };
        let receiver = AddressDetails::parse("장보고", "01012345678", "59100", "완도읍 1", "")?;
        let command = PlaceOrder {
            buyer: self.world.buyer.member,
            wanted: Wanted::Lines(vec![line]),
            receiver: Receiver::Given(receiver),
            key: self.key(PlaceOrders::OPERATION),
        };
        Ok(self.world.shop.place_orders.submit(command).await??)
    }

    /// What the browser brings back; `None` when the provider's page cannot be reached.
    async fn presses(&self, page: &str, button: &str) -> anyhow::Result<Option<Proof>> {
        let Ok(pressed) = self.world.browser.post(format!("{page}/{button}")).send().await else {
            return Ok(None);
        };
        let location = pressed.headers().get("location").context("the page leads nowhere")?;
        let back: Url = location.to_str()?.parse()?;
        Ok(Some(back.query_pairs().into_owned().collect()))
    }

    async fn wants_back(&self, order: OrderId, part: i64) -> anyhow::Result<()> {
        let command = RequestRefundCommand {
            order,
            scope: RefundScope::Amount(part),
            reason: "변심".to_owned(),
            key: self.key(RequestRefund::OPERATION),
        };
        let refund = self.world.shop.request_refund.run(&self.world.buyer, command).await?;
        let attempt = jangbogo_payment::AttemptId::new(refund.id.uuid());
        self.world.shop.execute_refund.run(attempt).await?;
        Ok(())
    }

    fn key(&self, operation: &'static str) -> IdempotencyKey {
        IdempotencyKey {
            principal: self.world.buyer.member.uuid(),
            operation,
            key: format!("charge-{}", self.number),
            fingerprint: Fingerprint([0; 32]),
        }
    }
}
