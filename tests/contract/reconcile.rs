//! Our books against the provider's: a planted difference of each kind is found, what is proven is
//! settled, and the rest is raised.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jangbogo_kernel::{Clock as _, IdGenerator, Money, Store};
use jangbogo_payment::contract::Purchase;
use jangbogo_payment::{
    Attempt, AttemptState, BookedMovement, DifferenceClass, Looked, MockPaymentProvider,
    PaymentQueries as _, Period, ProviderBooks, ProviderError, ProviderName, ProviderProfile,
    ProviderTransaction, Providers, Reconcile, Reconciled, Settle, Transaction,
};
use jangbogo_runtime::{ManualClock, RandomIds, SystemClock};
use jangbogo_sql::SqliteStore;
use jangbogo_tests::Scratch;

struct Scene {
    store: Arc<SqliteStore>,
    clock: ManualClock,
    ids: Arc<dyn IdGenerator>,
    // Last, so that the folder goes after the store.
    _scratch: Scratch,
}

/// A list of movements that somebody else keeps.
struct Listed(Vec<BookedMovement>);

#[async_trait]
impl ProviderBooks for Listed {
    fn provider(&self) -> ProviderName {
        name()
    }

    async fn movements(&self, _: Period) -> Result<Vec<BookedMovement>, ProviderError> {
        Ok(self.0.clone())
    }
}

fn name() -> ProviderName {
    ProviderName("kakaopay".to_owned())
}

fn provider() -> MockPaymentProvider {
    let mut provider = MockPaymentProvider::new();
    provider.expect_profile().returning(|| ProviderProfile {
        name: name(),
        proof: vec!["pg_token".to_owned()],
        session_life: Duration::from_mins(15),
        call_deadline: Duration::from_secs(17),
        horizon: Duration::from_mins(2),
    });
    provider
}

/// A provider whose books say this of each session.
fn says(looked: Looked) -> MockPaymentProvider {
    let mut provider = provider();
    provider.expect_lookup().returning(move |_| Ok(looked.clone()));
    provider
}

fn captured(id: &str, amount: Money) -> Looked {
    let transaction = ProviderTransaction { id: id.to_owned(), amount };
    Looked { captured: Some(transaction), refunds: Vec::new(), is_over: false }
}

fn nothing() -> Looked {
    Looked { captured: None, refunds: Vec::new(), is_over: false }
}

fn booked(attempt: &Attempt, id: &str, amount: Money) -> BookedMovement {
    BookedMovement {
        id: id.to_owned(),
        reference: "T1".to_owned(),
        merchant_ref: attempt.merchant_ref.clone(),
        is_capture: true,
        amount,
    }
}

impl Scene {
    async fn lay() -> Self {
        let scratch = Scratch::new();
        let store = Arc::new(SqliteStore::open(&scratch.path().join("shop.db")).await.unwrap());
        let clock = ManualClock::new(SystemClock.now());
        let ids: Arc<dyn IdGenerator> = Arc::new(RandomIds::new(Arc::new(clock.clone())));
        Self { store, clock, ids, _scratch: scratch }
    }

    /// A capture in this state, whose order waits for it if it is open.
    async fn capture(&self, state: AttemptState) -> Attempt {
        let now = self.clock.now();
        let purchase = Purchase::stored(&*self.store, &*self.ids, now).await.unwrap();
        let mut attempt = purchase.capture(1, state, &*self.ids);
        attempt.session = Some(Purchase::session("T1"));
        let mut tx = Store::<dyn Transaction>::begin(&*self.store).await.unwrap();
        tx.payments().add(&attempt).await.unwrap();
        if state.is_open() {
            let begun = tx.orders().begin_capture(attempt.order, attempt.id.uuid(), now).await;
            assert!(begun.unwrap(), "the order can be paid");
        }
        tx.commit().await.unwrap();
        attempt
    }

    async fn reconciled(
        &self,
        provider: MockPaymentProvider,
        listed: Option<Vec<BookedMovement>>,
    ) -> Reconciled {
        let providers = Providers::new([Arc::new(provider) as Arc<_>]);
        let (store, clock) = (self.store.clone(), Arc::new(self.clock.clone()));
        let settle = Settle::new(store.clone(), providers.clone(), clock, self.ids.clone());
        let books = listed.map(|listed| Arc::new(Listed(listed)) as Arc<dyn ProviderBooks>);
        let reconcile = Reconcile::new(store, providers, books, Arc::new(settle));
        let minute = Duration::from_mins(1);
        let period =
            Period { from: self.clock.now().minus(minute), until: self.clock.now().plus(minute) };
        reconcile.run(&name(), period).await.unwrap()
    }

    async fn state(&self, attempt: &Attempt) -> AttemptState {
        self.store.find(attempt.id).await.unwrap().unwrap().state
    }
}

/// The one difference that was found: its kind, and whether it was settled.
fn only(reconciled: &Reconciled) -> (DifferenceClass, bool) {
    assert_eq!(reconciled.differences.len(), 1, "{reconciled:?}");
    let difference = &reconciled.differences[0];
    assert_eq!(reconciled.raised().count(), usize::from(!difference.is_repaired));
    (difference.class, difference.is_repaired)
}

