//! An order and its lines.

use jangbogo_catalog::{ProductId, SaleTerms};
use jangbogo_kernel::{
    Currency, Kind, Money, MoneyError, Quantity, Timestamp, Transition, Uuid, fault,
};
use jangbogo_member::{AddressDetails, MemberId};

use crate::{OrderId, OrderState};

/// What a buyer ordered, at the prices of that moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Identity.
    pub id: OrderId,
    /// Who ordered.
    pub buyer: MemberId,
    /// How it came about.
    pub origin: OrderOrigin,
    /// Where it is.
    pub state: OrderState,
    /// One line per product.
    pub lines: Vec<OrderLine>,
    /// What the buyer pays: the sum of the lines.
    pub total: Money,
    /// What went back so far.
    pub refunded: Money,
    /// A copy of the address, so that a later change of the book changes nothing here.
    pub receiver: AddressDetails,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// When it expires if it is not paid.
    pub expires_at: Timestamp,
    /// The payment attempt whose capture is under way; meanwhile the order waits for its outcome.
    pub capture_in_flight: Option<Uuid>,
    /// 1 when placed, one more with each step.
    pub version: i64,
}

/// How an order came about.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum OrderOrigin {
    /// The buyer placed it.
    #[default]
    Buyer,
    /// The buyer began a subscription with it.
    Subscription,
    /// It came due under a subscription; the buyer was not there.
    Cycle,
}

/// Pieces of one product, at the price of the moment of placing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// 1, 2, 3 …
    pub number: i64,
    /// The product.
    pub product: ProductId,
    /// Who sells it.
    pub seller: MemberId,
    /// Its name then.
    pub product_name: String,
    /// Its selling price then.
    pub unit_price: Money,
    /// Pieces.
    pub quantity: Quantity,
    /// `unit_price × quantity`.
    pub total: Money,
    /// Pieces that were refunded and came back.
    pub returned: i64,
}

/// A product and how many pieces of it are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestedLine {
    /// The product.
    pub product: ProductId,
    /// Pieces.
    pub quantity: Quantity,
}

/// The lines make no order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OrderRefusal {
    /// No line at all.
    #[error("an order has at least one line")]
    Empty,
    /// More than [`Order::LINES_MAX`].
    #[error("an order has at most 100 lines")]
    TooManyLines,
    /// One product twice.
    #[error("a product appears once in an order")]
    ProductTwice,
    /// The sum does not fit.
    #[error("the total is out of range")]
    Total(#[from] MoneyError),
}
fault!(OrderRefusal {
    Empty: Invalid = "order-empty",
    TooManyLines: Invalid = "validation-failed",
    ProductTwice: Invalid = "validation-failed",
    Total: Unprocessable = "amount-out-of-range",
});

/// The step is not in [`OrderState::TRANSITIONS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {} cannot become {}", from.name(), to.name())]
pub struct IllegalTransition {
    /// Where the order is.
    pub from: OrderState,
    /// Where it was to go.
    pub to: OrderState,
}

impl Kind for Order {
    const PREFIX: &'static str = "ord";
}

impl OrderOrigin {
    /// The origin's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Subscription => "subscription",
            Self::Cycle => "cycle",
        }
    }

    /// The origin of a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Buyer, Self::Subscription, Self::Cycle];
        all.into_iter().find(|origin| origin.name() == name)
    }
}

impl Order {
    /// The most lines of one order.
    pub const LINES_MAX: usize = 100;

    /// The kind under which transitions are recorded.
    pub const ENTITY: &'static str = "order";

    /// Checks wanted lines before anything is looked up.
    pub fn check_lines(lines: &[RequestedLine]) -> Result<(), OrderRefusal> {
        if lines.is_empty() {
            return Err(OrderRefusal::Empty);
        }
        if lines.len() > Self::LINES_MAX {
            return Err(OrderRefusal::TooManyLines);
        }
        let mut products: Vec<ProductId> = lines.iter().map(|line| line.product).collect();
        products.sort_unstable();
        products.dedup();
        if products.len() < lines.len() { Err(OrderRefusal::ProductTwice) } else { Ok(()) }
    }

    /// A new order of the buyer's at the products' present prices.
    pub fn place(
        id: OrderId,
        buyer: MemberId,
        items: &[(&SaleTerms, Quantity)],
        receiver: AddressDetails,
        placed_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Self, OrderRefusal> {
        let mut total = Money::zero(Currency::Krw);
        let mut lines = Vec::with_capacity(items.len());
        for ((terms, quantity), number) in items.iter().zip(1..) {
            let line = OrderLine::of(number, terms, *quantity)?;
            total = total.checked_add(line.total)?;
            lines.push(line);
        }
        let refunded = Money::zero(total.currency());
        let state = OrderState::PendingPayment;
        let capture_in_flight = None;
        let version = 1;
        Ok(Self {
            id,
            buyer,
            origin: OrderOrigin::Buyer,
            state,
            lines,
            total,
            refunded,
            receiver,
            placed_at,
            expires_at,
            capture_in_flight,
            version,
        })
    }

    /// Goes to `next` and tells the step, for the history.
    #[must_use = "a step that is not recorded breaks the history"]
    pub fn advance(
        &mut self,
        next: OrderState,
        reason: &str,
        at: Timestamp,
    ) -> Result<Transition, IllegalTransition> {
        let from = self.state;
        if !from.may_become(next) {
            return Err(IllegalTransition { from, to: next });
        }
        self.state = next;
        self.version += 1;
        Ok(self.transition(from.name(), reason, at))
    }

    /// The step that made the present version.
    pub(crate) fn transition(&self, from: &'static str, reason: &str, at: Timestamp) -> Transition {
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

    /// Money that can still go back.
    pub fn refundable(&self) -> Result<Money, MoneyError> {
        self.total.checked_sub(self.refunded)
    }
}

impl OrderLine {
    fn of(number: i64, terms: &SaleTerms, quantity: Quantity) -> Result<Self, MoneyError> {
        let unit_price = terms.price.selling();
        Ok(Self {
            number,
            product: terms.product,
            seller: terms.seller,
            product_name: terms.name.clone(),
            unit_price,
            quantity,
            total: unit_price.checked_mul(quantity.get())?,
            returned: 0,
        })
    }

    /// Pieces that have not come back.
    pub const fn kept(&self) -> i64 {
        self.quantity.get() - self.returned
    }
}
