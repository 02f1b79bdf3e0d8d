//! Our attempts against the payment provider's own books: the provider is the judge of what moved.

use std::collections::{HashMap, HashSet};

use jangbogo_kernel::StoreError;
use uuid::Uuid;

use super::{Invariant, Rule, shown};
use crate::backend::Backend;
use crate::statement::sql;
use crate::store::SqlTransaction;

pub(super) const INVARIANTS: [Invariant; 5] = [
    Invariant::always(
        "I9",
        "the provider captured at most once for an order",
        Rule::Provider(captured_twice),
    ),
    Invariant::always(
        "I10",
        "the provider never refunded more than it captured",
        Rule::Provider(refunded_too_much),
    ),
    Invariant::quiet(
        "I13",
        "our successful attempts are the provider's movements, amount and reference included",
        Rule::Provider(unmatched),
    ),
    Invariant::always(
        "I14",
        "the provider moved no money that we had not recorded as sent",
        Rule::Provider(unannounced),
    ),
    Invariant::always(
        "I18",
        "the provider charged at most once for each day of a subscription",
        Rule::Provider(charged_twice),
    ),
];

/// A movement of money in the provider's own books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderMovement {
    /// The provider's stable name.
    pub provider: String,
    /// The provider's name for the movement.
    pub id: String,
    /// Our name for the payment, as the provider kept it.
    pub merchant_ref: String,
    /// Whether it took money from the buyer; else it gave some back.
    pub capture: bool,
    /// How much, in minor units.
    pub amount: i64,
    /// The capture that a refund gives back from.
    pub parent: Option<String>,
}

/// What is compared of an attempt.
#[derive(Debug, Clone)]
pub(super) struct OurAttempt {
    id: Uuid,
    /// What it is for; surplus is for nothing.
    intent: Option<Uuid>,
    order: Uuid,
    capture: bool,
    provider: String,
    merchant_ref: String,
    amount: i64,
    sent: bool,
    succeeded: bool,
    transaction: Option<String>,
    /// The subscription and day that it was charged for.
    cycle: Option<(Uuid, i64)>,
}

/// Every attempt.
pub(super) async fn our_attempts<DB: Backend>(
    snapshot: &mut SqlTransaction<DB>,
) -> Result<Vec<OurAttempt>, StoreError> {
    let rows = sql::<DB>(
        "SELECT a.id, a.intent_id, a.order_id, a.operation, a.provider, a.merchant_ref, a.amount, \
                a.state, a.sent_at, a.provider_transaction, a.is_surplus, c.subscription_id, \
                c.period_start \
         FROM payment_attempt a LEFT JOIN due_cycle c ON c.order_id = a.order_id ORDER BY a.id",
    )
    .rows(snapshot.on(), "read all payment attempts")
    .await?;
    rows.iter()
        .map(|row| {
            Ok(OurAttempt {
                id: row.get("id")?,
                intent: (!row.get::<bool>("is_surplus")?)
                    .then(|| row.get("intent_id"))
                    .transpose()?,
                order: row.get("order_id")?,
                capture: row.get::<String>("operation")? == "CAPTURE",
                provider: row.get("provider")?,
                merchant_ref: row.get("merchant_ref")?,
                amount: row.get("amount")?,
                sent: row.get::<Option<i64>>("sent_at")?.is_some(),
                succeeded: row.get::<String>("state")? == "SUCCEEDED",
                transaction: row.get("provider_transaction")?,
                cycle: Option::zip(row.get("subscription_id")?, row.get("period_start")?),
            })
        })
        .collect()
}

/// I9: an intent whose captures have more than one capture at the provider, apart from those that
/// go back by themselves.
fn captured_twice(attempts: &[OurAttempt], movements: &[ProviderMovement]) -> Vec<String> {
    let mut captures: HashMap<(&str, &str), usize> = HashMap::new();
    for movement in movements.iter().filter(|m| m.capture) {
        *captures.entry((&movement.provider, &movement.merchant_ref)).or_default() += 1;
    }
    let mut by_intent: HashMap<(Uuid, Uuid), usize> = HashMap::new();
    let mut counted = HashSet::new();
    for attempt in attempts.iter().filter(|a| a.capture) {
        let Some(intent) = attempt.intent else { continue };
        let name = (attempt.provider.as_str(), attempt.merchant_ref.as_str());
        if counted.insert((intent, name)) {
            let of_intent = by_intent.entry((attempt.order, intent)).or_default();
            *of_intent += captures.get(&name).copied().unwrap_or(0);
        }
    }
    let twice = by_intent.into_iter().filter(|(_, captures)| *captures > 1);
    sorted(twice.map(|((order, _), captures)| {
        format!("{}: captured {captures} times", shown("ord", order))
    }))
}

