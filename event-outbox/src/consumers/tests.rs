//! What the consumers make of events, and that a mail is sent once. The use cases behind them are
//! proved with their crates.

use std::collections::HashSet;
use std::sync::Mutex;

use async_trait::async_trait;
use jangbogo_cart::BoughtItem;
use jangbogo_catalog::{SoldItem, ViewDay};
use jangbogo_kernel::{
    DomainEvent, Event, HistoryRepository, IdempotencyRepository, Inbox, Outbox, Timestamp, Uuid,
};
use jangbogo_member::{
    Address, EmailAddress, Member, MemberId, MemberStatus, Role, Session, SessionId, SignUpRepeated,
};
use jangbogo_notification::{Mail, MailError};
use jangbogo_ordering::{
    EventLine, OrderExpired, OrderFacts, OrderOrigin, OrderPaid, OrderPartiallyRefunded,
    OrderRefunded,
};
use jangbogo_payment::{ExecuteRefundError, SettleError, SurplusReturned};

use super::post_office::PostOffice;
use super::*;
use crate::ConsumeError;

type Key = (String, Id<EventKind>);

/// An inbox, a mailer, members and a clock in memory.
#[derive(Clone, Default)]
struct World {
    recorded: Arc<Mutex<HashSet<Key>>>,
    mails: Arc<Mutex<Vec<Mail>>>,
    mail_failure: Arc<Mutex<Option<MailError>>>,
    withdrawn: bool,
}

const MEMBER: MemberId = MemberId::new(Uuid::from_u128(5));
const NOW: Timestamp = Timestamp::from_micros(1_000_000);

impl World {
    fn post_office(&self) -> Arc<PostOffice> {
        let parts = Arc::new(self.clone());
        Arc::new(PostOffice {
            members: parts.clone(),
            mailer: parts.clone(),
            inbox: Handled { store: parts.clone(), clock: parts },
        })
    }

    fn recorded(&self) -> Vec<Key> {
        self.recorded.lock().unwrap().iter().cloned().collect()
    }

    fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    fn fail_mails(&self, failure: Option<MailError>) {
        *self.mail_failure.lock().unwrap() = failure;
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        NOW
    }
}

#[async_trait]
impl Mailer for World {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        if let Some(failure) = self.mail_failure.lock().unwrap().clone() {
            return Err(failure);
        }
        self.mails.lock().unwrap().push(mail.clone());
        Ok(())
    }
}

#[async_trait]
impl MemberQueries for World {
    async fn find(&self, id: MemberId) -> Result<Option<Member>, StoreError> {
        let mut member = Member {
            id,
            email: Some(EmailAddress::parse("buyer@example.com").unwrap()),
            nickname: None,
            phone: None,
            password: None,
            role: Role::Buyer,
            status: MemberStatus::Active,
            version: 1,
            created_at: NOW,
        };
        if self.withdrawn {
            member.withdraw();
        }
        Ok((id == MEMBER).then_some(member))
    }

    async fn find_session(&self, _id: SessionId) -> Result<Option<Session>, StoreError> {
        Ok(None)
    }

    async fn addresses(&self, _member: MemberId) -> Result<Vec<Address>, StoreError> {
        Ok(Vec::new())
    }
}

/// A transaction that has an inbox and nothing else.
struct Tx {
    recorded: Arc<Mutex<HashSet<Key>>>,
    fresh: Vec<Key>,
}

#[async_trait]
impl Store<dyn Transaction> for World {
    async fn begin(&self) -> Result<Box<dyn Transaction>, StoreError> {
        Ok(Box::new(Tx { recorded: Arc::clone(&self.recorded), fresh: Vec::new() }))
    }
}

#[async_trait]
impl Transaction for Tx {
    fn outbox(&mut self) -> &mut dyn Outbox {
        unreachable!("consumers here publish nothing")
    }

