//! Every use case that writes does it again when another writer was in the way, and gives up in the
//! end. What is in the way here is a store that says so as often as it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use jangbogo_cart::RemoveBought;
use jangbogo_catalog::{CountSales, EditProduct, ProductChanges, WithdrawProduct};
use jangbogo_inventory::{AdjustStock, AdjustStockCommand};
use jangbogo_kernel::{
    Clock, Fault, Fingerprint, IdGenerator, IdempotencyKey, Store, StoreError, TRIES_MAX, Uuid,
};
use jangbogo_member::{AddressBook, Caller, EditProfile, EditProfileCommand, LogOut, Role};
use jangbogo_ordering::{CancelOrder, ExpireOrders};
use jangbogo_payment::{
    ApprovePayment, CloseReason, CloseSession, ExecuteRefund, News, Proof, Providers, RefundScope,
    RequestRefund, RequestRefundCommand, Settle,
};
use jangbogo_runtime::{RandomIds, SystemClock};
use jangbogo_sql::SqliteStore;

use crate::fresh;

/// A store that begins no transaction for some time.
struct Contended {
    store: SqliteStore,
    refusals_left: AtomicU32,
}

#[async_trait]
impl<T: ?Sized + Send + 'static> Store<T> for Contended
where
    SqliteStore: Store<T>,
{
    async fn begin(&self) -> Result<Box<T>, StoreError> {
        let less = |left: u32| left.checked_sub(1);
        let order = Ordering::Relaxed;
        if self.refusals_left.fetch_update(order, order, less).is_ok() {
            return Err(StoreError::contended("begin", "deadlock"));
        }
        self.store.begin().await
    }
}

impl Contended {
    /// What the use case answers does not matter; that it came to an answer does.
    async fn is_overcome<T, E: Fault>(&self, work: impl AsyncFn() -> Result<T, E>) {
        for (refusals, is_overcome) in [(TRIES_MAX - 1, true), (TRIES_MAX, false)] {
            self.refusals_left.store(refusals, Ordering::Relaxed);
            let contended = work().await.err().is_some_and(|error| error.is_contended());
            assert_eq!(contended, !is_overcome, "{refusals} refusals");
            assert_eq!(self.refusals_left.load(Ordering::Relaxed), 0, "{refusals} refusals");
        }
    }
}

struct Scene {
    store: Arc<Contended>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    caller: Caller,
    key: IdempotencyKey,
}

impl Scene {
    fn lay(store: SqliteStore) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn IdGenerator> = Arc::new(RandomIds::new(Arc::clone(&clock)));
        let store = Arc::new(Contended { store, refusals_left: AtomicU32::new(0) });
        let caller = Caller { member: ids.next(), role: Role::Seller, session: ids.next() };
        let key = IdempotencyKey {
            principal: caller.member.uuid(),
            operation: "test",
            key: "key".to_owned(),
            fingerprint: Fingerprint([7; 32]),
        };
        Self { store, clock, ids, caller, key }
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    fn ids(&self) -> Arc<dyn IdGenerator> {
        Arc::clone(&self.ids)
    }
}

#[tokio::test]
async fn members_are_tried_again() {
    let fresh = fresh::sqlite().await;
    let scene = Scene::lay(fresh.store);
    let (store, caller) = (&scene.store, &scene.caller);
    let log_out = LogOut::new(store.clone(), scene.clock());
    store.is_overcome(async || log_out.run(caller).await).await;
    let profile = EditProfile::new(store.clone(), scene.clock(), scene.ids());
    store.is_overcome(async || profile.run(caller, EditProfileCommand::default()).await).await;
    let book = AddressBook::new(store.clone(), scene.clock(), scene.ids());
    store.is_overcome(async || book.remove(caller, scene.ids.next()).await).await;
}

#[tokio::test]
async fn goods_are_tried_again() {
    let fresh = fresh::sqlite().await;
    let scene = Scene::lay(fresh.store);
    let (store, caller) = (&scene.store, &scene.caller);
    let product = scene.ids.next();
    let edit = EditProduct::new(store.clone(), scene.clock(), scene.ids());
    store.is_overcome(async || edit.run(caller, product, ProductChanges::default()).await).await;
    let withdraw = WithdrawProduct::new(store.clone(), scene.clock(), scene.ids());
    store.is_overcome(async || withdraw.run(caller, product).await).await;
    let sales = CountSales::new(store.clone(), scene.clock());
    store.is_overcome(async || sales.run(scene.ids.next(), &[]).await).await;
    let adjust = AdjustStock::new(store.clone(), scene.clock(), scene.ids());
    let command =
        AdjustStockCommand { product, delta: 1, reason: String::new(), key: scene.key.clone() };
    store.is_overcome(async || adjust.run(caller, command.clone()).await).await;
    let bought = RemoveBought::new(store.clone(), scene.clock());
    store.is_overcome(async || bought.run(scene.ids.next(), caller.member, &[]).await).await;
}

#[tokio::test]
async fn orders_and_money_are_tried_again() {
    let fresh = fresh::sqlite().await;
    let scene = Scene::lay(fresh.store);
    let (store, caller) = (&scene.store, &scene.caller);
    let cancel = CancelOrder::new(store.clone(), scene.clock(), scene.ids());
    store.is_overcome(async || cancel.run(caller, scene.ids.next()).await).await;
    let expire = ExpireOrders::new(store.clone(), scene.clock(), scene.ids());
    store.is_overcome(async || expire.run().await).await;

    let providers = Providers::new([]);
    let settle = Settle::new(store.clone(), providers.clone(), scene.clock(), scene.ids());
    let settle = Arc::new(settle);
    let attempt = scene.ids.next();
    store.is_overcome(async || settle.run(attempt, &News::Orphaned).await).await;
    let close = CloseSession::new(store.clone(), scene.clock());
    store.is_overcome(async || close.run(attempt, CloseReason::Cancelled).await).await;
    let approve =
        ApprovePayment::new(store.clone(), providers.clone(), settle.clone(), scene.clock());
    store.is_overcome(async || approve.run(attempt, &Proof::new()).await).await;
    let execute = ExecuteRefund::new(store.clone(), providers, settle.clone(), scene.clock());
    store.is_overcome(async || execute.run(attempt).await).await;
    let refund = RequestRefund::new(store.clone(), scene.clock(), scene.ids());
    let command = RequestRefundCommand {
        order: jangbogo_kernel::Id::new(Uuid::nil()),
        scope: RefundScope::Everything,
        reason: "마음이 바뀌었어요".to_owned(),
        key: scene.key.clone(),
    };
    store.is_overcome(async || refund.run(caller, command.clone()).await).await;
}
