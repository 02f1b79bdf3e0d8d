//! The tests of the tests: four mistakes that cost money elsewhere. Each is made on purpose, beside
//! the code and not in it, and each is found by an invariant that the sound code keeps in the same
//! story: whoever makes one of them in the code itself fails here.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jangbogo_gateway::{ResilienceSettings, Resilient};
use jangbogo_gateway_simulator::{Action, Call, Fault, When};
use jangbogo_ordering::OrderState;
use jangbogo_payment::{
    AttemptState, CaptureRequest, Looked, News, OpenRequest, Outcome, PaymentProvider, Proof,
    ProviderError, ProviderProfile, ProviderSession, ProviderTransaction, Redirects, RefundRequest,
    StartPayment, StartPaymentCommand, UnknownCause,
};
use jangbogo_sql::invariants::{Moment, ProviderMovement};
use jangbogo_tests::Actor;
use jangbogo_tests::fuse::{Death, Defect, Fuse};

use super::World;
use super::life::Life;

/// A provider that knows neither keys nor sessions: whatever arrives takes money. Its first answer
/// is lost on the way.
struct Careless {
    profile: ProviderProfile,
    books: Mutex<Vec<ProviderMovement>>,
}

impl Careless {
    fn like(world: &World) -> Arc<Self> {
        let known = world.shop.opened().shop.providers.get(&world.provider).unwrap();
        // A call that is behind all layers is shorter than the layers.
        let call_deadline = Duration::from_secs(40);
        let profile = ProviderProfile { call_deadline, ..known.profile() };
        Arc::new(Self { profile, books: Mutex::default() })
    }
}

fn silence() -> Outcome {
    Outcome::Unknown { cause: UnknownCause::Silence, reason: "read time-out".to_owned() }
}

#[async_trait]
impl PaymentProvider for Careless {
    fn profile(&self) -> ProviderProfile {
        self.profile.clone()
    }

    async fn open(&self, _: &OpenRequest) -> Result<ProviderSession, ProviderError> {
        let page = || "http://provider.example".to_owned();
        let redirects = Redirects { pc: page(), mobile: page(), app: page() };
        Ok(ProviderSession { reference: "T1".to_owned(), redirects })
    }

    async fn capture(&self, request: &CaptureRequest) -> Outcome {
        let mut books = self.books.lock().unwrap();
        let id = format!("A{}", books.len() + 1);
        books.push(ProviderMovement {
            provider: self.profile.name.0.clone(),
            id: id.clone(),
            merchant_ref: request.merchant_ref.clone(),
            capture: true,
            amount: request.amount.minor(),
            parent: None,
        });
        if books.len() == 1 {
            return silence();
        }
        let transaction = ProviderTransaction { id, amount: request.amount };
        Outcome::Done { transaction, raw: "{}".to_owned() }
    }

    async fn refund(&self, _: &RefundRequest) -> Outcome {
        silence()
    }

    async fn lookup(&self, _: &str) -> Result<Looked, ProviderError> {
        Ok(Looked { captured: None, refunds: Vec::new(), is_over: false })
    }
}

/// Sends a request again that was not answered in time.
struct RetriesOnReadTimeOut(Arc<dyn PaymentProvider>);

#[async_trait]
impl PaymentProvider for RetriesOnReadTimeOut {
    fn profile(&self) -> ProviderProfile {
        self.0.profile()
    }

    async fn open(&self, request: &OpenRequest) -> Result<ProviderSession, ProviderError> {
        self.0.open(request).await
    }

    async fn capture(&self, request: &CaptureRequest) -> Outcome {
        match self.0.capture(request).await {
            Outcome::Unknown { cause: UnknownCause::Silence, .. } => self.0.capture(request).await,
            heard => heard,
        }
    }

    async fn refund(&self, request: &RefundRequest) -> Outcome {
        self.0.refund(request).await
    }

    async fn lookup(&self, reference: &str) -> Result<Looked, ProviderError> {
        self.0.lookup(reference).await
    }
}

/// What the checker finds after a capture whose answer was lost, behind the shop's own layers.
async fn after_a_lost_answer(
    world: &World,
    careless: Arc<Careless>,
    called: Arc<dyn PaymentProvider>,
) -> Vec<&'static str> {
    let resilient = Arc::new(Resilient::new(called, &ResilienceSettings::default()).unwrap());
    let life = Life::with(world, &Fuse::never(), None, resilient);
    let command = StartPaymentCommand {
        order: world.order().await,
        provider: world.provider.clone(),
        key: world.key(StartPayment::OPERATION, Actor::new_key()),
    };
    let started = life.start.run(&world.buyer, command).await.unwrap();
    let names = careless.profile.proof.iter();
    let proof: Proof = names.map(|name| (name.clone(), "1".to_owned())).collect();
    life.approve.run(started.id, &proof).await.unwrap();
    let books = careless.books.lock().unwrap().clone();
    let opened = world.shop.opened();
    let now = opened.around.clock.now();
    let report = opened.database.check(Moment::Any, now, Some(&books)).await.unwrap();
    report.breaches.into_iter().map(|breach| breach.invariant).collect()
}

