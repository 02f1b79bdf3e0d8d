//! What the crate needs from storage; the provider's port is in `provider.rs`.

use async_trait::async_trait;
use jangbogo_kernel::{Page, PageRequest, StoreError, Timestamp};
use jangbogo_ordering::OrderId;

use crate::{
    Agreement, AgreementId, Attempt, AttemptId, AttemptState, Difference, IntentId, Learnt,
    LedgerTransaction, PaymentIntent, Period, ProviderName, ProviderSession, Reconciliation,
    ReconciliationDetail, ReconciliationId,
};

/// A transaction that reaches payments, and orders with them.
pub trait Transaction: jangbogo_ordering::Transaction {
    /// Intents, attempts and the ledger.
    fn payments(&mut self) -> &mut dyn PaymentRepository;

    /// Comparisons of books.
    fn reconciliations(&mut self) -> &mut dyn ReconciliationRepository;

    /// Standing agreements.
    fn agreements(&mut self) -> &mut dyn AgreementRepository;
}

/// Loads and saves standing agreements, and what charges under them teach.
#[async_trait]
pub trait AgreementRepository: Send {
    /// Adds an agreement.
    ///
    /// # Errors
    /// Retryable when its payment, or its key at the provider, has one already.
    async fn add(&mut self, agreement: &Agreement) -> Result<(), StoreError>;

    /// The agreement, locked until the transaction ends.
    async fn find(&mut self, id: AgreementId) -> Result<Option<Agreement>, StoreError>;

    /// The agreement that came with a payment of this order.
    async fn of_order(&mut self, order: OrderId) -> Result<Option<Agreement>, StoreError>;

    /// Saves the step from `version_before`.
    ///
    /// # Errors
    /// A conflict when the stored version is another.
    async fn save(&mut self, agreement: &Agreement, version_before: i64) -> Result<(), StoreError>;

    /// Agreements whose provider has not been told that they have ended, oldest first.
    async fn ending(&mut self, limit: u32) -> Result<Vec<AgreementId>, StoreError>;

    /// Keeps the reference and firmness that an attempt's answer brought; what is kept already
    /// stays.
    async fn learn(&mut self, attempt: AttemptId, learnt: &Learnt) -> Result<(), StoreError>;
}

/// Loads and saves intents, attempts and ledger entries.
#[async_trait]
pub trait PaymentRepository: Send {
    /// The intent of an order.
    async fn find_intent(&mut self, order: OrderId) -> Result<Option<PaymentIntent>, StoreError>;

    /// Adds the intent of an order.
    ///
    /// # Errors
    /// Retryable when the order got one meanwhile.
    async fn add_intent(&mut self, intent: &PaymentIntent) -> Result<(), StoreError>;

    /// The attempt.
    ///
    /// # Guarantees
    /// Locked until the transaction ends, and its order before it: whoever changes both asks for
    /// the order first, so that nobody waits in a circle.
    async fn find(&mut self, id: AttemptId) -> Result<Option<Attempt>, StoreError>;

    /// All attempts of an intent, oldest first.
    async fn attempts_of(&mut self, intent: IntentId) -> Result<Vec<Attempt>, StoreError>;

    /// Adds an attempt.
    ///
    /// # Errors
    /// Retryable when the intent has a live or successful capture, or a live refund, already: the
    /// database refuses the second one whatever the caller computed.
    async fn add(&mut self, attempt: &Attempt) -> Result<(), StoreError>;

    /// Keeps the session of a created attempt that has none.
    ///
    /// # Guarantees
    /// `false`, with nothing changed, when it has one or is no longer created.
    async fn keep_session(
        &mut self,
        id: AttemptId,
        session: &ProviderSession,
    ) -> Result<bool, StoreError>;

    /// Saves an attempt that made the step from `version_before`, or, with its version unchanged,
    /// the plan of its next lookup.
    ///
    /// # Errors
    /// A conflict when the stored version is another.
    async fn save(&mut self, attempt: &Attempt, version_before: i64) -> Result<(), StoreError>;

    /// Writes a ledger transaction. Entries are never changed or removed.
    async fn post(&mut self, transaction: &LedgerTransaction) -> Result<(), StoreError>;

    /// Created captures that nobody will send any more: without a session since `no_session`, or
    /// with one since `with_session`.
    async fn stale_created(
        &mut self,
        no_session: Timestamp,
        with_session: Timestamp,
        limit: u32,
    ) -> Result<Vec<Attempt>, StoreError>;

    /// Created refunds that are due by `now`, oldest first.
    async fn waiting_refunds(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<AttemptId>, StoreError>;

    /// Sent attempts older than `since`: the process that sent them is gone.
    async fn orphans(&mut self, since: Timestamp, limit: u32)
    -> Result<Vec<AttemptId>, StoreError>;

    /// Claims unknown attempts whose next lookup is due by `now`; others see them again only after
    /// `lease_until`.
    async fn claim_lookups(
        &mut self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Attempt>, StoreError>;
}

/// Keeps comparisons of our books with a provider's.
#[async_trait]
pub trait ReconciliationRepository: Send {
    /// Adds a comparison that begins.
    async fn add(&mut self, run: &Reconciliation) -> Result<(), StoreError>;

    /// Keeps what came of a comparison that has not come to its end: its end, or why it broke off.
    ///
    /// # Errors
    /// A conflict when it has come to its end, or nobody has begun it.
    async fn keep(
        &mut self,
        run: &Reconciliation,
        differences: &[Difference],
    ) -> Result<(), StoreError>;
}

/// Reads comparisons outside transactions.
#[async_trait]
pub trait ReconciliationQueries: Send + Sync {
    /// The comparison with what it found; what a person must look at comes first.
    async fn find(&self, id: ReconciliationId) -> Result<Option<ReconciliationDetail>, StoreError>;

    /// A page of all comparisons, newest first.
    async fn list(&self, page: &PageRequest) -> Result<Page<Reconciliation>, StoreError>;
}

impl dyn ReconciliationQueries {
    /// The name that cursors of [`ReconciliationQueries::list`] carry.
    pub const LIST: &'static str = "reconciliations";
}

/// One step of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptStep {
    /// The state that it led to.
    pub state: AttemptState,
    /// Why; where a person decided, who and how they knew.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Reads outside transactions.
#[async_trait]
pub trait PaymentQueries: Send + Sync {
    /// The attempt.
    async fn find(&self, id: AttemptId) -> Result<Option<Attempt>, StoreError>;

    /// All attempts of an order, oldest first.
    async fn of_order(&self, order: OrderId) -> Result<Vec<Attempt>, StoreError>;

    /// Attempts through a provider that have a session there and whose last change — created, sent
    /// or settled — lies in the period; by id, from the one after `after` on.
    async fn changed_in(
        &self,
        provider: &ProviderName,
        period: Period,
        after: Option<AttemptId>,
        limit: u32,
    ) -> Result<Vec<Attempt>, StoreError>;

    /// The attempt through this provider that made this movement.
    async fn find_by_movement(
        &self,
        provider: &ProviderName,
        movement: &str,
    ) -> Result<Option<Attempt>, StoreError>;

    /// The steps of an attempt, oldest first.
    async fn steps(&self, id: AttemptId) -> Result<Vec<AttemptStep>, StoreError>;

    /// A page of the attempts that wait for a person, oldest first.
    async fn under_review(&self, page: &PageRequest) -> Result<Page<Attempt>, StoreError>;
}

impl dyn PaymentQueries {
    /// The name that cursors of [`PaymentQueries::under_review`] carry.
    pub const UNDER_REVIEW: &'static str = "payment-reviews";
}
