//! What may never be wrong in the shop's data: each invariant is a query that must find nothing.
//!
//! The database refuses most of these breaches by itself (CHECK, UNIQUE, triggers); the checker is
//! the second, independent look. `I…` are the numbers of the reliability goals, `X…` belong to this
//! schema. Claims about answers rather than rows (the order of news does not matter, what was
//! acknowledged exists) cannot be seen here: tests make them from outside.

mod catalogue;
mod counters;
mod events;
mod inventory;
mod money;
mod orders;
mod provider;
mod report;
mod sessions;
mod subscriptions;

use std::time::Duration;

use jangbogo_kernel::{StoreError, Timestamp};
use jangbogo_ordering::{Order, OrderState};
use jangbogo_payment::{Agreement, AgreementState, Attempt, AttemptState};
use jangbogo_subscription::{Cycle, CycleState, Subscription, SubscriptionState};
use uuid::Uuid;

pub use provider::ProviderMovement;
pub use report::{Breach, NotChecked, Report};

use crate::backend::Backend;
use crate::statement::sql;
use crate::store::{SqlStore, SqlTransaction};
use provider::OurAttempt;

/// One thing that may never be wrong.
#[derive(Debug)]
pub struct Invariant {
    /// `I1`, `X1` …
    pub id: &'static str,
    /// What holds, in words.
    pub name: &'static str,
    /// When it holds.
    pub class: Class,
    rule: Rule,
}

/// When an invariant holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// After every commit; can be checked at any instant, also while everything is on fire.
    Always,
    /// Once faults are healed, queues are drained and time bounds have passed.
    Quiet,
}

/// The moment at which a shop is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Work is under way; only what always holds is checked.
    Any,
    /// Work has come to rest; everything is checked.
    Quiet,
}

/// How breaches are found.
#[derive(Debug)]
enum Rule {
    /// The ids in the column `subject` are the breaches.
    Rows(Rows),
    /// The same for the versions of the history, and every kind of step in it must be legal.
    Steps(Rows),
    /// Compares our attempts with the provider's books.
    Provider(fn(&[OurAttempt], &[ProviderMovement]) -> Vec<String>),
}

/// A query that must return nothing; the same text for both engines.
#[derive(Debug)]
struct Rows {
    sql: &'static str,
    /// What stands in front of the id when it is shown, as in the API.
    prefix: &'static str,
    /// `$1` is so long before the time of the check; without it there is no argument.
    grace: Option<Duration>,
}

impl Rows {
    const fn of(prefix: &'static str, sql: &'static str) -> Self {
        let grace = None;
        Self { sql, prefix, grace }
    }

    const fn older_than(grace: Duration, prefix: &'static str, sql: &'static str) -> Self {
        let grace = Some(grace);
        Self { sql, prefix, grace }
    }
}

impl Invariant {
    const fn always(id: &'static str, name: &'static str, rule: Rule) -> Self {
        let class = Class::Always;
        Self { id, name, class, rule }
    }

    const fn quiet(id: &'static str, name: &'static str, rule: Rule) -> Self {
        let class = Class::Quiet;
        Self { id, name, class, rule }
    }
}

/// Every invariant.
pub fn all() -> impl Iterator<Item = &'static Invariant> {
    let groups: [&'static [Invariant]; 9] = [
        &inventory::INVARIANTS,
        &counters::INVARIANTS,
        &orders::INVARIANTS,
        &money::INVARIANTS,
        &provider::INVARIANTS,
        &events::INVARIANTS,
        &sessions::INVARIANTS,
        &catalogue::INVARIANTS,
        &subscriptions::INVARIANTS,
    ];
    groups.into_iter().flatten()
}

/// Looks for breaches of every invariant that holds at such a moment, in one snapshot.
///
/// `provider` is everything in the payment provider's own books, read before this is called: a
/// movement that is already there belongs to an attempt that the snapshot shows as sent. Without
/// it, the invariants that need it are reported as not checked.
pub async fn check<DB: Backend>(
    store: &SqlStore<DB>,
    moment: Moment,
    now: Timestamp,
    provider: Option<&[ProviderMovement]>,
) -> Result<Report, StoreError> {
    let mut snapshot = store.snapshot().await?;
    let books = match provider {
        Some(movements) => Some((provider::our_attempts(&mut snapshot).await?, movements)),
        None => None,
    };
    let mut report = Report::default();
    for invariant in all() {
        if invariant.class == Class::Quiet && moment == Moment::Any {
            report.leave_out(invariant, "holds only once work has come to rest");
            continue;
        }
        let subjects = match (&invariant.rule, &books) {
            (Rule::Rows(rows), _) => subjects(&mut snapshot, rows, now).await?,
            (Rule::Steps(rows), _) => {
                let mut subjects = subjects(&mut snapshot, rows, now).await?;
                subjects.extend(illegal_steps(&mut snapshot).await?);
                subjects
            }
            (Rule::Provider(compare), Some((attempts, movements))) => compare(attempts, movements),
            (Rule::Provider(_), None) => {
                report.leave_out(invariant, "needs the payment provider's books");
                continue;
            }
        };
        report.checked(invariant, subjects);
    }
    Ok(report)
}

