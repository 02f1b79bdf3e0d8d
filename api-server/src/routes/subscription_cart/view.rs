//! How a subscription cart looks.

use jangbogo_cart::CartLine;
use jangbogo_kernel::MoneyError;
use jangbogo_member::Caller;
use jangbogo_ordering::OrderRefusal;
use jangbogo_setup::Shop;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::routes::cart::{CartLineView, CartTotalsView};

/// A subscription cart, at the prices and with the stock of this moment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubscriptionCartView {
    /// The shortest period first; each would become one subscription.
    periods: Vec<PeriodView>,
}

/// What is wanted at one period.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PeriodView {
    /// Days from one charge to the next.
    period_days: i64,
    /// Oldest first, one per product.
    lines: Vec<CartLineView>,
    /// What each charge would take now; lines that are not available do not count.
    totals: CartTotalsView,
}

impl SubscriptionCartView {
    /// The caller's subscription cart as it is now.
    pub(crate) async fn load(shop: &Shop, caller: &Caller) -> Result<Self, Problem> {
        let periods = shop.recurring_carts.get(caller.member).await?.by_period();
        let periods = periods.iter().map(|(days, lines)| PeriodView::of(*days, lines));
        let periods = periods.collect::<Result<_, _>>().map_err(OrderRefusal::from)?;
        Ok(Self { periods })
    }
}

impl PeriodView {
    fn of(period_days: i64, lines: &[CartLine]) -> Result<Self, MoneyError> {
        let totals = CartTotalsView::of(lines)?;
        let lines = lines.iter().map(CartLineView::of).collect::<Result<_, _>>()?;
        Ok(Self { period_days, lines, totals })
    }
}