#[tokio::test]
async fn books_that_agree_need_no_question() {
    let scene = Scene::lay().await;
    let paid = scene.capture(AttemptState::Succeeded).await;
    scene.capture(AttemptState::Declined).await;
    let id = paid.provider_transaction.clone().unwrap();
    let listed = vec![booked(&paid, &id, paid.amount)];
    // No lookup is expected: one would fail.
    let reconciled = scene.reconciled(provider(), Some(listed)).await;
    let expected = Reconciled { compared: 2, ..Reconciled::default() };
    assert_eq!(reconciled, expected);
}

#[tokio::test]
async fn what_only_the_provider_has_is_missing_here() {
    let scene = Scene::lay().await;
    let declined = scene.capture(AttemptState::Declined).await;
    let listed = vec![booked(&declined, "A1", declined.amount)];
    for listed in [Some(listed), None] {
        let provider = says(captured("A1", declined.amount));
        let reconciled = scene.reconciled(provider, listed).await;
        assert_eq!(only(&reconciled), (DifferenceClass::MissingHere, false));
        assert_eq!(reconciled.differences[0].theirs, Some(declined.amount));
        assert_eq!(scene.state(&declined).await, AttemptState::Declined, "nobody guesses");
    }
}

#[tokio::test]
async fn a_payment_that_we_never_began_is_missing_here() {
    let scene = Scene::lay().await;
    let ours = scene.capture(AttemptState::Aborted).await;
    for stranger in ["somebody else's", "pay_0190a0a0a0a070a080a0a0a0a0a0a0a0"] {
        let mut booked = booked(&ours, "A9", Money::won(500));
        stranger.clone_into(&mut booked.merchant_ref);
        let reconciled = scene.reconciled(provider(), Some(vec![booked])).await;
        assert_eq!(only(&reconciled), (DifferenceClass::MissingHere, false));
        let difference = &reconciled.differences[0];
        assert_eq!((difference.attempt, difference.merchant_ref.as_str()), (None, stranger));
    }
}

#[tokio::test]
async fn what_only_we_have_is_missing_there() {
    let scene = Scene::lay().await;
    let paid = scene.capture(AttemptState::Succeeded).await;
    for listed in [Some(Vec::new()), None] {
        let reconciled = scene.reconciled(says(nothing()), listed).await;
        assert_eq!(only(&reconciled), (DifferenceClass::MissingThere, false));
        assert_eq!(reconciled.differences[0].ours, Some(paid.amount));
    }
    assert_eq!(scene.state(&paid).await, AttemptState::Succeeded);
}

#[tokio::test]
async fn another_amount_is_never_adopted() {
    let scene = Scene::lay().await;
    let paid = scene.capture(AttemptState::Succeeded).await;
    let id = paid.provider_transaction.clone().unwrap();
    let other = Money::won(paid.amount.minor() + 1);
    let listed = vec![booked(&paid, &id, other)];
    let reconciled = scene.reconciled(says(captured(&id, other)), Some(listed)).await;
    assert_eq!(only(&reconciled), (DifferenceClass::OtherAmount, false));
    let unknown = scene.capture(AttemptState::Unknown).await;
    let listed = vec![booked(&paid, &id, paid.amount), booked(&unknown, "A2", Money::won(1))];
    let reconciled = scene.reconciled(says(captured("A2", Money::won(1))), Some(listed)).await;
    assert_eq!(only(&reconciled), (DifferenceClass::OtherAmount, false));
    assert_eq!(scene.state(&unknown).await, AttemptState::Manual, "a person decides");
}

#[tokio::test]
async fn what_we_did_not_know_is_settled() {
    for (state, looked, expected) in [
        (AttemptState::Unknown, true, AttemptState::Succeeded),
        (AttemptState::Manual, true, AttemptState::Succeeded),
        (AttemptState::Sent, true, AttemptState::Succeeded),
        (AttemptState::Unknown, false, AttemptState::Declined),
    ] {
        let scene = Scene::lay().await;
        let open = scene.capture(state).await;
        let looked = if looked {
            captured("A1", open.amount)
        } else {
            Looked { is_over: true, ..nothing() }
        };
        let reconciled = scene.reconciled(says(looked), None).await;
        assert_eq!(only(&reconciled), (DifferenceClass::OtherState, true), "{state:?}");
        assert_eq!(scene.state(&open).await, expected);
        let again = scene.reconciled(says(captured("A1", open.amount)), None).await;
        if expected == AttemptState::Succeeded {
            assert_eq!(again.differences, [], "and then the books agree");
        }
    }
}

#[tokio::test]
async fn what_nobody_knows_yet_is_left_to_the_janitor() {
    let scene = Scene::lay().await;
    let open = scene.capture(AttemptState::Unknown).await;
    let reconciled = scene.reconciled(says(nothing()), Some(Vec::new())).await;
    assert_eq!((reconciled.asked, reconciled.differences.len()), (1, 0));
    assert_eq!(scene.state(&open).await, AttemptState::Unknown);
}
