//! Ask for money back.

use std::sync::Arc;

use jangbogo_catalog::ProductId;
use jangbogo_kernel::{
    Clock, Event, IdGenerator, IdempotencyKey, KeyError, Money, MoneyError, Quantity, Store,
    StoreError, fault, retried,
};
use jangbogo_member::{AccessError, Caller, Role};
use jangbogo_ordering::{Order, OrderId, OrderState, Returned, own_order};

use crate::{Attempt, AttemptId, AttemptState, RefundId, RefundPart, RefundRequested, Transaction};

/// Agrees to a refund and records it; the money moves afterwards, as an event's consequence.
///
/// What can go back is decided here, from our own books: never more than was captured and has not
/// gone back. One refund of an order is under way at a time.
pub struct RequestRefund {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

/// A refund to agree to.
#[derive(Debug, Clone)]
pub struct RequestRefundCommand {
    /// The order.
    pub order: OrderId,
    /// How much of it.
    pub scope: RefundScope,
    /// Why, 1 to 200 characters.
    pub reason: String,
    /// Makes a repeated request harmless.
    pub key: IdempotencyKey,
}

/// How much goes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundScope {
    /// All that is left, with all pieces.
    Everything,
    /// These pieces at the price that was paid. They go back on the shelf, unless an admin says of
    /// a line that its pieces cannot be sold again.
    Pieces(Vec<Returned>),
    /// An amount; no pieces come back, unless it is all that is left.
    Amount(i64),
}

/// A refund that was agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestedRefund {
    /// The refund.
    pub id: RefundId,
    /// How much.
    pub amount: Money,
}

/// No refund was agreed to.
#[derive(Debug, thiserror::Error)]
pub enum RequestRefundError {
    /// The reason is empty or too long.
    #[error("a reason has 1 to 200 characters")]
    Reason,
    /// The order has no money to give back, or has left the shop and needs an admin.
    #[error("an order that is {} cannot be refunded", .0.name())]
    NotRefundable(OrderState),
    /// More than is left, or nothing.
    #[error("the amount is between 1 and what has not gone back yet")]
    Amount,
    /// Pieces that the order does not have or that came back already.
    #[error("the order does not have so many pieces of {0} left")]
    Pieces(ProductId),
    /// Another refund's outcome must be known first.
    #[error("a refund of this order is under way")]
    InProgress,
    /// Sums do not fit.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// No such order, or another buyer's.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The idempotency key belongs to another request.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(RequestRefundError {
    Reason: Invalid = "validation-failed",
    NotRefundable: Conflict = "order-not-refundable",
    Amount: Unprocessable = "refund-amount-refused",
    Pieces: Unprocessable = "refund-pieces-refused",
    InProgress: Conflict = "refund-in-progress",
    Money: Unprocessable = "amount-out-of-range",
} passes on { Access, Key, Store });

