//! A subscription as its member sees it.

use jangbogo_member::{AccessError, Caller};
use jangbogo_setup::Shop;
use jangbogo_subscription::{Cycle, Subscription, SubscriptionDetail, SubscriptionId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::routes::view::MoneyView;

/// What is wanted again and again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubscriptionSummaryView {
    /// The subscription.
    #[schema(examples("sub_019a2f3e4b5c7d8e9f0a1b2c3d4e5f60"))]
    id: String,
    /// `awaiting_first_payment`, `active`, `past_due`, `paused`, `ending`, `cancelled`.
    status: &'static str,
    /// Days from one charge to the next.
    period_days: i64,
    /// One line per product.
    lines: Vec<SubscriptionLineView>,
    /// What the next charge takes, at the prices that the member was told.
    total: MoneyView,
    /// The order that it began with.
    first_order_id: String,
    /// When it began.
    created_at: String,
    /// When it ended.
    ended_at: Option<String>,
    /// Why: `member`, `member_left`, `not_paid`, `declined`, `agreement_ended`, `agreement_lost`.
    end_reason: Option<&'static str>,
}

/// Pieces of one product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubscriptionLineView {
    /// The product.
    product_id: String,
    /// Pieces.
    quantity: i64,
    /// What one piece costs, as the member was told last.
    unit_price: MoneyView,
}

/// What is due on one day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CycleView {
    /// 0 is the first payment, then 1, 2, 3 …
    number: i64,
    /// The day on the billing calendar.
    #[schema(examples("2026-12-21"))]
    day: String,
    /// `scheduled`, `held`, `charging`, `retrying`, `paid`, `failed`, `skipped`, `left_out`,
    /// `cancelled`.
    status: String,
    /// When it is charged, or tried again, next; null when it is over.
    next_at: Option<String>,
    /// How often a provider has decided about it.
    tries: i64,
    /// Its order, from the first try on.
    order_id: Option<String>,
}

/// The same with its cycles.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubscriptionView {
    #[serde(flatten)]
    summary: SubscriptionSummaryView,
    /// The 12 newest cycles, newest first.
    cycles: Vec<CycleView>,
}

impl SubscriptionView {
    /// The caller's own subscription.
    pub(crate) async fn load(
        shop: &Shop,
        caller: &Caller,
        id: SubscriptionId,
    ) -> Result<Self, Problem> {
        let detail = shop.subscriptions.find(id).await?.ok_or(AccessError::Hidden)?;
        caller.require_owner(detail.subscription.member)?;
        Self::of(&detail)
    }

    fn of(detail: &SubscriptionDetail) -> Result<Self, Problem> {
        Ok(Self {
            summary: SubscriptionSummaryView::of(&detail.subscription)?,
            cycles: detail.cycles.iter().map(CycleView::of).collect(),
        })
    }
}

impl SubscriptionSummaryView {
    pub(crate) fn of(subscription: &Subscription) -> Result<Self, Problem> {
        let lines = subscription.lines.iter().map(|line| SubscriptionLineView {
            product_id: line.product.to_string(),
            quantity: line.quantity.get(),
            unit_price: line.unit_price.into(),
        });
        let total = subscription.total().map_err(|error| {
            tracing::error!(%error, subscription = %subscription.id, "it cannot be added up");
            Problem::of("internal")
        })?;
        Ok(Self {
            id: subscription.id.to_string(),
            status: subscription.state.name(),
            period_days: subscription.period_days,
            lines: lines.collect(),
            total: total.into(),
            first_order_id: subscription.first_order.to_string(),
            created_at: subscription.created_at.to_string(),
            ended_at: subscription.ended.map(|(at, _)| at.to_string()),
            end_reason: subscription.ended.map(|(_, reason)| reason.name()),
        })
    }
}

impl CycleView {
    fn of(cycle: &Cycle) -> Self {
        Self {
            number: cycle.number,
            day: cycle.period_start.to_string(),
            status: cycle.state.name().to_ascii_lowercase(),
            next_at: cycle.state.is_open().then(|| cycle.next_at.to_string()),
            tries: cycle.tries,
            order_id: cycle.order.map(|order| order.to_string()),
        }
    }
}
