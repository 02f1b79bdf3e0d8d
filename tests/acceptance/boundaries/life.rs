//! The life of one process: the use cases of payments, over a database and a provider that count.

use std::sync::Arc;

use jangbogo_kernel::Store;
use jangbogo_ordering::{ExpireOrders, OrderId};
use jangbogo_payment::{
    ApprovePayment, ExecuteRefund, PaymentProvider, Providers, RefundScope, RequestRefund,
    RequestRefundCommand, ResolveAttempts, Settle, StartPayment, StartPaymentCommand, Transaction,
};
use jangbogo_setup::Database;
use jangbogo_tests::fuse::{Defect, Fuse, FusedProvider, FusedStore};

use super::World;

/// One process.
pub(super) struct Life<'a> {
    world: &'a World,
    fuse: Arc<Fuse>,
    pub(super) settle: Arc<Settle>,
    pub(super) start: StartPayment,
    pub(super) approve: ApprovePayment,
    request: RequestRefund,
    execute: Arc<ExecuteRefund>,
    pub(super) resolve: ResolveAttempts,
    pub(super) expire: ExpireOrders,
}

impl<'a> Life<'a> {
    /// Begins on the shop's own database and provider.
    pub(super) fn begin(world: &'a World, fuse: &Arc<Fuse>) -> Self {
        let provider = world.shop.opened().shop.providers.get(&world.provider).unwrap();
        Self::with(world, fuse, None, provider)
    }

    /// The same, with a defect or another provider.
    pub(super) fn with(
        world: &'a World,
        fuse: &Arc<Fuse>,
        defect: Option<Defect>,
        provider: Arc<dyn PaymentProvider>,
    ) -> Self {
        let opened = world.shop.opened();
        let inner: Arc<dyn Store<dyn Transaction>> = match &opened.database {
            Database::Sqlite(store) => store.clone(),
            Database::Postgres(store) => store.clone(),
        };
        let store = Arc::new(FusedStore::new(inner, fuse.clone()).with(defect));
        let provider: Arc<dyn PaymentProvider> =
            Arc::new(FusedProvider::new(provider, fuse.clone()));
        let providers = || Providers::new([provider.clone()]);
        let clock = || opened.around.clock.clone();
        let ids = || opened.around.ids.clone();
        let settle = Arc::new(Settle::new(store.clone(), providers(), clock(), ids()));
        let settles = || settle.clone();
        let execute = ExecuteRefund::new(store.clone(), providers(), settles(), clock());
        let execute = Arc::new(execute);
        let url = opened.public_url.clone();
        Self {
            world,
            fuse: fuse.clone(),
            start: StartPayment::new(store.clone(), providers(), clock(), ids(), url),
            approve: ApprovePayment::new(store.clone(), providers(), settles(), clock()),
            request: RequestRefund::new(store.clone(), clock(), ids()),
            execute: execute.clone(),
            resolve: ResolveAttempts::new(store.clone(), providers(), settles(), execute, clock()),
            expire: ExpireOrders::new(store, clock(), ids()),
            settle,
        }
    }

    /// The buyer pays, under a key: begins, agrees at the provider, comes back. Whatever fails on
    /// the way is the end of it, and told in words.
    pub(super) async fn pays(&self, order: OrderId, key: &str) -> Result<(), String> {
        let work = async {
            let command = StartPaymentCommand {
                order,
                provider: self.world.provider.clone(),
                key: self.world.key(StartPayment::OPERATION, key.to_owned()),
            };
            let started = self.start.run(&self.world.buyer, command).await.map_err(words)?;
            let proof = self.world.agrees(&started.redirects.pc).await;
            self.approve.run(started.id, &proof).await.map_err(words).map(drop)
        };
        self.fuse.live(work).await.unwrap_or(Ok(()))
    }

    /// The buyer wants money back, under a key, and it is carried out.
    pub(super) async fn refunds(
        &self,
        order: OrderId,
        scope: &RefundScope,
        key: &str,
    ) -> Result<(), String> {
        let work = async {
            let command = RequestRefundCommand {
                order,
                scope: scope.clone(),
                reason: "변심".to_owned(),
                key: self.world.key(RequestRefund::OPERATION, key.to_owned()),
            };
            let agreed = self.request.run(&self.world.buyer, command).await.map_err(words)?;
            let attempt = jangbogo_payment::AttemptId::new(agreed.id.uuid());
            self.execute.run(attempt).await.map_err(words).map(drop)
        };
        self.fuse.live(work).await.unwrap_or(Ok(()))
    }

    /// One round of the janitor.
    pub(super) async fn janitor_works(&self) {
        self.fuse.live(async { drop(self.resolve.run().await) }).await;
    }
}

fn words(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}
