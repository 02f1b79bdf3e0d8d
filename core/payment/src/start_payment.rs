//! Begin to pay an order.

use std::sync::Arc;

use jangbogo_kernel::{
    Clock, IdGenerator, IdempotencyKey, KeyError, Store, StoreError, fault, retried,
};
use jangbogo_member::{AccessError, Caller};
use jangbogo_ordering::{Order, OrderId, OrderState, own_order};

use crate::{
    Attempt, AttemptId, AttemptState, NotSentCause, OpenRequest, PaymentIntent, PaymentProvider,
    ProviderError, ProviderName, ProviderSession, Providers, Redirects, ReturnUrls, Transaction,
    Way,
};

/// Records an attempt to capture an order's total and opens the buyer's session at the provider.
///
/// No money moves here. Beginning again gives up the earlier attempt if it was not sent yet.
pub struct StartPayment {
    store: Arc<dyn Store<dyn Transaction>>,
    providers: Providers,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    public_url: String,
}

/// An order to pay.
#[derive(Debug, Clone)]
pub struct StartPaymentCommand {
    /// The order.
    pub order: OrderId,
    /// Through whom.
    pub provider: ProviderName,
    /// Makes a repeated request harmless.
    pub key: IdempotencyKey,
}

/// Where the buyer goes to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedPayment {
    /// The payment.
    pub id: AttemptId,
    /// The provider's pay pages.
    pub redirects: Redirects,
}

/// The payment was not begun.
#[derive(Debug, thiserror::Error)]
pub enum StartPaymentError {
    /// No such provider here.
    #[error("there is no such payment provider")]
    UnknownProvider,
    /// The order begins a subscription, and this provider does not charge without the buyer.
    #[error("this payment provider cannot be used for a subscription")]
    NotRecurring,
    /// The order does not await payment.
    #[error("an order that is {} cannot be paid", .0.name())]
    NotPayable(OrderState),
    /// The order's time is over.
    #[error("the order has expired")]
    Expired,
    /// An earlier payment's outcome must be known first.
    #[error("a payment of this order is under way")]
    InProgress,
    /// The repeated request's payment was given up meanwhile.
    #[error("this payment is over; begin a new one with a new idempotency key")]
    Over,
    /// No such order, or another buyer's.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The idempotency key belongs to another request.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The provider did not open a session.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(StartPaymentError {
    UnknownProvider: Unprocessable = "payment-provider-unknown",
    NotRecurring: Unprocessable = "payment-provider-not-recurring",
    NotPayable: Conflict = "order-not-payable",
    Expired: Conflict = "order-expired",
    InProgress: Conflict = "payment-in-progress",
    Over: Conflict = "payment-over",
} passes on { Access, Key, Provider, Store });

impl StartPayment {
    /// The operation that idempotency keys are recorded under.
    pub const OPERATION: &'static str = "start-payment";

