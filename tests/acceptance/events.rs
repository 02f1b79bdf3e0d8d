//! Events: every consumer gets each at least once, in order, and a repeat changes nothing.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use jangbogo_event_outbox::consumers::{self, ConsumerParts};
use jangbogo_event_outbox::{ConsumeError, Consumer, Relay, RelayRound, RelaySettings};
use jangbogo_kernel::{
    Backlog, DeadLetter, DomainEvent as _, Event, EventKind, Id, Publication, PublicationQueue,
    Store, StoreError, Timestamp, Transaction, Uuid,
};
use jangbogo_ordering::{OrderCancelled, OrderPaid, OrderPlaced, OrderRefunded};
use jangbogo_tests::{Actor, Scene, TestShop};

/// The shop's queue, with a relay's death played on demand and its dead letters kept for a look.
struct Queue {
    real: Arc<dyn PublicationQueue>,
    /// Whoever relays dies between the consumers' work and its record.
    dies_after_work: bool,
    dead: Mutex<Vec<DeadLetter>>,
}

/// Writes down what it gets, and fails for one aggregate.
struct Diary {
    inbox: Arc<dyn Store<dyn Transaction>>,
    seen: Mutex<Vec<(Uuid, i64)>>,
    fails_for: Option<Uuid>,
}

#[async_trait]
impl PublicationQueue for Queue {
    async fn subscribe(&self, consumer: &str, names: &[&str]) -> Result<(), StoreError> {
        self.real.subscribe(consumer, names).await
    }

    async fn claim(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Publication>, StoreError> {
        self.real.claim(now, lease_until, limit).await
    }

    async fn published(&self, events: &[Id<EventKind>], now: Timestamp) -> Result<(), StoreError> {
        if self.dies_after_work {
            return Ok(());
        }
        self.real.published(events, now).await
    }

    async fn retry(&self, event: Id<EventKind>, at: Timestamp) -> Result<(), StoreError> {
        self.real.retry(event, at).await
    }

    async fn discard(
        &self,
        event: Id<EventKind>,
        dead: &[DeadLetter],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.dead.lock().unwrap().extend_from_slice(dead);
        self.real.discard(event, dead, now).await
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        self.real.backlog().await
    }
}

#[async_trait]
impl Consumer for Diary {
    fn name(&self) -> &'static str {
        "test.diary"
    }

    fn subscriptions(&self) -> &'static [&'static str] {
        &[OrderPlaced::NAME, OrderPaid::NAME, OrderCancelled::NAME, OrderRefunded::NAME]
    }

    async fn handle(&self, event: &Event) -> Result<(), ConsumeError> {
        self.seen.lock().unwrap().push((event.aggregate, event.sequence));
        if self.fails_for == Some(event.aggregate) {
            return Err(ConsumeError::Transient("the ink has run out".to_owned()));
        }
        let mut tx = self.inbox.begin().await?;
        tx.inbox().record(self.name(), event.id, event.occurred_at).await?;
        Ok(tx.commit().await?)
    }
}

impl Diary {
    fn of_shop(shop: &TestShop, fails_for: Option<Uuid>) -> Arc<Self> {
        let inbox = shop.opened().shop.inbox.clone();
        Arc::new(Self { inbox, seen: Mutex::default(), fails_for })
    }

    /// The numbers of the events that came of one order, in the order of their coming.
    fn of(&self, order: &str) -> Vec<i64> {
        let seen = self.seen.lock().unwrap();
        let of_order = seen.iter().filter(|(aggregate, _)| *aggregate == uuid(order));
        of_order.map(|(_, sequence)| *sequence).collect()
    }
}

fn uuid(order: &str) -> Uuid {
    order.parse::<jangbogo_ordering::OrderId>().unwrap().uuid()
}

fn queue(shop: &TestShop, dies_after_work: bool) -> Arc<Queue> {
    let real = shop.opened().shop.publications.clone();
    Arc::new(Queue { real, dies_after_work, dead: Mutex::default() })
}

