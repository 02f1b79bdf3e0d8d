//! A year of a thousand subscriptions, day by day: declines, outages, lost answers, changed minds.
//! Where nothing is optimised there are fewer of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jangbogo_kernel::{Fingerprint, Id, IdempotencyKey, Money, Quantity, Uuid};
use jangbogo_member::{AddressDetails, Caller, MemberId, Role};
use jangbogo_ordering::{Receiver, RequestedLine};
use jangbogo_payment::{
    AgreementKey, AttemptId, CaptureRequest, ChargeRequest, Charged, Firmness, Granted, Looked,
    NotSentCause, OpenRequest, Outcome, PaymentProvider, ProviderError, ProviderName,
    ProviderProfile, ProviderSession, ProviderTransaction, Providers, RecurringProfile,
    RecurringProvider, Redirects, RefundRequest, SentCharge, Sought, Standing, StartPaymentCommand,
    UnknownCause,
};
use jangbogo_setup::Shop;
use jangbogo_sql::invariants::{Moment, ProviderMovement};
use jangbogo_subscription::{
    Change, CycleOutcome, CycleState, SubscribeCommand, SubscriptionDetail, SubscriptionId, Wanted,
};
use jangbogo_tests::servers::variable;
use jangbogo_tests::{Scene, TestShop};

use super::DAY;

/// A build without optimisation takes a quarter of a second for each of them;
/// `JANGBOGO_TEST_SUBSCRIPTIONS=1000` is the whole proof there too.
const SUBSCRIPTIONS: u64 = if cfg!(debug_assertions) { 120 } else { 1_000 };
const DAYS: u32 = 365;

/// Days on which the provider cannot be reached, and on which nobody runs the batch.
const OUTAGES: [std::ops::Range<u32>; 2] = [100..103, 250..252];
const NO_RUN: [std::ops::Range<u32>; 2] = [150..154, 300..301];

/// Keeps its books in memory and does what a die says, the same in every run.
#[derive(Default)]
struct Provider {
    books: Mutex<Vec<ProviderMovement>>,
    throws: AtomicU64,
    is_away: Mutex<bool>,
    is_kind: Mutex<bool>,
}

impl Provider {
    fn die(&self, sides: u64) -> u64 {
        die(self.throws.fetch_add(1, Ordering::Relaxed), sides)
    }

    fn take(&self, merchant_ref: &str, amount: Money) -> ProviderTransaction {
        let mut books = self.books.lock().unwrap();
        let id = format!("A{}", books.len());
        books.push(ProviderMovement {
            provider: "kakaopay".to_owned(),
            id: id.clone(),
            merchant_ref: merchant_ref.to_owned(),
            capture: true,
            amount: amount.minor(),
            parent: None,
        });
        ProviderTransaction { id, amount }
    }

    fn find(&self, merchant_ref: &str) -> Option<ProviderTransaction> {
        let books = self.books.lock().unwrap();
        let found = books.iter().find(|movement| movement.merchant_ref == merchant_ref)?;
        Some(ProviderTransaction { id: found.id.clone(), amount: Money::won(found.amount) })
    }
}

/// A number below `sides` that looks like chance.
fn die(throw: u64, sides: u64) -> u64 {
    let mut hash = throw.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    hash ^= hash >> 31;
    hash = hash.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (hash ^ (hash >> 27)) % sides
}

fn name() -> ProviderName {
    ProviderName("kakaopay".to_owned())
}

#[async_trait]
impl PaymentProvider for Provider {
    fn profile(&self) -> ProviderProfile {
        ProviderProfile {
            name: name(),
            proof: Vec::new(),
            session_life: Duration::from_mins(15),
            call_deadline: Duration::from_secs(10),
            horizon: Duration::from_mins(2),
        }
    }

    async fn open(&self, _: &OpenRequest) -> Result<ProviderSession, ProviderError> {
        unreachable!("nobody pays otherwise here")
    }

    async fn capture(&self, _: &CaptureRequest) -> Outcome {
        unreachable!("nobody pays otherwise here")
    }

    async fn refund(&self, _: &RefundRequest) -> Outcome {
        unreachable!("nobody asks for money back here")
    }

    async fn lookup(&self, _: &str) -> Result<Looked, ProviderError> {
        Ok(Looked { captured: None, refunds: Vec::new(), is_over: false })
    }
}

#[async_trait]
impl RecurringProvider for Provider {
    fn recurring_profile(&self) -> RecurringProfile {
        let horizon = Duration::from_hours(12);
        RecurringProfile { name: name(), proof: Vec::new(), horizon }
    }

    async fn open_agreeing(&self, request: &OpenRequest) -> Result<ProviderSession, ProviderError> {
        let page = String::new();
        let redirects = Redirects { pc: page.clone(), mobile: page.clone(), app: page };
        Ok(ProviderSession { reference: request.merchant_ref.clone(), redirects })
    }

