//! Shapes that many answers share.

use jangbogo_kernel::{Money, Page};
use serde::Serialize;
use utoipa::ToSchema;

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct MoneyView {
    /// Minor units: won, cents.
    #[schema(examples(12900))]
    pub(crate) amount: i64,
    /// ISO 4217.
    #[schema(examples("KRW"))]
    pub(crate) currency: &'static str,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PageView<T> {
    /// The items, in the list's order.
    pub(crate) items: Vec<T>,
    /// Give it as `cursor` to get the next page; null on the last one.
    pub(crate) next_cursor: Option<String>,
    /// Give it as `cursor` to get the page before; null on the first one.
    pub(crate) prev_cursor: Option<String>,
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self { amount: money.minor(), currency: money.currency().code() }
    }
}

impl<T> PageView<T> {
    /// Shows a page item by item.
    pub(crate) fn of<I>(page: Page<I>, view: impl Fn(I) -> T) -> Self {
        Self {
            items: page.items.into_iter().map(view).collect(),
            next_cursor: page.next.map(|cursor| cursor.to_string()),
            prev_cursor: page.previous.map(|cursor| cursor.to_string()),
        }
    }

    /// Shows a list that is short enough for one page.
    pub(crate) fn whole(items: impl IntoIterator<Item = T>) -> Self {
        Self { items: items.into_iter().collect(), next_cursor: None, prev_cursor: None }
    }
}