/// I10: a capture that more went back from than it took.
fn refunded_too_much(_: &[OurAttempt], movements: &[ProviderMovement]) -> Vec<String> {
    let mut left: HashMap<(&str, &str), i128> = HashMap::new();
    for movement in movements {
        let (capture, change) = match (&movement.parent, movement.capture) {
            (_, true) => (&movement.id, i128::from(movement.amount)),
            (Some(parent), false) => (parent, -i128::from(movement.amount)),
            // A refund of nothing: told under its own name.
            (None, false) => (&movement.id, -i128::from(movement.amount)),
        };
        *left.entry((&movement.provider, capture)).or_default() += change;
    }
    let below = left.into_iter().filter(|(_, left)| *left < 0);
    sorted(below.map(|((provider, capture), left)| {
        format!("{provider} {capture}: {} too much went back", -left)
    }))
}

/// I13: a success without its movement, a movement without its success, or two that differ.
fn unmatched(attempts: &[OurAttempt], movements: &[ProviderMovement]) -> Vec<String> {
    let mut found = Vec::new();
    let mut at_provider = HashMap::with_capacity(movements.len());
    for movement in movements {
        let name = (movement.provider.as_str(), movement.id.as_str());
        if at_provider.insert(name, movement).is_some() {
            found.push(format!("{} {}: twice in the provider's books", name.0, name.1));
        }
    }
    for attempt in attempts.iter().filter(|a| a.succeeded) {
        let name = shown("pay", attempt.id);
        let id = attempt.transaction.as_deref().unwrap_or_default();
        let id = witnessed(attempt, &at_provider).unwrap_or(id);
        match at_provider.remove(&(attempt.provider.as_str(), id)) {
            None => found.push(format!("{name}: {} has no {id:?}", attempt.provider)),
            Some(movement) if !is_same(attempt, movement) => {
                found.push(format!("{name}: differs from {} {id}", attempt.provider));
            }
            Some(_) => {}
        }
    }
    let unknown = at_provider.into_values();
    found.extend(
        unknown.map(|m: &ProviderMovement| format!("{} {}: not in our books", m.provider, m.id)),
    );
    sorted(found)
}

/// A charge that only the provider's register bears witness of is known by our own name until the
/// provider tells its own: it is the one capture under that name.
fn witnessed<'a>(
    attempt: &OurAttempt,
    at_provider: &HashMap<(&'a str, &'a str), &'a ProviderMovement>,
) -> Option<&'a str> {
    let name = attempt.transaction.as_deref()?.strip_prefix("witnessed:")?;
    let is_its = |m: &&&ProviderMovement| {
        m.capture && m.merchant_ref == name && m.provider == attempt.provider
    };
    at_provider.values().find(is_its).map(|movement| movement.id.as_str())
}

fn is_same(attempt: &OurAttempt, movement: &ProviderMovement) -> bool {
    attempt.capture == movement.capture
        && attempt.amount == movement.amount
        && attempt.merchant_ref == movement.merchant_ref
}

/// I14: a movement that no attempt of ours was sent for.
fn unannounced(attempts: &[OurAttempt], movements: &[ProviderMovement]) -> Vec<String> {
    let sent: HashSet<(&str, &str, bool)> = attempts
        .iter()
        .filter(|a| a.sent)
        .map(|a| (a.provider.as_str(), a.merchant_ref.as_str(), a.capture))
        .collect();
    let announced = |m: &&ProviderMovement| {
        sent.contains(&(m.provider.as_str(), m.merchant_ref.as_str(), m.capture))
    };
    let unannounced = movements.iter().filter(|m| !announced(m));
    sorted(unannounced.map(|m| format!("{} {}: {:?}", m.provider, m.id, m.merchant_ref)))
}

/// I18: a subscription's day that more than one capture at the provider was made for.
fn charged_twice(attempts: &[OurAttempt], movements: &[ProviderMovement]) -> Vec<String> {
    let mut captures: HashMap<(&str, &str), usize> = HashMap::new();
    for movement in movements.iter().filter(|m| m.capture) {
        *captures.entry((&movement.provider, &movement.merchant_ref)).or_default() += 1;
    }
    let mut by_day: HashMap<(Uuid, i64), usize> = HashMap::new();
    for attempt in attempts.iter().filter(|a| a.capture) {
        if let Some(day) = attempt.cycle {
            let name = (attempt.provider.as_str(), attempt.merchant_ref.as_str());
            *by_day.entry(day).or_default() += captures.get(&name).copied().unwrap_or(0);
        }
    }
    let twice = by_day.into_iter().filter(|(_, captures)| *captures > 1);
    sorted(twice.map(|((subscription, day), captures)| {
        format!("{}: day {day} was charged {captures} times", shown("sub", subscription))
    }))
}

/// Reports are the same however hash maps are ordered.
fn sorted(found: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut found: Vec<String> = found.into_iter().collect();
    found.sort_unstable();
    found
}

#[cfg(test)]
#[path = "provider_tests.rs"]
mod tests;