    fn inbox(&mut self) -> &mut dyn Inbox {
        self
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository {
        unreachable!("consumers deduplicate by the inbox")
    }

    fn history(&mut self) -> &mut dyn HistoryRepository {
        unreachable!("consumers here change no state")
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.recorded.lock().unwrap().extend(self.fresh);
        Ok(())
    }
}

#[async_trait]
impl Inbox for Tx {
    async fn record(
        &mut self,
        consumer: &str,
        event: Id<EventKind>,
        _now: Timestamp,
    ) -> Result<bool, StoreError> {
        let key = (consumer.to_owned(), event);
        let fresh = !self.recorded.lock().unwrap().contains(&key);
        self.fresh.push(key);
        Ok(fresh)
    }
}

fn event_of<E: DomainEvent>(fact: &E) -> Event {
    Event {
        id: Id::new(Uuid::from_u128(9)),
        name: E::NAME.to_owned(),
        aggregate: fact.aggregate(),
        sequence: fact.sequence(),
        occurred_at: "2026-11-21T02:03:04Z".parse().unwrap(),
        payload: serde_json::to_string(fact).unwrap(),
    }
}

fn line(product: u128, quantity: i64) -> EventLine {
    EventLine {
        product: Id::new(Uuid::from_u128(product)),
        name: "완도 김".to_owned(),
        quantity,
        unit_price: 12_900,
    }
}

fn facts() -> OrderFacts {
    OrderFacts {
        placed_at: "2026-11-21T02:03:04Z".to_owned(),
        order: Id::new(Uuid::from_u128(7)),
        buyer: MEMBER,
        origin: OrderOrigin::Buyer,
        version: 2,
        total: 38_700,
        currency: "KRW".to_owned(),
        lines: vec![line(1, 2), line(2, 1)],
    }
}

fn paid() -> Event {
    event_of(&OrderPaid { facts: facts() })
}

fn refunded() -> Event {
    event_of(&OrderRefunded { facts: facts(), amount: 12_900, returned: vec![line(1, 1)] })
}

fn partially_refunded() -> Event {
    event_of(&OrderPartiallyRefunded { facts: facts(), amount: 12_900, returned: vec![line(1, 1)] })
}

#[test]
fn what_was_paid_for_is_what_leaves_the_cart() {
    let expected = [(1, 2), (2, 1)]
        .map(|(product, pieces)| BoughtItem { product: Id::new(Uuid::from_u128(product)), pieces });
    assert_eq!(cart::bought(&facts()), expected);
    for origin in [OrderOrigin::Subscription, OrderOrigin::Cycle] {
        assert_eq!(cart::bought(&OrderFacts { origin, ..facts() }), [], "it was not in the cart");
    }
}

#[tokio::test]
async fn a_cycle_s_order_is_told_of_by_its_subscription_alone() {
    for (origin, mails) in [(OrderOrigin::Subscription, 1), (OrderOrigin::Cycle, 0)] {
        let world = World::default();
        let consumer = confirmation_mail::ConfirmationMail(world.post_office());
        let paid = event_of(&OrderPaid { facts: OrderFacts { origin, ..facts() } });
        consumer.handle(&paid).await.unwrap();
        assert_eq!(world.mails().len(), mails, "{origin:?}");
        assert_eq!(world.recorded(), [(consumer.name().to_owned(), paid.id)]);
    }
}

#[test]
fn an_event_from_before_is_of_the_buyer_s_own_order() {
    let mut before = paid();
    before.payload = before.payload.replace("\"origin\":\"buyer\",", "");
    assert!(!before.payload.contains("origin"));
    let order = crate::parse::<OrderPaid>(&before).unwrap();
    assert_eq!(order.facts, facts());
}

#[test]
fn paid_pieces_are_counted_and_returned_ones_counted_back() {
    let day = ViewDay::of(paid().occurred_at);
    let item =
        |product, pieces| SoldItem { product: Id::new(Uuid::from_u128(product)), pieces, day };
    assert_eq!(sales::sold(&paid()).unwrap(), [item(1, 2), item(2, 1)]);
    assert_eq!(sales::sold(&partially_refunded()).unwrap(), [item(1, -1)]);
    assert_eq!(sales::sold(&refunded()).unwrap(), [item(1, -1)]);
}

#[test]
fn a_refund_that_does_not_exist_is_not_tried_again() {
    let unknown = ConsumeError::from(ExecuteRefundError::UnknownRefund);
    assert!(matches!(unknown, ConsumeError::Permanent(_)), "{unknown:?}");
    let down = StoreError::new("begin", "disk full").into();
    for error in [ExecuteRefundError::Settle(SettleError::UnknownProvider), down] {
        let error = ConsumeError::from(error);
        assert!(matches!(error, ConsumeError::Transient(_)), "{error:?}");
    }
}

#[tokio::test]
async fn the_buyer_of_a_paid_order_gets_one_confirmation() {
    let world = World::default();
    let consumer = confirmation_mail::ConfirmationMail(world.post_office());
    for _ in 0..2 {
        consumer.handle(&paid()).await.unwrap();
    }
    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, "buyer@example.com");
    assert_eq!(mails[0].key, paid().id.to_string());
    for words in ["완도 김 × 2 = 25,800원", "합계: 38,700원", "2026-11-21 11:03"] {
        assert!(mails[0].text.contains(words), "{words}: {}", mails[0].text);
    }
    let expected = (consumer.name().to_owned(), paid().id);
    assert_eq!(world.recorded(), [expected], "under its own name");
}

