//! How comparisons of books look.

use jangbogo_payment::{Difference, Reconciliation, ReconciliationDetail};
use serde::Serialize;
use utoipa::ToSchema;

use crate::routes::view::MoneyView;

/// One comparison of our books with a provider's.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReconciliationView {
    /// The comparison.
    #[schema(examples("rcn_019a2f3e4b5c7d8e9f0a1b2c3d4e5f60"))]
    id: String,
    /// Whose books.
    #[schema(examples("kakaopay"))]
    provider: String,
    /// What happened from here on …
    from: String,
    /// … up to here was compared.
    until: String,
    /// `running`, `done`, or `broken_off`.
    #[schema(examples("done"))]
    status: &'static str,
    /// Why it broke off.
    problem: Option<String>,
    /// When it began.
    started_at: String,
    /// When it came to its end.
    finished_at: Option<String>,
    /// Our attempts that were compared.
    compared: u32,
    /// Payments that the provider was asked about.
    asked: u32,
    /// Payments that changed each time they were looked at; the next comparison is for them.
    busy: u32,
    /// Differences that were found.
    differences: u32,
    /// Of those, the ones that nothing has settled: somebody must look.
    open: u32,
}

/// The same with the differences.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReconciliationDetailView {
    /// The comparison.
    reconciliation: ReconciliationView,
    /// Those that somebody must look at first; at most 1000.
    differences: Vec<DifferenceView>,
}

/// Something that is not the same in both books.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DifferenceView {
    /// `missing_here` (they moved money, we say nothing moved), `missing_there` (the other way
    /// round), `other_amount`, or `other_state` (we did not know, and they did).
    #[schema(examples("missing_here"))]
    class: &'static str,
    /// Our name for the payment.
    merchant_ref: String,
    /// Our attempt, if it is ours at all; look at it under `/payment-reviews`.
    payment_id: Option<String>,
    /// The provider's name for the movement.
    movement_id: Option<String>,
    /// How much moved by our books.
    ours: Option<MoneyView>,
    /// How much moved by the provider's.
    theirs: Option<MoneyView>,
    /// Settled by what the provider said.
    is_repaired: bool,
}

impl ReconciliationView {
    pub(super) fn of(run: &Reconciliation) -> Self {
        let status = match (&run.finished_at, &run.problem) {
            (Some(_), _) => "done",
            (None, Some(_)) => "broken_off",
            (None, None) => "running",
        };
        Self {
            id: run.id.to_string(),
            provider: run.provider.0.clone(),
            from: run.period.from.to_string(),
            until: run.period.until.to_string(),
            status,
            problem: run.problem.clone(),
            started_at: run.started_at.to_string(),
            finished_at: run.finished_at.map(|at| at.to_string()),
            compared: run.totals.compared,
            asked: run.totals.asked,
            busy: run.totals.busy,
            differences: run.totals.differences,
            open: run.totals.open,
        }
    }
}

impl ReconciliationDetailView {
    pub(super) fn of(detail: &ReconciliationDetail) -> Self {
        Self {
            reconciliation: ReconciliationView::of(&detail.run),
            differences: detail.differences.iter().map(DifferenceView::of).collect(),
        }
    }
}

impl DifferenceView {
    fn of(difference: &Difference) -> Self {
        Self {
            class: difference.class.name(),
            merchant_ref: difference.merchant_ref.clone(),
            payment_id: difference.attempt.map(|id| id.to_string()),
            movement_id: difference.movement.clone(),
            ours: difference.ours.map(MoneyView::from),
            theirs: difference.theirs.map(MoneyView::from),
            is_repaired: difference.is_repaired,
        }
    }
}
