//! A crash at every I/O boundary of paying and refunding: wherever a process dies, another one
//! brings every attempt to its end, and the provider's books are ours.

mod life;
mod payments;
mod planted;
mod refunds;

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use jangbogo_kernel::{Fingerprint, Id, IdempotencyKey, Quantity};
use jangbogo_member::{AddressDetails, Caller, Role};
use jangbogo_ordering::{
    OrderId, OrderState, PlaceOrder, PlaceOrders, Receiver, RequestedLine, Wanted,
};
use jangbogo_payment::{Attempt, AttemptState, Proof, ProviderName};
use jangbogo_tests::fuse::{Death, Fuse};
use jangbogo_tests::{Actor, Scene, TestShop};
use reqwest::{Method, Url};

/// A shop with one product, and a buyer whom nothing keeps from buying it.
struct World {
    shop: TestShop,
    /// Presses the buttons on the provider's pages.
    browser: Actor,
    buyer: Caller,
    product: jangbogo_catalog::ProductId,
    provider: ProviderName,
    /// What browsers have brought back from pages.
    agreed: Mutex<HashMap<String, Proof>>,
}

/// Where and how a process died, in words.
type Grave = String;

impl World {
    async fn open(provider: &str) -> Self {
        let Scene { shop, buyer, product, .. } = Scene::open(100_000).await;
        let member = buyer.me().await["id"].as_str().unwrap().parse().unwrap();
        let session = Id::new(jangbogo_kernel::Uuid::nil());
        Self {
            buyer: Caller { member, role: Role::Buyer, session },
            product: product.parse().unwrap(),
            provider: ProviderName(provider.to_owned()),
            browser: shop.visitor(),
            agreed: Mutex::default(),
            shop,
        }
    }

    fn key(&self, operation: &'static str, key: String) -> IdempotencyKey {
        let fingerprint = Fingerprint([0; 32]);
        IdempotencyKey { principal: self.buyer.member.uuid(), operation, key, fingerprint }
    }

    /// An order of three pieces.
    async fn order(&self) -> OrderId {
        let quantity = Quantity::try_new(3).unwrap();
        let line = RequestedLine { product: self.product, quantity };
        let receiver = AddressDetails::parse("장보고", "01012345678", "59100", "완도읍 1", "");
        let command = PlaceOrder {
            buyer: self.buyer.member,
            wanted: Wanted::Lines(vec![line]),
            receiver: Receiver::Given(receiver.unwrap()),
            key: self.key(PlaceOrders::OPERATION, Actor::new_key()),
        };
        let placer = &self.shop.opened().shop.place_orders;
        placer.submit(command).await.unwrap().unwrap().id
    }

    /// The buyer agrees on the provider's page, or has agreed before; what the browser brings back.
    async fn agrees(&self, page: &str) -> Proof {
        if let Some(proof) = self.agreed.lock().unwrap().get(page) {
            return proof.clone();
        }
        let sent_on = self.browser.visits(Method::POST, &format!("{page}/pay")).await;
        let back: Url = sent_on.location().parse().unwrap();
        let proof: Proof = back.query_pairs().into_owned().collect();
        self.agreed.lock().unwrap().insert(page.to_owned(), proof.clone());
        proof
    }

    async fn attempts(&self, order: OrderId) -> Vec<Attempt> {
        self.shop.opened().shop.payments.of_order(order).await.unwrap()
    }

    async fn state(&self, order: OrderId) -> OrderState {
        self.shop.opened().shop.orders.find(order).await.unwrap().unwrap().order.state
    }

    /// Another process runs the shop: it delivers events, sweeps and asks, and time goes by until
    /// nothing is left to be found out.
    async fn comes_to_rest(&self) {
        // Past the call's deadline, the provider's horizon, the second look and a refund's next
        // try; at the end unpaid orders and pages that nobody came back from are over as well.
        for seconds in [0, 70, 60, 60, 60, 120, 300, 2_400] {
            self.shop.time_goes_by(Duration::from_secs(seconds)).await;
            self.shop.delivers_events().await;
            loop {
                let round = self.shop.resolves_attempts().await;
                if round.handled + round.aborted == 0 {
                    break;
                }
            }
            while self.shop.expires_orders().await > 0 {}
        }
        self.shop.is_sound_at_rest().await;
    }

    /// What became of an order: nothing about it is unknown, and it is paid or over.
    async fn end_of(&self, order: OrderId, grave: &Grave) -> OrderState {
        for attempt in self.attempts(order).await {
            let is_open = attempt.state.is_open() || attempt.state == AttemptState::Created;
            assert!(!is_open, "{grave}: {attempt:?}");
        }
        let state = self.state(order).await;
        assert_ne!(state, OrderState::PendingPayment, "{grave}");
        state
    }
}

/// Lets the work of a process end at each of its calls, in each way, and tells where it did.
async fn die_everywhere<T>(work: impl AsyncFn(&std::sync::Arc<Fuse>) -> T) -> Vec<(Grave, T)> {
    /// More calls than any flow has: one that never ends is a defect.
    const CALLS_MAX: usize = 200;
    let mut died = Vec::new();
    for death in Death::ALL {
        for call in 1.. {
            assert!(call < CALLS_MAX, "{death:?}: the work has no end");
            let fuse = Fuse::at(call, death);
            let done = work(&fuse).await;
            if !fuse.is_burnt() {
                assert!(call > 20, "{death:?}: only {call} calls were seen");
                break;
            }
            died.push((format!("{death:?} at call {call}"), done));
        }
    }
    died
}