#[tokio::test]
async fn every_mail_tells_of_its_event() {
    let repeated = event_of(&SignUpRepeated { notice: Uuid::from_u128(3), member: MEMBER });
    let expired = event_of(&OrderExpired { facts: facts() });
    let surplus = event_of(&SurplusReturned {
        refund: Id::new(Uuid::from_u128(8)),
        order: facts().order,
        buyer: MEMBER,
        amount: 12_900,
        currency: "KRW".to_owned(),
    });
    for (event, words) in [
        (expired, "결제기한: 2026-11-21 11:03"),
        (partially_refunded(), "환불금액: 12,900원"),
        (refunded(), "환불금액: 12,900원"),
        (surplus, "환불금액: 12,900원"),
        (repeated, "시도시각: 2026-11-21 11:03"),
    ] {
        let world = World::default();
        let office = world.post_office();
        let consumers: [Arc<dyn Consumer>; 3] = [
            Arc::new(expiry_mail::ExpiryMail(Arc::clone(&office))),
            Arc::new(refund_mail::RefundMail(Arc::clone(&office))),
            Arc::new(sign_up_mail::SignUpMail(office)),
        ];
        let mut subscribers = consumers
            .iter()
            .filter(|consumer| consumer.subscriptions().contains(&event.name.as_str()));
        let consumer = subscribers.next().unwrap();
        assert!(subscribers.next().is_none(), "one mail for {}", event.name);
        consumer.handle(&event).await.unwrap();
        let mails = world.mails();
        assert!(mails[0].text.contains(words), "{words}: {}", mails[0].text);
        assert_eq!(world.recorded(), [(consumer.name().to_owned(), event.id)]);
    }
}

#[tokio::test]
async fn a_mail_that_did_not_leave_is_not_recorded() {
    let world = World::default();
    let consumer = confirmation_mail::ConfirmationMail(world.post_office());
    world.fail_mails(Some(MailError::Transient("full".to_owned())));
    let failed = consumer.handle(&paid()).await;
    assert!(matches!(failed, Err(ConsumeError::Transient(_))), "{failed:?}");
    world.fail_mails(Some(MailError::Permanent("no address".to_owned())));
    let failed = consumer.handle(&paid()).await;
    assert!(matches!(failed, Err(ConsumeError::Permanent(_))), "{failed:?}");
    assert!(world.recorded().is_empty());
    world.fail_mails(None);
    consumer.handle(&paid()).await.unwrap();
    assert_eq!((world.mails().len(), world.recorded().len()), (1, 1));
}

#[tokio::test]
async fn who_has_left_gets_no_mail_and_the_event_is_handled() {
    let world = World { withdrawn: true, ..World::default() };
    let consumer = confirmation_mail::ConfirmationMail(world.post_office());
    consumer.handle(&paid()).await.unwrap();
    assert_eq!((world.mails().len(), world.recorded().len()), (0, 1));
}

#[tokio::test]
async fn an_event_of_nobody_or_nothing_is_refused_for_good() {
    let nobody = OrderFacts { buyer: Id::new(Uuid::from_u128(6)), ..facts() };
    let no_currency = OrderFacts { currency: "XXX".to_owned(), ..facts() };
    let no_pieces = OrderFacts { lines: vec![line(1, 0)], ..facts() };
    for facts in [nobody, no_currency, no_pieces] {
        let world = World::default();
        let consumer = confirmation_mail::ConfirmationMail(world.post_office());
        let refused = consumer.handle(&event_of(&OrderPaid { facts })).await;
        assert!(matches!(refused, Err(ConsumeError::Permanent(_))), "{refused:?}");
        assert!(world.mails().is_empty() && world.recorded().is_empty());
    }
}