/// A relay over this queue with the shop's consumers and one more.
fn relay(shop: &TestShop, queue: &Arc<Queue>, one_more: Option<Arc<Diary>>) -> Relay {
    let shop = &shop.opened().shop;
    let mut consumers = consumers::all(ConsumerParts {
        remove_bought: shop.remove_bought.clone(),
        count_sales: shop.count_sales.clone(),
        execute_refund: shop.execute_refund.clone(),
        end_agreement: shop.end_agreement.clone(),
        follow_order: shop.follow_order.clone(),
        follow_member: shop.follow_member.clone(),
        members: shop.members.clone(),
        mailer: shop.mailer.clone(),
        inbox: shop.inbox.clone(),
        clock: shop.clock.clone(),
    });
    consumers.extend(one_more.map(|diary| diary as Arc<dyn Consumer>));
    Relay::new(queue.clone(), consumers, shop.clock.clone(), RelaySettings::default())
}

async fn pieces_in_cart(buyer: &Actor) -> i64 {
    let cart = buyer.gets("/api/v1/cart").await.expect(200);
    cart["totals"]["pieces"].as_i64().unwrap()
}

#[tokio::test]
async fn a_paid_order_empties_the_cart_counts_sales_and_sends_one_mail() {
    let Scene { shop, buyer, product, .. } = Scene::open(10).await;
    buyer.puts_into_cart(&product, 3).await.expect(200);
    let order = buyer.orders(&product, 2).await;
    buyer.pays(&order).await;
    assert_eq!(pieces_in_cart(&buyer).await, 3, "consequences come with the events");
    assert_eq!(buyer.product(&product).await["sales"], 0);

    shop.delivers_events().await;
    assert_eq!(pieces_in_cart(&buyer).await, 1, "what was bought is taken out");
    assert_eq!(buyer.product(&product).await["sales"], 2);
    assert_eq!(shop.mails_to(buyer.email()).len(), 1);
    shop.delivers_events().await;
    assert_eq!(shop.mails_to(buyer.email()).len(), 1);
    shop.close().await;
}

#[tokio::test]
async fn a_second_delivery_has_no_second_effect() {
    let Scene { shop, buyer, product, .. } = Scene::open(10).await;
    buyer.puts_into_cart(&product, 2).await.expect(200);
    let order = buyer.orders(&product, 2).await;
    shop.delivers_events().await;
    buyer.pays(&order).await;
    let dying = relay(&shop, &queue(&shop, true), None);
    assert_eq!(dying.drain().await.unwrap().claimed, 1);
    assert_eq!(pieces_in_cart(&buyer).await, 0);
    buyer.puts_into_cart(&product, 5).await.expect(200);

    let rounds = &shop.opened().relay;
    assert_eq!(rounds.drain().await.unwrap().claimed, 0, "the dead relay's claim still counts");
    shop.time_goes_by(Duration::from_secs(30)).await;
    assert_eq!(rounds.drain().await.unwrap().published, 1);
    assert_eq!(pieces_in_cart(&buyer).await, 5, "what was put in later stays");
    shop.writes_counters().await;
    assert_eq!(buyer.product(&product).await["sales"], 2);
    assert_eq!(shop.mails_to(buyer.email()).len(), 1);
    shop.close().await;
}

#[tokio::test]
async fn a_refund_that_is_delivered_twice_is_sent_once() {
    let Scene { shop, buyer, product, .. } = Scene::open(10).await;
    let order = buyer.orders(&product, 2).await;
    buyer.pays(&order).await;
    shop.delivers_events().await;
    let body = serde_json::json!({"reason": "changed my mind"});
    buyer.asks_for_refund(&order, body).await.expect(202);
    let dying = relay(&shop, &queue(&shop, true), None);
    assert_eq!(dying.drain().await.unwrap().claimed, 2, "the request and its consequence");
    for _ in 0..2 {
        shop.time_goes_by(Duration::from_secs(30)).await;
        shop.delivers_events().await;
    }
    assert_eq!(shop.money_moved().await, [2 * Scene::PRICE, -2 * Scene::PRICE]);
    let product = buyer.product(&product).await;
    assert_eq!((&product["sales"], &product["stock"]), (&0.into(), &10.into()));
    assert_eq!(shop.mails_to(buyer.email()).len(), 2);
    shop.close().await;
}

