//! The rows that attempts stand on.

use std::time::Duration;

use jangbogo_kernel::{IdGenerator, Money, Store, StoreError, Timestamp};
use jangbogo_ordering::contract::Ground;
use jangbogo_ordering::{Order, Returned};

use crate::{
    Attempt, AttemptState, Operation, PaymentIntent, ProviderName, ProviderSession, Redirects,
    RefundId, RefundPart, Transaction, Way,
};

/// A stored order and its stored intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The order.
    pub order: Order,
    /// Its intent.
    pub intent: PaymentIntent,
}

impl Purchase {
    pub(super) const LEASE: Duration = Duration::from_mins(1);

    /// A new order of a new buyer, with its intent.
    pub async fn stored(
        store: &dyn Store<dyn Transaction>,
        ids: &dyn IdGenerator,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut tx = store.begin().await?;
        let purchase = Self::within(&mut *tx, ids, now).await?;
        tx.commit().await?;
        Ok(purchase)
    }

    /// The same inside a transaction.
    pub async fn within(
        tx: &mut dyn Transaction,
        ids: &dyn IdGenerator,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let ground = Ground::lay(tx, ids, now).await?;
        let order = ground.place(tx, ids, now).await?;
        let intent = PaymentIntent {
            id: ids.next(),
            order: order.id,
            buyer: order.buyer,
            amount: order.total,
            created_at: now,
            is_recurring: false,
        };
        tx.payments().add_intent(&intent).await?;
        Ok(Self { order, intent })
    }

    /// An attempt to capture that is in this state; not yet added.
    pub fn capture(&self, number: i64, state: AttemptState, ids: &dyn IdGenerator) -> Attempt {
        let id = ids.next();
        let at = self.intent.created_at;
        let sent = !matches!(state, AttemptState::Created | AttemptState::Aborted);
        let settled = sent && !state.is_open();
        Attempt {
            id,
            intent: self.intent.id,
            order: self.order.id,
            buyer: self.order.buyer,
            number,
            operation: Operation::Capture,
            provider: ProviderName("kakaopay".to_owned()),
            merchant_ref: id.to_string(),
            amount: self.intent.amount,
            state,
            version: 1,
            session: None,
            // No two attempts share a movement.
            provider_transaction: (state == AttemptState::Succeeded).then(|| format!("A-{id}")),
            problem: None,
            raw: None,
            created_at: at,
            sent_at: sent.then_some(at),
            settled_at: settled.then_some(at),
            due_at: (state == AttemptState::Unknown).then_some(at),
            lookups: 0,
            missing_since: None,
            is_surplus: false,
            way: Way::Session,
        }
    }

    /// An attempt to refund a part that is in this state; not yet added.
    pub fn refund(&self, number: i64, state: AttemptState, ids: &dyn IdGenerator) -> Attempt {
        let amount = self.intent.amount;
        let capture = self.capture(number, state, ids);
        let waits = state == AttemptState::Created;
        Attempt {
            due_at: if waits { Some(capture.created_at) } else { capture.due_at },
            operation: Operation::Refund(RefundPart {
                request: RefundId::new(capture.id.uuid()),
                refunded_before: Money::zero(amount.currency()),
                captured: amount,
                returned: Vec::new(),
                reason: "마음이 바뀌었어요".to_owned(),
            }),
            amount: Money::new(1, amount.currency()),
            merchant_ref: "the capture's".to_owned(),
            session: Some(Self::session("T1")),
            ..capture
        }
    }

    /// A session at the provider.
    pub fn session(reference: &str) -> ProviderSession {
        ProviderSession {
            reference: reference.to_owned(),
            redirects: Redirects {
                pc: "https://pay.example.com/pc".to_owned(),
                mobile: "https://pay.example.com/mobile".to_owned(),
                app: "app://pay".to_owned(),
            },
        }
    }

    /// All pieces; every other line's can be sold again.
    pub(super) fn pieces(&self) -> Vec<Returned> {
        let lines = self.order.lines.iter();
        lines
            .map(|line| Returned {
                product: line.product,
                quantity: line.quantity,
                is_sellable: line.number % 2 == 0,
            })
            .collect()
    }
}
