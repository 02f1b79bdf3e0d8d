//! Begin a subscription.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jangbogo_catalog::{ProductId, SaleTerms};
use jangbogo_inventory::OutOfStock;
use jangbogo_kernel::{
    Clock, Event, IdGenerator, IdempotencyKey, KeyError, Quantity, Store, StoreError, Timestamp,
    fault, retried,
};
use jangbogo_member::{AddressDetails, MemberId};
use jangbogo_ordering::{
    Order, OrderId, OrderOrigin, OrderRefusal, PlacedOrder, Receiver, RequestedLine, place_within,
};
use jangbogo_payment::PaymentIntent;

use crate::{
    Subscription, SubscriptionCreated, SubscriptionFacts, SubscriptionId, SubscriptionLine,
    SubscriptionState, Transaction,
};

/// Begins a subscription with its first order. Paying that order, at a provider that charges
/// without the buyer later, is what makes it active.
pub struct Subscribe {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    settings: SubscriptionSettings,
}

/// How subscriptions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionSettings {
    /// The shortest period.
    pub period_days_min: i64,
    /// The longest period.
    pub period_days_max: i64,
    /// How long the first order waits for its payment.
    pub payment_window: Duration,
    /// How many days before a charge the member is told of it.
    pub notice_days: i64,
}

/// A subscription to begin.
#[derive(Debug, Clone)]
pub struct SubscribeCommand {
    /// Whose.
    pub member: MemberId,
    /// What.
    pub wanted: Wanted,
    /// How many days from one due day to the next.
    pub period_days: i64,
    /// Where it goes.
    pub receiver: Receiver,
    /// Makes a repeated request harmless.
    pub key: IdempotencyKey,
}

/// What is wanted again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// These lines.
    Lines(Vec<RequestedLine>),
    /// What the member's recurring cart has for the period. It leaves the cart with the
    /// subscription's beginning.
    Cart,
}

/// What the member is told: the same now and when the request is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscribed {
    /// The subscription.
    pub id: SubscriptionId,
    /// Its first order, to be paid.
    pub order: PlacedOrder,
}

/// The subscription was not begun.
#[derive(Debug, thiserror::Error)]
pub enum SubscribeError {
    /// Too short or too long.
    #[error("a period has {min} to {max} days")]
    Period {
        /// The shortest.
        min: i64,
        /// The longest.
        max: i64,
    },
    /// A product does not exist or is no longer sold.
    #[error("there is no product {0}")]
    UnknownProduct(ProductId),
    /// Fewer pieces than wanted are left.
    #[error("{}", .0)]
    OutOfStock(OutOfStock),
    /// The address is not in the member's book.
    #[error("there is no such address in your address book")]
    UnknownAddress,
    /// The lines make no order.
    #[error(transparent)]
    Lines(#[from] OrderRefusal),
    /// The idempotency key belongs to another request.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(SubscribeError {
    Period: Unprocessable = "period-out-of-range",
    UnknownProduct: Unprocessable = "product-not-found",
    OutOfStock: Conflict = "out-of-stock",
    UnknownAddress: Unprocessable = "address-not-found",
} passes on { Lines, Key, Store });

impl Default for SubscriptionSettings {
    fn default() -> Self {
        Self {
            period_days_min: 30,
            period_days_max: 365,
            payment_window: Duration::from_mins(5),
            notice_days: 7,
        }
    }
}

impl SubscriptionSettings {
    /// Whether a period may be this long.
    pub fn check_period(&self, days: i64) -> Result<(), (i64, i64)> {
        let (min, max) = (self.period_days_min, self.period_days_max);
        if (min..=max).contains(&days) { Ok(()) } else { Err((min, max)) }
    }
}