    async fn capture_agreeing(&self, request: &CaptureRequest) -> Granted {
        let transaction = self.take(&request.merchant_ref, request.amount);
        let outcome = Outcome::Done { transaction, raw: String::new() };
        Granted { outcome, key: Some(AgreementKey::new(request.merchant_ref.clone())) }
    }

    async fn standing(&self, _: &AgreementKey) -> Result<Standing, ProviderError> {
        Ok(Standing { is_chargeable: true, witness: None })
    }

    async fn charge(&self, request: &ChargeRequest) -> Charged {
        let said = |outcome, firmness| Charged { outcome, reference: None, firmness };
        let words = || "no".to_owned();
        if *self.is_away.lock().unwrap() {
            let cause = NotSentCause::Unreachable;
            return said(Outcome::NotSent { cause, reason: words() }, None);
        }
        let no =
            |firmness| said(Outcome::Declined { code: words(), message: words() }, Some(firmness));
        let cause = UnknownCause::Silence;
        let silence = || said(Outcome::Unknown { cause, reason: words() }, None);
        let throw = if *self.is_kind.lock().unwrap() { 999 } else { self.die(1_000) };
        match throw {
            0..100 => no(Firmness::Soft),
            100..103 => no(Firmness::Hard),
            103..106 => no(Firmness::Ambiguous),
            106..116 => {
                self.take(&request.merchant_ref, request.amount);
                silence()
            }
            116..126 => silence(),
            _ => {
                let transaction = self.take(&request.merchant_ref, request.amount);
                let reference = Some(request.merchant_ref.clone());
                let outcome = Outcome::Done { transaction, raw: String::new() };
                Charged { outcome, reference, firmness: None }
            }
        }
    }

    async fn seek(&self, charge: &SentCharge) -> Result<Sought, ProviderError> {
        Ok(match self.find(&charge.merchant_ref) {
            Some(transaction) => Sought::Done { transaction, reference: None },
            None => Sought::Nothing,
        })
    }

    async fn deactivate(&self, _: &AgreementKey) -> Result<(), ProviderError> {
        Ok(())
    }
}

/// The shop over that provider, and its member.
struct World {
    test: TestShop,
    shop: Shop,
    provider: Arc<Provider>,
    caller: Caller,
    subscriptions: Vec<SubscriptionId>,
    outcomes: BTreeMap<&'static str, u64>,
    /// Subscriptions that nothing unusual happened to.
    plain: Vec<bool>,
}

impl World {
    async fn open() -> Self {
        let Scene { shop: test, buyer, product, .. } = Scene::open(900_000).await;
        let provider = Arc::new(Provider::default());
        let providers = Providers::new([Arc::clone(&provider) as Arc<dyn PaymentProvider>])
            .with_recurring([Arc::clone(&provider) as Arc<dyn RecurringProvider>]);
        let shop = test.opened().shop_with(test.config(), providers);
        let member: MemberId = buyer.me().await["id"].as_str().unwrap().parse().unwrap();
        let session = Id::new(Uuid::from_u128(1));
        let caller = Caller { member, role: Role::Buyer, session };
        let (subscriptions, plain) = (Vec::new(), Vec::new());
        let outcomes = BTreeMap::new();
        let mut world = Self { test, shop, provider, caller, subscriptions, outcomes, plain };
        let count = variable("JANGBOGO_TEST_SUBSCRIPTIONS");
        for number in 0..count.map_or(SUBSCRIPTIONS, |text| text.parse().unwrap()) {
            world.subscribe(number, &product).await;
        }
        world
    }

    async fn subscribe(&mut self, number: u64, product: &str) {
        let quantity = Quantity::try_new(1 + i64::try_from(die(number, 3)).unwrap()).unwrap();
        let receiver =
            AddressDetails::parse("장보고", "010-1234-5678", "59100", "완도읍", "").unwrap();
        let key = |operation| IdempotencyKey {
            principal: self.caller.member.uuid(),
            operation,
            key: number.to_string(),
            fingerprint: Fingerprint([0; 32]),
        };
        let command = SubscribeCommand {
            member: self.caller.member,
            wanted: Wanted::Lines(vec![RequestedLine {
                product: product.parse().unwrap(),
                quantity,
            }]),
            period_days: [30, 45, 60, 90][usize::try_from(die(number + 7, 4)).unwrap()],
            receiver: Receiver::Given(receiver),
            key: key("subscribe"),
        };
        let begun = self.shop.subscribe.run(&command).await.unwrap();
        let order = begun.order.id;
        let command = StartPaymentCommand { order, provider: name(), key: key("start-payment") };
        let started = self.shop.start_payment.run(&self.caller, command).await.unwrap();
        let id: AttemptId = started.id;
        self.shop.approve_payment.run(id, &BTreeMap::new()).await.unwrap();
        let event = Id::new(Uuid::from_u128(1_000_000 + u128::from(number)));
        self.shop.follow_order.run(event, order).await.unwrap();
        self.subscriptions.push(begun.id);
        self.plain.push(true);
    }

