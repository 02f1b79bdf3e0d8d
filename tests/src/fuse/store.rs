//! A database as a mortal process sees it, and as some defective ones use it.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_catalog::ProductId;
use jangbogo_inventory::{Reservation, ReservationState, Stock, StockRepository};
use jangbogo_kernel::{
    Event, HistoryRepository, IdempotencyKey, IdempotencyRepository, Inbox, Outbox, Recorded,
    Store, StoreError, Timestamp, Transition, Uuid,
};
use jangbogo_ordering::{Order, OrderId, OrderRepository};
use jangbogo_payment::{
    Attempt, AttemptId, AttemptState, IntentId, LedgerTransaction, PaymentIntent,
    PaymentRepository, ProviderSession, Transaction,
};
use tokio::sync::Mutex;

use super::Fuse;

/// A store whose calls count: each begin, each commit, and each call of a repository that payments
/// use.
pub struct FusedStore {
    inner: Arc<dyn Store<dyn Transaction>>,
    fuse: Arc<Fuse>,
    defect: Option<Defect>,
    memory: Arc<Memory>,
}

/// A mistake in the use of the database, to be found out by the checker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// News are taken in whatever is known already.
    SettlesWithoutStateCheck,
    /// A commit happens when the next transaction begins: the provider is called before the
    /// attempt is recorded as sent.
    CommitsTooLate,
    /// Held pieces are released although a capture is under way.
    ReleasesWhileSent,
}

/// What a defective process remembers beside the database.
#[derive(Default)]
struct Memory {
    uncommitted: Mutex<Option<Box<dyn Transaction>>>,
    captures: Mutex<Vec<(OrderId, Uuid)>>,
}

struct FusedTransaction {
    inner: Box<dyn Transaction>,
    fuse: Arc<Fuse>,
    defect: Option<Defect>,
    memory: Arc<Memory>,
}

impl FusedStore {
    /// Puts the fuse in front of a store.
    pub fn new(inner: Arc<dyn Store<dyn Transaction>>, fuse: Arc<Fuse>) -> Self {
        Self { inner, fuse, defect: None, memory: Arc::default() }
    }

    /// The same, used wrongly.
    #[must_use]
    pub fn with(self, defect: Option<Defect>) -> Self {
        Self { defect, ..self }
    }

    async fn begin_inner(&self) -> Result<Box<dyn Transaction>, StoreError> {
        if let Some(late) = self.memory.uncommitted.lock().await.take() {
            late.commit().await?;
        }
        self.inner.begin().await
    }
}

fn dead<T>() -> Result<T, StoreError> {
    Err(StoreError::new("call the database", "the process is dead"))
}

macro_rules! begins {
    ($($core:ident),+) => {
        $(#[async_trait]
        impl Store<dyn $core::Transaction> for FusedStore {
            async fn begin(&self) -> Result<Box<dyn $core::Transaction>, StoreError> {
                let inner = self.fuse.pass(self.begin_inner(), dead).await?;
                let (fuse, memory) = (Arc::clone(&self.fuse), Arc::clone(&self.memory));
                Ok(Box::new(FusedTransaction { inner, fuse, defect: self.defect, memory }))
            }
        })+
    };
}

begins!(jangbogo_ordering, jangbogo_payment);

#[async_trait]
impl jangbogo_kernel::Transaction for FusedTransaction {
    fn outbox(&mut self) -> &mut dyn Outbox {
        self
    }

    fn inbox(&mut self) -> &mut dyn Inbox {
        self.inner.inbox()
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository {
        self
    }

    fn history(&mut self) -> &mut dyn HistoryRepository {
        self
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let Self { inner, fuse, defect, memory } = *self;
        let commit = async move {
            if defect == Some(Defect::CommitsTooLate) {
                *memory.uncommitted.lock().await = Some(inner);
                return Ok(());
            }
            inner.commit().await
        };
        fuse.pass(commit, dead).await
    }
}

/// Repositories that payments use count their calls; the others are handed through.
macro_rules! reaches {
    ($($core:ident { $($accessor:ident: $port:ident = $how:tt),+ })+) => {
        $(impl $core::Transaction for FusedTransaction {
            $(fn $accessor(&mut self) -> &mut dyn $core::$port {
                reaches!($how self $accessor)
            })+
        })+
    };
    (counted $this:ident $accessor:ident) => { $this };
    (through $this:ident $accessor:ident) => { $this.inner.$accessor() };
}

reaches! {
    jangbogo_member {
        members: MemberRepository = through,
        sessions: SessionRepository = through,
        addresses: AddressRepository = through
    }
    jangbogo_catalog {
        products: ProductRepository = through,
        sales: SalesRepository = through,
        views: ViewRepository = through,
        rankings: RankingRepository = through
    }
    jangbogo_inventory { stock: StockRepository = counted }
    jangbogo_cart { carts: CartRepository = through }
    jangbogo_ordering { orders: OrderRepository = counted }
    jangbogo_payment {
        payments: PaymentRepository = counted,
        agreements: AgreementRepository = through,
        reconciliations: ReconciliationRepository = through
    }
}

/// A repository whose calls count.
macro_rules! counted {
    ($port:ident by $accessor:ident {
        $($name:ident($($argument:ident: $type:ty),+) -> $out:ty;)+
    }) => {
        #[async_trait]
        impl $port for FusedTransaction {
            $(async fn $name(&mut self, $($argument: $type),+) -> Result<$out, StoreError> {
                let call = self.inner.$accessor().$name($($argument),+);
                self.fuse.pass(call, dead).await
            })+
        }
    };
}

counted!(Outbox by outbox {
    append(events: Vec<Event>) -> ();
});

counted!(HistoryRepository by history {
    add(transitions: Vec<Transition>) -> ();
});

counted!(IdempotencyRepository by idempotency {
    find(keys: &[IdempotencyKey]) -> Vec<Option<Recorded>>;
    record(effects: &[(IdempotencyKey, Uuid)], now: Timestamp) -> ();
});

counted!(StockRepository by stock {
    lock(products: &[ProductId]) -> Vec<Stock>;
    find(products: &[ProductId]) -> Vec<Stock>;
    fence(products: &[ProductId], fence: i64) -> ();
    add(stocks: &[Stock], now: Timestamp) -> ();
    save(stocks: &[Stock], now: Timestamp) -> ();
    reserve(reservations: &[Reservation]) -> ();
    reservations_of(order: Uuid) -> Vec<Reservation>;
    close_reservations(order: Uuid, state: ReservationState, expected: u64) -> ();
});

#[async_trait]
impl OrderRepository for FusedTransaction {
    async fn add(&mut self, orders: &[Order]) -> Result<(), StoreError> {
        self.fuse.pass(self.inner.orders().add(orders), dead).await
    }