    /// Assembles the use case; `public_url` is where buyers' browsers reach the shop.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        providers: Providers,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        public_url: String,
    ) -> Self {
        Self { store, providers, clock, ids, public_url }
    }

    /// Begins the payment; a repeated request continues the one that it began.
    pub async fn run(
        &self,
        caller: &Caller,
        command: StartPaymentCommand,
    ) -> Result<StartedPayment, StartPaymentError> {
        let provider = self.providers.get(&command.provider);
        let provider = provider.ok_or(StartPaymentError::UnknownProvider)?;
        let (attempt, order) = retried(|| self.record(caller, &command, &*provider)).await?;
        if let Some(session) = attempt.session {
            return Ok(StartedPayment { id: attempt.id, redirects: session.redirects });
        }
        let request = self.open_request(&attempt, &order);
        let session = match (&attempt.way, self.providers.recurring(&command.provider)) {
            (Way::Session, _) => provider.open(&request).await?,
            (_, Some(recurring)) => recurring.open_agreeing(&request).await?,
            (_, None) => return Err(StartPaymentError::NotRecurring),
        };
        let session = retried(|| self.keep(attempt.id, session.clone())).await?;
        Ok(StartedPayment { id: attempt.id, redirects: session.redirects })
    }

    /// The session that counts for the attempt from now on.
    async fn keep(
        &self,
        id: AttemptId,
        session: ProviderSession,
    ) -> Result<ProviderSession, StartPaymentError> {
        let mut tx = self.store.begin().await?;
        if tx.payments().keep_session(id, &session).await? {
            tx.commit().await?;
            return Ok(session);
        }
        // The same request, sent twice at once, was faster: its session counts.
        let kept = tx.payments().find(id).await?;
        let kept = kept.filter(|attempt| attempt.state == AttemptState::Created);
        kept.and_then(|attempt| attempt.session).ok_or(StartPaymentError::Over)
    }

    /// T1: the attempt exists before anybody outside hears of it.
    async fn record(
        &self,
        caller: &Caller,
        command: &StartPaymentCommand,
        provider: &dyn PaymentProvider,
    ) -> Result<(Attempt, Order), StartPaymentError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let order = own_order(&mut *tx, caller, command.order).await??;
        if let Some(id) = command.key.earlier_effect(tx.idempotency()).await?? {
            let attempt = tx.payments().find(AttemptId::new(id)).await?;
            let attempt = attempt.ok_or(StartPaymentError::Over)?;
            let gone = attempt.session.is_none() && attempt.state != AttemptState::Created;
            return if gone { Err(StartPaymentError::Over) } else { Ok((attempt, order)) };
        }
        match order.state {
            OrderState::PendingPayment if now >= order.expires_at => {
                return Err(StartPaymentError::Expired);
            }
            OrderState::PendingPayment => {}
            OrderState::Expired => return Err(StartPaymentError::Expired),
            state => return Err(StartPaymentError::NotPayable(state)),
        }
        if order.capture_in_flight.is_some() {
            return Err(StartPaymentError::InProgress);
        }
        if !provider.health().is_available() {
            // Now the buyer can still choose another one, and the key is not used up.
            let reason = "the payment provider has been failing".to_owned();
            return Err(ProviderError::NotSent { cause: NotSentCause::CircuitOpen, reason }.into());
        }
        let intent = self.intent_of(&mut *tx, &order).await?;
        if intent.is_recurring && self.providers.recurring(&command.provider).is_none() {
            return Err(StartPaymentError::NotRecurring);
        }
        let number = self.supersede(&mut *tx, &intent).await?;
        let attempt = self.attempt(&intent, number, &command.provider);
        tx.payments().add(&attempt).await?;
        tx.history().add(vec![attempt.created()]).await?;
        tx.idempotency().record(&[(command.key.clone(), attempt.id.uuid())], now).await?;
        tx.commit().await?;
        Ok((attempt, order))
    }

    async fn intent_of(
        &self,
        tx: &mut dyn Transaction,
        order: &Order,
    ) -> Result<PaymentIntent, StoreError> {
        if let Some(intent) = tx.payments().find_intent(order.id).await? {
            return Ok(intent);
        }
        let intent = PaymentIntent {
            id: self.ids.next(),
            order: order.id,
            buyer: order.buyer,
            amount: order.total,
            created_at: self.clock.now(),
            is_recurring: false,
        };
        tx.payments().add_intent(&intent).await?;
        Ok(intent)
    }

    /// Gives up what was begun and not sent, and numbers the next attempt.
    async fn supersede(
        &self,
        tx: &mut dyn Transaction,
        intent: &PaymentIntent,
    ) -> Result<i64, StoreError> {
        let mut earlier = tx.payments().attempts_of(intent.id).await?;
        for attempt in &mut earlier {
            let version = attempt.version;
            if let Some(step) = attempt.abort("a new payment was begun", self.clock.now()) {
                tx.payments().save(attempt, version).await?;
                tx.history().add(vec![step]).await?;
            }
        }
        Ok(earlier.last().map_or(1, |last| last.number + 1))
    }

    fn attempt(&self, intent: &PaymentIntent, number: i64, provider: &ProviderName) -> Attempt {
        Attempt::capturing(self.ids.next(), intent, number, provider, self.clock.now())
    }

    fn open_request(&self, attempt: &Attempt, order: &Order) -> OpenRequest {
        let first = order.lines.first().map_or("", |line| line.product_name.as_str());
        let name: String = first.chars().take(60).collect();
        let item_name = match order.lines.len() {
            0 | 1 => name,
            lines => format!("{name} 외 {}건", lines - 1),
        };
        let url = |end: &str| format!("{}/api/v1/payments/{}/{end}", self.public_url, attempt.id);
        OpenRequest {
            merchant_ref: attempt.merchant_ref.clone(),
            buyer_ref: attempt.buyer.to_string(),
            item_name,
            quantity: order.lines.iter().map(|line| line.quantity.get()).sum(),
            amount: attempt.amount,
            urls: ReturnUrls { approve: url("approve"), cancel: url("cancel"), fail: url("fail") },
        }
    }
}