    /// What members change on a day; about one in a hundred does something.
    async fn change_minds(&mut self, day: u32) {
        for (number, id) in self.subscriptions.iter().enumerate() {
            let throw = die(u64::from(day) * 1_000 + number as u64, 4_000);
            let change = match throw {
                0 => Change::Cancel,
                1 => Change::Pause,
                2..8 => Change::Resume,
                8..10 => Change::Terms { period_days: Some(40), quantities: Vec::new() },
                _ => continue,
            };
            self.plain[number] = false;
            // What is in no state for it is refused; that is all right here.
            let _refused = self.shop.change_subscription.run(&self.caller, *id, &change).await;
        }
    }

    async fn bill(&mut self) {
        let (cut_off, mut after) = (self.shop.clock.now(), None);
        loop {
            let page = self.shop.subscriptions.due(cut_off, after, 20).await.unwrap();
            for due in &page {
                let outcome = self.shop.bill_cycle.run(due.cycle).await.unwrap();
                let told = match outcome {
                    CycleOutcome::Charged => "charged",
                    CycleOutcome::Declined(_) => "declined",
                    CycleOutcome::Pending => "pending",
                    CycleOutcome::NotSent(_) => "not sent",
                    CycleOutcome::LeftOut => "left out",
                    CycleOutcome::AlreadyDone => "already done",
                    CycleOutcome::NotDue => "not due",
                };
                *self.outcomes.entry(told).or_default() += 1;
            }
            after = page.last().copied();
            if page.len() < 20 {
                return;
            }
        }
    }

    /// Asks what became of silence, often enough to know before the next day.
    async fn resolve(&self) {
        for _ in 0..3 {
            self.shop.resolve_attempts.run().await.unwrap();
        }
    }

    async fn details(&self) -> Vec<SubscriptionDetail> {
        let mut details = Vec::with_capacity(self.subscriptions.len());
        for id in &self.subscriptions {
            details.push(self.shop.subscriptions.find(*id).await.unwrap().unwrap());
        }
        details
    }
}

#[tokio::test]
async fn a_year_of_subscriptions_is_charged_once_or_accounted_for() {
    let mut world = World::open().await;
    for day in 0..DAYS {
        world.test.time_goes_by(DAY / 2).await;
        world.resolve().await;
        world.test.time_goes_by(DAY / 2).await;
        world.resolve().await;
        *world.provider.is_away.lock().unwrap() = OUTAGES.iter().any(|days| days.contains(&day));
        world.change_minds(day).await;
        if !NO_RUN.iter().any(|days| days.contains(&day)) {
            world.bill().await;
        }
    }
    // Some quiet days, so that nothing is left open.
    *world.provider.is_kind.lock().unwrap() = true;
    for _ in 0..7 {
        world.test.time_goes_by(DAY / 2).await;
        world.resolve().await;
        world.test.time_goes_by(DAY / 2).await;
        world.resolve().await;
        world.bill().await;
    }
    let details = world.details().await;
    let paid = details.iter().flat_map(|detail| &detail.cycles);
    let paid = paid.filter(|cycle| cycle.state == CycleState::Paid).count();
    let books = world.provider.books.lock().unwrap().clone();
    // A detail shows the twelve newest cycles; those before them were paid, or there were no more.
    let hidden = details.iter().filter_map(|detail| detail.cycles.last());
    let hidden: i64 = hidden.map(|oldest| oldest.number).sum();
    let hidden = usize::try_from(hidden).unwrap();
    assert_eq!(paid + hidden, books.len(), "{:?}", world.outcomes);
    let mut names: HashMap<&str, u32> = HashMap::new();
    for movement in &books {
        *names.entry(&movement.merchant_ref).or_default() += 1;
    }
    assert!(names.values().all(|times| *times == 1), "something was charged twice");
    // Whoever changed nothing was charged for every day of their calendar that has come, until a
    // charge was declined for good.
    let now = world.shop.clock.now();
    for (detail, _) in details.iter().zip(&world.plain).filter(|(_, plain)| **plain) {
        let days: Vec<i64> = detail.cycles.iter().map(|c| c.period_start.number()).collect();
        let period = detail.subscription.period_days;
        assert!(days.windows(2).all(|two| two[0] - two[1] == period), "{days:?}");
        let over = detail.subscription.state.is_over();
        let ahead = detail.cycles[0].next_at > now;
        assert!(over || ahead, "{:?} was forgotten", detail.subscription.id);
    }
    let report = world.test.opened().database.check(Moment::Quiet, now, Some(&books)).await;
    // Events are not delivered here: what waits for them waits.
    let breaches: Vec<String> = report
        .unwrap()
        .breaches
        .iter()
        .filter(|breach| !matches!(breach.invariant, "I22" | "I24" | "X11"))
        .map(|breach| format!("{}: {:?}", breach.invariant, breach.subjects))
        .collect();
    assert_eq!(breaches, Vec::<String>::new());
    for told in ["charged", "declined", "pending"] {
        assert!(world.outcomes.contains_key(told), "{:?}", world.outcomes);
    }
    world.test.close_in_the_middle().await;
}
