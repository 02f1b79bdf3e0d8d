//! What the use cases ask of the payment provider: as little as can be, and never twice.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use jangbogo_kernel::{Clock, IdGenerator, Store};
use jangbogo_payment::contract::Purchase;
use jangbogo_payment::{
    ApprovePayment, ApprovePaymentError, Attempt, AttemptState, ExecuteRefund, MockPaymentProvider,
    Outcome, Proof, ProviderName, ProviderProfile, ProviderTransaction, Providers, Settle,
    Transaction, UnknownCause,
};
use jangbogo_runtime::{ManualClock, RandomIds, SystemClock};

use crate::fresh::Fresh;

struct Scene {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: ManualClock,
    ids: Arc<dyn IdGenerator>,
    purchase: Purchase,
    // Last, so that the place goes after the store.
    _place: Box<dyn Any>,
}

/// Every story on one engine; `fresh` has a function of its name.
macro_rules! stories {
    ($engine:ident: $($name:ident,)+) => {
        mod $engine {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(super::Scene::lay(crate::fresh::$engine().await).await).await;
                }
            )+
        }
    };
    ($($name:ident,)+) => {
        stories! { sqlite: $($name,)+ }
        stories! { postgres: $($name,)+ }
    };
}

stories! {
    however_often_the_browser_comes_back_the_money_is_taken_once,
    an_order_whose_time_is_over_is_never_sent,
    a_return_without_proof_is_never_sent,
    however_often_a_refund_is_delivered_it_is_sent_once,
}

fn provider() -> MockPaymentProvider {
    let mut provider = MockPaymentProvider::new();
    provider.expect_profile().returning(|| ProviderProfile {
        name: ProviderName("kakaopay".to_owned()),
        proof: vec!["pg_token".to_owned()],
        session_life: Duration::from_mins(15),
        call_deadline: Duration::from_secs(17),
        horizon: Duration::from_mins(2),
    });
    provider
}

fn done(id: &str, amount: jangbogo_kernel::Money) -> Outcome {
    let transaction = ProviderTransaction { id: id.to_owned(), amount };
    Outcome::Done { transaction, raw: "{}".to_owned() }
}

fn proof() -> Proof {
    Proof::from([("pg_token".to_owned(), "token".to_owned())])
}

impl Scene {
    async fn lay<S: Store<dyn Transaction> + 'static, P: Any>(fresh: Fresh<S, P>) -> Self {
        let store = Arc::new(fresh.store);
        let clock = ManualClock::new(SystemClock.now());
        let ids: Arc<dyn IdGenerator> = Arc::new(RandomIds::new(Arc::new(clock.clone())));
        let purchase = Purchase::stored(&*store, &*ids, clock.now()).await.unwrap();
        Self { store, clock, ids, purchase, _place: Box::new(fresh.place) }
    }

    async fn stored(&self, mut attempt: Attempt) -> Attempt {
        attempt.session = Some(Purchase::session("T1"));
        let mut tx = self.store.begin().await.unwrap();
        tx.payments().add(&attempt).await.unwrap();
        tx.commit().await.unwrap();
        attempt
    }

    fn settle(&self, providers: &Providers) -> Arc<Settle> {
        let clock = Arc::new(self.clock.clone());
        Arc::new(Settle::new(self.store.clone(), providers.clone(), clock, self.ids.clone()))
    }

    fn approve(&self, provider: MockPaymentProvider) -> ApprovePayment {
        let providers = Providers::new([Arc::new(provider) as _]);
        let settle = self.settle(&providers);
        let clock = Arc::new(self.clock.clone());
        ApprovePayment::new(self.store.clone(), providers, settle, clock)
    }

    fn execute_refund(&self, provider: MockPaymentProvider) -> ExecuteRefund {
        let providers = Providers::new([Arc::new(provider) as _]);
        let settle = self.settle(&providers);
        let clock = Arc::new(self.clock.clone());
        ExecuteRefund::new(self.store.clone(), providers, settle, clock)
    }
}

async fn however_often_the_browser_comes_back_the_money_is_taken_once(scene: Scene) {
    let capture = scene.purchase.capture(1, AttemptState::Created, &*scene.ids);
    let capture = scene.stored(capture).await;
    let mut provider = provider();
    provider.expect_capture().times(1).returning(|request| done("A1", request.amount));
    let approve = scene.approve(provider);
    let proof = proof();
    let answers = join_all((0..10).map(|_| approve.run(capture.id, &proof))).await;
    let states: Vec<AttemptState> =
        answers.into_iter().map(|settled| settled.unwrap().attempt.state).collect();
    assert!(states.contains(&AttemptState::Succeeded), "{states:?}");
}

async fn an_order_whose_time_is_over_is_never_sent(scene: Scene) {
    let capture = scene.purchase.capture(1, AttemptState::Created, &*scene.ids);
    let capture = scene.stored(capture).await;
    let mut provider = provider();
    provider.expect_capture().never();
    scene.clock.advance(Duration::from_mins(5));
    let refused = scene.approve(provider).run(capture.id, &proof()).await;
    assert!(matches!(refused, Err(ApprovePaymentError::OrderExpired)), "{refused:?}");
}

async fn a_return_without_proof_is_never_sent(scene: Scene) {
    let capture = scene.purchase.capture(1, AttemptState::Created, &*scene.ids);
    let capture = scene.stored(capture).await;
    let mut provider = provider();
    provider.expect_capture().never();
    let refused = scene.approve(provider).run(capture.id, &Proof::new()).await;
    assert!(matches!(refused, Err(ApprovePaymentError::ProofMissing(_))), "{refused:?}");
}

async fn however_often_a_refund_is_delivered_it_is_sent_once(scene: Scene) {
    let refund = scene.purchase.refund(1, AttemptState::Created, &*scene.ids);
    let refund = scene.stored(refund).await;
    let mut provider = provider();
    // Nobody knows what became of it: still nobody sends it again.
    let silence =
        || Outcome::Unknown { cause: UnknownCause::Silence, reason: "no answer".to_owned() };
    provider.expect_refund().times(1).returning(move |_| silence());
    let execute = scene.execute_refund(provider);
    let answers = join_all((0..10).map(|_| execute.run(refund.id))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}