async fn subjects<DB: Backend>(
    snapshot: &mut SqlTransaction<DB>,
    rows: &Rows,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let mut statement = sql::<DB>(rows.sql);
    if let Some(grace) = rows.grace {
        statement = statement.bind(now.minus(grace).as_micros());
    }
    let found = statement.rows(snapshot.on(), "check an invariant").await?;
    found
        .iter()
        .map(|row| {
            let id = row.get::<Option<Uuid>>("subject")?;
            Ok(id.map_or_else(|| "a row without id".to_owned(), |id| shown(rows.prefix, id)))
        })
        .collect()
}

/// An id as the API shows it; without a prefix when it may be of several kinds.
fn shown(prefix: &str, id: Uuid) -> String {
    if prefix.is_empty() {
        id.as_simple().to_string()
    } else {
        format!("{prefix}_{}", id.as_simple())
    }
}

async fn illegal_steps<DB: Backend>(
    snapshot: &mut SqlTransaction<DB>,
) -> Result<Vec<String>, StoreError> {
    let rows = sql::<DB>("SELECT DISTINCT entity, from_state, to_state FROM state_history")
        .rows(snapshot.on(), "read the history's steps")
        .await?;
    let mut illegal = Vec::new();
    for row in rows {
        let (entity, from, to): (String, String, String) =
            (row.get("entity")?, row.get("from_state")?, row.get("to_state")?);
        if !is_legal(&entity, &from, &to) {
            illegal.push(format!("{entity}: {from:?} → {to:?}"));
        }
    }
    Ok(illegal)
}

/// Whether the domain allows the step; an empty `from` is creation.
fn is_legal(entity: &str, from: &str, to: &str) -> bool {
    match entity {
        Order::ENTITY => match (OrderState::from_name(from), OrderState::from_name(to)) {
            (Some(from), Some(to)) => from.may_become(to),
            (None, Some(to)) => from.is_empty() && to == OrderState::PendingPayment,
            _ => false,
        },
        Attempt::ENTITY => match (AttemptState::from_name(from), AttemptState::from_name(to)) {
            (Some(from), Some(to)) => from.may_become(to),
            (None, Some(to)) => from.is_empty() && to == AttemptState::Created,
            _ => false,
        },
        Subscription::ENTITY => {
            match (SubscriptionState::from_name(from), SubscriptionState::from_name(to)) {
                (Some(from), Some(to)) => from.may_become(to),
                (None, Some(to)) => {
                    from.is_empty() && to == SubscriptionState::AwaitingFirstPayment
                }
                _ => false,
            }
        }
        Cycle::ENTITY => match (CycleState::from_name(from), CycleState::from_name(to)) {
            (Some(from), Some(to)) => from.may_become(to),
            // The first one is written when it is paid already.
            (None, Some(to)) => {
                from.is_empty() && matches!(to, CycleState::Scheduled | CycleState::Paid)
            }
            _ => false,
        },
        Agreement::ENTITY => match (AgreementState::from_name(from), AgreementState::from_name(to))
        {
            (Some(from), Some(to)) => from.may_become(to),
            (None, Some(to)) => from.is_empty() && to == AgreementState::Active,
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ids_of_their_own() {
        let mut ids: Vec<&str> = all().map(|invariant| invariant.id).collect();
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }

    #[test]
    fn steps_are_judged_by_the_domain() {
        assert!(is_legal("order", "", "pending_payment"));
        assert!(is_legal("order", "paid", "preparing"));
        assert!(is_legal("attempt", "", "CREATED"));
        assert!(is_legal("attempt", "SENT", "UNKNOWN"));
        for (entity, from, to) in [
            ("order", "", "paid"),
            ("order", "shipped", "paid"),
            ("order", "nonsense", "pending_payment"),
            ("attempt", "", "SENT"),
            ("attempt", "SUCCEEDED", "DECLINED"),
            ("parcel", "", "CREATED"),
        ] {
            assert!(!is_legal(entity, from, to), "{entity}: {from} → {to}");
        }
    }
}
