//! A subscription: what a member wants again and again.

use jangbogo_catalog::ProductId;
use jangbogo_kernel::{Currency, Kind, Money, MoneyError, Quantity, Timestamp, Transition};
use jangbogo_member::{AddressDetails, MemberId};
use jangbogo_ordering::OrderId;
use jangbogo_payment::AgreementId;

use crate::{SubscriptionId, SubscriptionState};

/// What a member wants again and again, at the prices that they were told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Identity.
    pub id: SubscriptionId,
    /// Whose it is.
    pub member: MemberId,
    /// Where it is.
    pub state: SubscriptionState,
    /// One line per product.
    pub lines: Vec<SubscriptionLine>,
    /// Days from one due day to the next.
    pub period_days: i64,
    /// A copy of the address, so that a later change of the book changes nothing here.
    pub receiver: AddressDetails,
    /// The order that it begins with; its payment brings the agreement.
    pub first_order: OrderId,
    /// What is charged; from the first payment on.
    pub agreement: Option<AgreementId>,
    /// 1 when it began, one more with each step.
    pub version: i64,
    /// When it began.
    pub created_at: Timestamp,
    /// When and why it ended.
    pub ended: Option<(Timestamp, EndReason)>,
}

/// Pieces of one product, at the price that the member was told last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionLine {
    /// The product.
    pub product: ProductId,
    /// Pieces.
    pub quantity: Quantity,
    /// What one piece costs. Another price counts only once the member was told of it.
    pub unit_price: Money,
}

/// Why a subscription ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// The member wanted it.
    Member,
    /// The member has left the shop.
    MemberLeft,
    /// The first order was not paid.
    NotPaid,
    /// The first order was paid, and the answer that brings the agreement was lost on the way.
    AgreementLost,
    /// The agreement ended at the provider.
    AgreementEnded,
    /// A charge was declined for good.
    Declined,
}

/// The step is not legal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a subscription that is {} cannot become {}", from.name(), to.name())]
pub struct IllegalStep {
    /// Where it is.
    pub from: SubscriptionState,
    /// Where it was to go.
    pub to: SubscriptionState,
}

impl Kind for Subscription {
    const PREFIX: &'static str = "sub";
}

impl EndReason {
    /// All reasons.
    pub const ALL: [Self; 6] = [
        Self::Member,
        Self::MemberLeft,
        Self::NotPaid,
        Self::AgreementLost,
        Self::AgreementEnded,
        Self::Declined,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::MemberLeft => "member_left",
            Self::NotPaid => "not_paid",
            Self::AgreementLost => "agreement_lost",
            Self::AgreementEnded => "agreement_ended",
            Self::Declined => "declined",
        }
    }

    /// The reason of a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

impl Subscription {
    /// The kind under which transitions are recorded.
    pub const ENTITY: &'static str = "subscription";

    /// The step that made it.
    pub fn created(&self) -> Transition {
        self.transition("", "subscribed", self.created_at)
    }

    /// What the next charge takes.
    pub fn total(&self) -> Result<Money, MoneyError> {
        let mut total = Money::zero(Currency::Krw);
        for line in &self.lines {
            total = total.checked_add(line.unit_price.checked_mul(line.quantity.get())?)?;
        }
        Ok(total)
    }

    /// Goes to `next` and tells the step, for the history.
    #[must_use = "a step that is not recorded breaks the history"]
    pub fn advance(
        &mut self,
        next: SubscriptionState,
        reason: &str,
        at: Timestamp,
    ) -> Result<Transition, IllegalStep> {
        let from = self.state;
        if !from.may_become(next) {
            return Err(IllegalStep { from, to: next });
        }
        self.state = next;
        self.version += 1;
        Ok(self.transition(from.name(), reason, at))
    }

    /// Ends, or begins to end while a charge is under way.
    #[must_use = "a step that is not recorded breaks the history"]
    pub fn end(
        &mut self,
        reason: EndReason,
        is_charging: bool,
        at: Timestamp,
    ) -> Result<Transition, IllegalStep> {
        let next = if is_charging && self.state != SubscriptionState::Ending {
            SubscriptionState::Ending
        } else {
            SubscriptionState::Cancelled
        };
        let step = self.advance(next, reason.name(), at)?;
        self.ended.get_or_insert((at, reason));
        Ok(step)
    }

    fn transition(&self, from: &'static str, reason: &str, at: Timestamp) -> Transition {
        Transition {
            entity: Self::ENTITY,
            entity_id: self.id.uuid(),
            version: self.version,
            from,
            to: self.state.name(),
            reason: reason.to_owned(),
            at,
        }
    }
}