    async fn find_many(&mut self, ids: &[OrderId]) -> Result<Vec<Order>, StoreError> {
        self.fuse.pass(self.inner.orders().find_many(ids), dead).await
    }

    async fn save(&mut self, order: &Order) -> Result<(), StoreError> {
        self.fuse.pass(self.inner.orders().save(order), dead).await
    }

    async fn expire_due(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Order>, StoreError> {
        if self.defect == Some(Defect::ReleasesWhileSent) {
            for (order, attempt) in self.memory.captures.lock().await.drain(..) {
                self.inner.orders().end_capture(order, attempt).await?;
            }
        }
        self.fuse.pass(self.inner.orders().expire_due(now, limit), dead).await
    }

    async fn begin_capture(
        &mut self,
        order: OrderId,
        attempt: Uuid,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.memory.captures.lock().await.push((order, attempt));
        self.fuse.pass(self.inner.orders().begin_capture(order, attempt, now), dead).await
    }

    async fn end_capture(&mut self, order: OrderId, attempt: Uuid) -> Result<(), StoreError> {
        self.fuse.pass(self.inner.orders().end_capture(order, attempt), dead).await
    }
}

#[async_trait]
impl PaymentRepository for FusedTransaction {
    async fn find_intent(&mut self, order: OrderId) -> Result<Option<PaymentIntent>, StoreError> {
        self.fuse.pass(self.inner.payments().find_intent(order), dead).await
    }

    async fn add_intent(&mut self, intent: &PaymentIntent) -> Result<(), StoreError> {
        self.fuse.pass(self.inner.payments().add_intent(intent), dead).await
    }

    async fn find(&mut self, id: AttemptId) -> Result<Option<Attempt>, StoreError> {
        let found = self.fuse.pass(self.inner.payments().find(id), dead).await?;
        let is_blind = self.defect == Some(Defect::SettlesWithoutStateCheck);
        Ok(found.map(|attempt| match attempt.state {
            AttemptState::Succeeded | AttemptState::Declined | AttemptState::NotSent
                if is_blind =>
            {
                Attempt { state: AttemptState::Sent, ..attempt }
            }
            _ => attempt,
        }))
    }

    async fn attempts_of(&mut self, intent: IntentId) -> Result<Vec<Attempt>, StoreError> {
        self.fuse.pass(self.inner.payments().attempts_of(intent), dead).await
    }

    async fn add(&mut self, attempt: &Attempt) -> Result<(), StoreError> {
        self.fuse.pass(self.inner.payments().add(attempt), dead).await
    }

    async fn keep_session(
        &mut self,
        id: AttemptId,
        session: &ProviderSession,
    ) -> Result<bool, StoreError> {
        self.fuse.pass(self.inner.payments().keep_session(id, session), dead).await
    }

    async fn save(&mut self, attempt: &Attempt, version_before: i64) -> Result<(), StoreError> {
        self.fuse.pass(self.inner.payments().save(attempt, version_before), dead).await
    }

    async fn post(&mut self, transaction: &LedgerTransaction) -> Result<(), StoreError> {
        self.fuse.pass(self.inner.payments().post(transaction), dead).await
    }

    async fn stale_created(
        &mut self,
        no_session: Timestamp,
        with_session: Timestamp,
        limit: u32,
    ) -> Result<Vec<Attempt>, StoreError> {
        let stale = self.inner.payments().stale_created(no_session, with_session, limit);
        self.fuse.pass(stale, dead).await
    }

    async fn waiting_refunds(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<AttemptId>, StoreError> {
        self.fuse.pass(self.inner.payments().waiting_refunds(now, limit), dead).await
    }

    async fn orphans(
        &mut self,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<AttemptId>, StoreError> {
        self.fuse.pass(self.inner.payments().orphans(since, limit), dead).await
    }

    async fn claim_lookups(
        &mut self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Attempt>, StoreError> {
        let claimed = self.inner.payments().claim_lookups(now, lease_until, limit);
        self.fuse.pass(claimed, dead).await
    }
}