#[tokio::test]
async fn a_failing_consumer_is_retried_and_then_gets_a_dead_letter() {
    let Scene { shop, buyer, product, .. } = Scene::open(10).await;
    shop.delivers_events().await;
    let (bad, good) = (buyer.orders(&product, 1).await, buyer.orders(&product, 1).await);
    let diary = Diary::of_shop(&shop, Some(uuid(&bad)));
    let queue = queue(&shop, false);
    let relay = relay(&shop, &queue, Some(diary.clone()));
    relay.subscribe().await.unwrap();
    let idle = RelayRound::default();
    let retried = RelayRound { claimed: 1, retried: 1, ..idle };

    let first = relay.drain().await.unwrap();
    assert_eq!(first, RelayRound { claimed: 2, published: 1, retried: 1, discarded: 0 });
    buyer.pays(&good).await;
    buyer.cancels(&bad).await.expect(200);
    let others = relay.drain().await.unwrap();
    assert_eq!(others, RelayRound { claimed: 1, published: 1, ..idle }, "others go on");
    assert_eq!(diary.of(&good), [1, 2]);
    shop.writes_counters().await;
    assert_eq!(buyer.product(&product).await["sales"], 1);

    for wait in [1, 2] {
        shop.time_goes_by(Duration::from_millis(wait * 1_000 - 1)).await;
        assert_eq!(relay.drain().await.unwrap(), idle, "before {wait} s");
        shop.time_goes_by(Duration::from_millis(1)).await;
        assert_eq!(relay.drain().await.unwrap(), retried, "after {wait} s");
    }
    assert_eq!(diary.of(&bad), [1, 1, 1], "its next event waits");
    shop.time_goes_by(Duration::from_millis(3_999)).await;
    assert_eq!(relay.drain().await.unwrap(), idle);
    assert!(queue.dead.lock().unwrap().is_empty());
    shop.time_goes_by(Duration::from_millis(1)).await;
    // The fourth attempt was the last; then the order's next event goes on and fails for itself.
    let last = relay.drain().await.unwrap();
    assert_eq!(last, RelayRound { claimed: 2, published: 0, retried: 1, discarded: 1 });
    assert_eq!(diary.of(&bad), [1, 1, 1, 1, 2]);
    {
        let dead = queue.dead.lock().unwrap();
        assert_eq!(dead.len(), 1);
        assert_eq!(dead[0].consumer, "test.diary");
        assert_eq!(dead[0].cause, "attempt 4 of 4: the ink has run out");
    }
    for wait in [1, 2, 4] {
        shop.time_goes_by(Duration::from_secs(wait)).await;
        relay.drain().await.unwrap();
    }
    assert_eq!(queue.dead.lock().unwrap().len(), 2);
    // Finds every event either handled by each of its subscribers or a dead letter.
    shop.close().await;
}

#[tokio::test]
async fn many_relays_at_once_deliver_each_orders_events_in_order() {
    let Scene { shop, buyer, product, .. } = Scene::open(100).await;
    let diary = Diary::of_shop(&shop, None);
    let queue = queue(&shop, false);
    let relays: Vec<Relay> = (0..4).map(|_| relay(&shop, &queue, Some(diary.clone()))).collect();
    relays[0].subscribe().await.unwrap();
    let mut orders = Vec::new();
    for _ in 0..8 {
        let order = buyer.orders(&product, 1).await;
        buyer.pays(&order).await;
        let body = serde_json::json!({"reason": "changed my mind"});
        buyer.asks_for_refund(&order, body).await.expect(202);
        orders.push(order);
    }
    for _ in 0..3 {
        let rounds = join_all(relays.iter().map(Relay::drain)).await;
        assert!(rounds.into_iter().all(|round| round.is_ok()));
    }
    for order in &orders {
        assert_eq!(diary.of(order), [1, 2, 3]);
        assert_eq!(buyer.order(order).await["status"], "refunded");
    }
    assert_eq!(shop.money_moved().await.len(), 16);
    assert_eq!(shop.mails_to(buyer.email()).len(), 16);
    shop.close().await;
}
