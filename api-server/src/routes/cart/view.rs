//! How a cart looks.

use jangbogo_cart::{Cart, CartLine, CartTotals};
use jangbogo_kernel::MoneyError;
use jangbogo_member::Caller;
use jangbogo_ordering::OrderRefusal;
use jangbogo_setup::Shop;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::routes::view::MoneyView;

/// A cart, at the prices and with the stock of this moment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CartView {
    /// Oldest first, one per product.
    lines: Vec<CartLineView>,
    /// What it would cost; lines that are not available do not count.
    totals: CartTotalsView,
}

/// A line of a cart.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CartLineView {
    /// The product.
    #[schema(examples("pro_019a2f3e4b5c7d8e9f0a1b2c3d4e5f60"))]
    product_id: String,
    /// Its name.
    name: String,
    /// What one piece costs now.
    unit_price: MoneyView,
    /// Pieces in the cart.
    quantity: i64,
    /// Pieces that can be ordered now.
    stock: i64,
    /// Whether the line could be ordered now.
    available: bool,
    /// What the line costs now.
    total: MoneyView,
}

/// What a cart would cost.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CartTotalsView {
    /// Pieces.
    pieces: i64,
    /// At original prices.
    original: MoneyView,
    /// Saved by discounts.
    discount: MoneyView,
    /// To pay.
    to_pay: MoneyView,
}

impl CartView {
    /// The caller's cart as it is now.
    pub(crate) async fn load(shop: &Shop, caller: &Caller) -> Result<Self, Problem> {
        let cart = shop.carts.get(caller.member).await?;
        Ok(Self::of(&cart).map_err(OrderRefusal::from)?)
    }

    fn of(cart: &Cart) -> Result<Self, MoneyError> {
        let totals = CartTotalsView::of(&cart.lines)?;
        let lines = cart.lines.iter().map(CartLineView::of).collect::<Result<_, _>>()?;
        Ok(Self { lines, totals })
    }
}

impl CartTotalsView {
    /// What these lines would cost.
    pub(crate) fn of(lines: &[CartLine]) -> Result<Self, MoneyError> {
        let totals = CartTotals::of(lines)?;
        Ok(Self {
            pieces: totals.pieces,
            original: totals.original.into(),
            discount: totals.discount.into(),
            to_pay: totals.to_pay.into(),
        })
    }
}

impl CartLineView {
    /// The line as it is shown.
    pub(crate) fn of(line: &CartLine) -> Result<Self, MoneyError> {
        Ok(Self {
            product_id: line.terms.product.to_string(),
            name: line.terms.name.clone(),
            unit_price: line.terms.price.selling().into(),
            quantity: line.item.quantity.get(),
            stock: line.stock,
            available: line.is_available(),
            total: line.total()?.into(),
        })
    }
}