impl Subscribe {
    /// The operation that idempotency keys are recorded under.
    pub const OPERATION: &'static str = "subscribe";

    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        settings: SubscriptionSettings,
    ) -> Self {
        Self { store, clock, ids, settings }
    }

    /// Begins the subscription; a repeated request gets the same one.
    pub async fn run(&self, command: &SubscribeCommand) -> Result<Subscribed, SubscribeError> {
        let period = self.settings.check_period(command.period_days);
        period.map_err(|(min, max)| SubscribeError::Period { min, max })?;
        if let Wanted::Lines(lines) = &command.wanted {
            Order::check_lines(lines)?;
        }
        retried(|| self.once(command)).await
    }

    async fn once(&self, command: &SubscribeCommand) -> Result<Subscribed, SubscribeError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if let Some(id) = command.key.earlier_effect(tx.idempotency()).await?? {
            return again(&mut *tx, SubscriptionId::new(id)).await;
        }
        let lines = taken(&mut *tx, command).await?;
        let receiver = receiver(&mut *tx, command).await?;
        let terms = terms(&mut *tx, &lines).await?;
        let items = on_sale(&lines, &terms)?;
        let expires_at = now.plus(self.settings.payment_window);
        let id: OrderId = self.ids.next();
        let order = Order::place(id, command.member, &items, receiver, now, expires_at)?;
        let order = Order { origin: OrderOrigin::Subscription, ..order };
        place_within(&mut *tx, &order, &*self.ids, now)
            .await?
            .map_err(SubscribeError::OutOfStock)?;
        let intent = PaymentIntent {
            id: self.ids.next(),
            order: order.id,
            buyer: order.buyer,
            amount: order.total,
            created_at: now,
            is_recurring: true,
        };
        tx.payments().add_intent(&intent).await?;
        let subscription = self.subscription(command, &order, now);
        tx.subscriptions().add(&subscription).await?;
        tx.history().add(vec![subscription.created()]).await?;
        let facts = SubscriptionFacts::of(&subscription);
        let fact = SubscriptionCreated { facts, first_order: order.id };
        tx.outbox().append(vec![Event::of(&fact, &*self.ids, now)?]).await?;
        let effect = (command.key.clone(), subscription.id.uuid());
        tx.idempotency().record(&[effect], now).await?;
        tx.commit().await?;
        Ok(Subscribed { id: subscription.id, order: placed(&order) })
    }

    fn subscription(
        &self,
        command: &SubscribeCommand,
        order: &Order,
        now: Timestamp,
    ) -> Subscription {
        let lines = order.lines.iter().map(|line| SubscriptionLine {
            product: line.product,
            quantity: line.quantity,
            unit_price: line.unit_price,
        });
        Subscription {
            id: self.ids.next(),
            member: command.member,
            state: SubscriptionState::AwaitingFirstPayment,
            lines: lines.collect(),
            period_days: command.period_days,
            receiver: order.receiver.clone(),
            first_order: order.id,
            agreement: None,
            version: 1,
            created_at: now,
            ended: None,
        }
    }
}

/// What a repeated request is answered.
async fn again(tx: &mut dyn Transaction, id: SubscriptionId) -> Result<Subscribed, SubscribeError> {
    let lost = || StoreError::new("repeat a subscription", "the key names none");
    let subscription = tx.subscriptions().find(id).await?.ok_or_else(lost)?;
    let order = tx.orders().find_many(&[subscription.first_order]).await?.pop();
    Ok(Subscribed { id, order: placed(&order.ok_or_else(lost)?) })
}

fn placed(order: &Order) -> PlacedOrder {
    PlacedOrder { id: order.id, total: order.total, expires_at: order.expires_at }
}

/// The lines; those of the cart are taken out of it.
async fn taken(
    tx: &mut dyn Transaction,
    command: &SubscribeCommand,
) -> Result<Vec<RequestedLine>, SubscribeError> {
    if let Wanted::Lines(lines) = &command.wanted {
        return Ok(lines.clone());
    }
    tx.carts().lock(&[command.member]).await?;
    let kept = tx.recurring_carts().items(command.member).await?;
    let of_period = kept.iter().filter(|kept| kept.period_days == command.period_days);
    let lines: Vec<RequestedLine> = of_period
        .map(|kept| RequestedLine { product: kept.item.product, quantity: kept.item.quantity })
        .collect();
    Order::check_lines(&lines)?;
    let products: Vec<ProductId> = lines.iter().map(|line| line.product).collect();
    tx.recurring_carts().remove(command.member, &products).await?;
    Ok(lines)
}

async fn receiver(
    tx: &mut dyn Transaction,
    command: &SubscribeCommand,
) -> Result<AddressDetails, SubscribeError> {
    match &command.receiver {
        Receiver::Given(details) => Ok(details.clone()),
        Receiver::Book(id) => {
            let entry = tx.addresses().find(*id).await?;
            let entry = entry.filter(|entry| entry.member == command.member);
            Ok(entry.ok_or(SubscribeError::UnknownAddress)?.details)
        }
    }
}

async fn terms(
    tx: &mut dyn Transaction,
    lines: &[RequestedLine],
) -> Result<HashMap<ProductId, SaleTerms>, StoreError> {
    let wanted: Vec<ProductId> = lines.iter().map(|line| line.product).collect();
    let terms = tx.products().terms(&wanted).await?;
    Ok(terms.into_iter().map(|terms| (terms.product, terms)).collect())
}

fn on_sale<'a>(
    lines: &[RequestedLine],
    terms: &'a HashMap<ProductId, SaleTerms>,
) -> Result<Vec<(&'a SaleTerms, Quantity)>, SubscribeError> {
    let item = |line: &RequestedLine| {
        let terms = terms.get(&line.product).filter(|terms| terms.is_on_sale());
        let terms = terms.ok_or(SubscribeError::UnknownProduct(line.product))?;
        Ok((terms, line.quantity))
    };
    lines.iter().map(item).collect()
}