#[tokio::test]
async fn a_retry_on_a_read_time_out_charges_twice() {
    let world = World::open("kakaopay").await;
    let careless = Careless::like(&world);
    let sound = after_a_lost_answer(&world, careless.clone(), careless.clone()).await;
    assert_eq!(sound, [""; 0]);
    assert_eq!(careless.books.lock().unwrap().len(), 1, "sent once");
    let careless = Careless::like(&world);
    let defective = Arc::new(RetriesOnReadTimeOut(careless.clone()));
    let found = after_a_lost_answer(&world, careless, defective).await;
    assert_eq!(found, ["I9"], "captured twice");
    world.shop.close_broken().await;
}

/// A payment succeeds, and a late "declined" comes after it, as `TossPayments` has been seen to
/// send ABORTED 45 ms after DONE.
async fn after_contradicting_news(defect: Option<Defect>) -> Vec<&'static str> {
    let world = World::open("kakaopay").await;
    let provider = world.shop.opened().shop.providers.get(&world.provider).unwrap();
    let life = Life::with(&world, &Fuse::never(), defect, provider);
    let order = world.order().await;
    life.pays(order, &Actor::new_key()).await.unwrap();
    assert_eq!(world.state(order).await, OrderState::Paid);
    let attempt = world.attempts(order).await[0].id;
    let message = "aborted".to_owned();
    let declined = Outcome::Declined { code: "ABORTED".to_owned(), message };
    let settled = life.settle.run(attempt, &News::Answer(declined)).await.unwrap();
    assert_eq!(settled.alarm.is_some(), defect.is_none());
    let found = world.shop.breaches(Moment::Any).await;
    world.shop.close_broken().await;
    found
}

#[tokio::test]
async fn settling_without_a_look_at_the_state_forgets_the_money() {
    assert_eq!(after_contradicting_news(None).await, [""; 0]);
    let found = after_contradicting_news(Some(Defect::SettlesWithoutStateCheck)).await;
    for invariant in ["I8", "I16"] {
        assert!(found.contains(&invariant), "{invariant} is not in {found:?}");
    }
}

#[tokio::test]
async fn calling_before_the_record_is_committed_moves_money_that_nobody_knows_of() {
    let world = World::open("kakaopay").await;
    let provider = world.shop.opened().shop.providers.get(&world.provider).unwrap();
    // That sound code has no breach wherever it dies is `payments`.
    let defect = Some(Defect::CommitsTooLate);
    for call in 1..200 {
        let fuse = Fuse::at(call, Death::DropAfter);
        let life = Life::with(&world, &fuse, defect, provider.clone());
        drop(life.pays(world.order().await, &Actor::new_key()).await);
        assert!(fuse.is_burnt(), "it lived to its end and nothing was found");
        // With the process goes what it has not committed.
        drop(life);
        let found = world.shop.breaches(Moment::Any).await;
        if !found.is_empty() {
            assert_eq!(found, ["I14"], "money that was not recorded as sent");
            assert_eq!(world.shop.money_moved().await.len(), 1);
            break;
        }
    }
    world.shop.close_broken().await;
}

/// A capture's answer is lost, and the order's time goes by.
async fn after_an_expiry(defect: Option<Defect>) -> (Vec<&'static str>, OrderState, AttemptState) {
    let world = World::open("kakaopay").await;
    let provider = world.shop.opened().shop.providers.get(&world.provider).unwrap();
    let life = Life::with(&world, &Fuse::never(), defect, provider);
    let order = world.order().await;
    world.shop.faults(vec![Fault::new(Call::Approve, When::After, Action::Reset).times(1)]).await;
    life.pays(order, &Actor::new_key()).await.unwrap();
    world.shop.time_goes_by(Duration::from_mins(6)).await;
    life.expire.run().await.unwrap();
    let found = world.shop.breaches(Moment::Any).await;
    world.shop.resolves_attempts().await;
    let end = (found, world.state(order).await, world.attempts(order).await[0].state);
    world.shop.close_broken().await;
    end
}

#[tokio::test]
async fn releasing_held_pieces_while_a_capture_is_under_way_sells_nothing_for_money() {
    let sound = after_an_expiry(None).await;
    assert_eq!(sound, (vec![], OrderState::Paid, AttemptState::Succeeded));
    let (found, order, attempt) = after_an_expiry(Some(Defect::ReleasesWhileSent)).await;
    assert!(found.contains(&"X8"), "{found:?}");
    assert_eq!((order, attempt), (OrderState::Expired, AttemptState::Manual));
}