impl RequestRefund {
    /// The operation that idempotency keys are recorded under.
    pub const OPERATION: &'static str = "request-refund";

    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self { store, clock, ids }
    }

    /// Agrees to the refund.
    pub async fn run(
        &self,
        caller: &Caller,
        command: RequestRefundCommand,
    ) -> Result<RequestedRefund, RequestRefundError> {
        if !(1..=200).contains(&command.reason.chars().count()) {
            return Err(RequestRefundError::Reason);
        }
        if let RefundScope::Pieces(pieces) = &command.scope
            && pieces.iter().any(|back| !back.is_sellable)
        {
            // A buyer must not take pieces off the shelf for ever.
            caller.require_role(Role::Admin)?;
        }
        retried(|| self.once(caller, command.clone())).await
    }

    async fn once(
        &self,
        caller: &Caller,
        command: RequestRefundCommand,
    ) -> Result<RequestedRefund, RequestRefundError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let order = own_order(&mut *tx, caller, command.order).await??;
        if let Some(id) = command.key.earlier_effect(tx.idempotency()).await?? {
            let before = tx.payments().find(AttemptId::new(id)).await?;
            let before = before.ok_or(AccessError::Hidden)?;
            return Ok(RequestedRefund { id: RefundId::new(id), amount: before.amount });
        }
        if !may_be_refunded(order.state, caller.role) {
            return Err(RequestRefundError::NotRefundable(order.state));
        }
        let (amount, returned) = what_goes_back(&order, &command.scope)?;
        let attempts = match tx.payments().find_intent(order.id).await? {
            Some(intent) => tx.payments().attempts_of(intent.id).await?,
            None => Vec::new(),
        };
        let attempt = self.attempt(&order, &attempts, amount, returned, command.reason)?;
        tx.payments().add(&attempt).await?;
        tx.history().add(vec![attempt.created()]).await?;
        tx.idempotency().record(&[(command.key, attempt.id.uuid())], now).await?;
        let fact = RefundRequested { attempt: attempt.id, order: order.id, amount: amount.minor() };
        tx.outbox().append(vec![Event::of(&fact, &*self.ids, now)?]).await?;
        tx.commit().await?;
        Ok(RequestedRefund { id: RefundId::new(attempt.id.uuid()), amount })
    }

    fn attempt(
        &self,
        order: &Order,
        earlier: &[Attempt],
        amount: Money,
        returned: Vec<Returned>,
        reason: String,
    ) -> Result<Attempt, RequestRefundError> {
        let under_way = |a: &&Attempt| {
            !a.is_capture()
                && !a.is_surplus
                && (a.state.is_open() || a.state == AttemptState::Created)
        };
        if earlier.iter().any(|attempt| under_way(&attempt)) {
            return Err(RequestRefundError::InProgress);
        }
        let captured =
            |a: &&Attempt| a.is_capture() && !a.is_surplus && a.state == AttemptState::Succeeded;
        let capture = earlier.iter().find(captured);
        // A charge that only the register bears witness of has no name to give money back under.
        let capture = capture.filter(|capture| capture.session.is_some());
        let capture = capture.ok_or(RequestRefundError::NotRefundable(order.state))?;
        let id: AttemptId = self.ids.next();
        let number = earlier.last().map_or(1, |last| last.number + 1);
        let part = RefundPart {
            request: RefundId::new(id.uuid()),
            refunded_before: order.refunded,
            captured: capture.amount,
            returned,
            reason,
        };
        Ok(capture.refunding((id, number), (amount, part), self.clock.now()))
    }
}

/// A buyer's order that has left the shop comes back through a person.
fn may_be_refunded(state: OrderState, role: Role) -> bool {
    match state {
        OrderState::Paid | OrderState::Preparing | OrderState::PartiallyRefunded => true,
        OrderState::Shipped | OrderState::Delivered | OrderState::Completed => role == Role::Admin,
        _ => false,
    }
}

type GoesBack = (Money, Vec<Returned>);

fn what_goes_back(order: &Order, scope: &RefundScope) -> Result<GoesBack, RequestRefundError> {
    let left = order.refundable()?;
    let (amount, returned) = match scope {
        RefundScope::Everything => (left, kept_pieces(order)),
        RefundScope::Amount(minor) if *minor == left.minor() => (left, kept_pieces(order)),
        RefundScope::Amount(minor) => (Money::new(*minor, left.currency()), Vec::new()),
        RefundScope::Pieces(pieces) => (price_of(order, pieces)?, pieces.clone()),
    };
    let rest = left.checked_sub(amount)?;
    if !amount.is_positive() || rest.minor() < 0 {
        return Err(RequestRefundError::Amount);
    }
    Ok((amount, returned))
}

fn kept_pieces(order: &Order) -> Vec<Returned> {
    let kept = order.lines.iter().map(|line| (line.product, Quantity::try_new(line.kept())));
    let back = |product, quantity| Returned { product, quantity, is_sellable: true };
    kept.filter_map(|(product, pieces)| Some(back(product, pieces.ok()?))).collect()
}

fn price_of(order: &Order, pieces: &[Returned]) -> Result<Money, RequestRefundError> {
    let mut sum = Money::zero(order.total.currency());
    for (at, back) in pieces.iter().enumerate() {
        let refused = RequestRefundError::Pieces(back.product);
        let twice = pieces.iter().take(at).any(|other| other.product == back.product);
        let line = order.lines.iter().find(|line| line.product == back.product && !twice);
        let Some(line) = line.filter(|line| back.quantity.get() <= line.kept()) else {
            return Err(refused);
        };
        sum = sum.checked_add(line.unit_price.checked_mul(back.quantity.get())?)?;
    }
    Ok(sum)
}
