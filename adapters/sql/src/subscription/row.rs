//! Subscriptions and cycles as they are kept.

use std::collections::HashMap;

use jangbogo_kernel::{Currency, Money, StoreError, Timestamp, Uuid};
use jangbogo_member::{AddressDetails, Phone};
use jangbogo_subscription::{
    BillingDay, Cycle, CycleState, EndReason, Subscription, SubscriptionId, SubscriptionLine,
    SubscriptionState,
};

use crate::backend::Backend;
use crate::statement::{Record, composed};

/// The columns that [`with_lines`] reads; a macro, because constant statements are made of it.
macro_rules! subscription_columns {
    () => {
        "id, member_id, state, period_days, currency, receiver_name, receiver_phone, \
         receiver_postcode, receiver_address1, receiver_address2, first_order_id, agreement_id, \
         version, created_at, ended_at, end_reason"
    };
}
pub(super) use subscription_columns;

/// The columns that [`cycle`] reads.
macro_rules! cycle_columns {
    () => {
        "id, subscription_id, number, period_start, due_at, next_at, state, tries, first_day, \
         order_id, attempt_id, announced_at, version, created_at"
    };
}
pub(super) use cycle_columns;

/// The subscriptions of these rows, in their order, with all their lines by one more query.
pub(super) async fn with_lines<DB: Backend>(
    on: &mut DB::Connection,
    rows: &[Record<DB>],
) -> Result<Vec<Subscription>, StoreError> {
    let mut found = rows.iter().map(subscription).collect::<Result<Vec<_>, _>>()?;
    if found.is_empty() {
        return Ok(found);
    }
    let ids: Vec<SubscriptionId> = found.iter().map(|subscription| subscription.id).collect();
    let lines = composed::<DB>(
        "SELECT subscription_id, product_id, quantity, unit_price FROM subscription_line \
         WHERE subscription_id",
    );
    let lines = lines.any_of(&ids).text(" ORDER BY subscription_id, number").finish();
    let places: HashMap<Uuid, usize> = (0..).zip(&ids).map(|(n, id)| (id.uuid(), n)).collect();
    for row in &lines.rows(on, "find subscription lines").await? {
        let place = places.get(&row.get::<Uuid>("subscription_id")?);
        if let Some(subscription) = place.and_then(|n| found.get_mut(*n)) {
            subscription.lines.push(SubscriptionLine {
                product: row.id("product_id")?,
                quantity: row.quantity("quantity")?,
                unit_price: Money::new(row.get("unit_price")?, Currency::Krw),
            });
        }
    }
    Ok(found)
}

fn subscription<DB: Backend>(row: &Record<DB>) -> Result<Subscription, StoreError> {
    let phone: String = row.get("receiver_phone")?;
    let ended = match row.maybe_time("ended_at")? {
        Some(at) => Some((at, row.named("end_reason", EndReason::from_name)?)),
        None => None,
    };
    Ok(Subscription {
        id: row.id("id")?,
        member: row.id("member_id")?,
        state: row.named("state", SubscriptionState::from_name)?,
        lines: Vec::new(),
        period_days: row.get("period_days")?,
        receiver: AddressDetails {
            name: row.get("receiver_name")?,
            phone: Phone::parse(&phone).map_err(|error| row.impossible(error))?,
            postcode: row.get("receiver_postcode")?,
            address1: row.get("receiver_address1")?,
            address2: row.get("receiver_address2")?,
        },
        first_order: row.id("first_order_id")?,
        agreement: row.get::<Option<Uuid>>("agreement_id")?.map(jangbogo_kernel::Id::new),
        version: row.get("version")?,
        created_at: row.time("created_at")?,
        ended,
    })
}

pub(super) fn cycle<DB: Backend>(row: &Record<DB>) -> Result<Cycle, StoreError> {
    Ok(Cycle {
        id: row.id("id")?,
        subscription: row.id("subscription_id")?,
        number: row.get("number")?,
        period_start: BillingDay::from_number(row.get("period_start")?),
        due_at: row.time("due_at")?,
        next_at: row.time("next_at")?,
        state: row.named("state", CycleState::from_name)?,
        tries: row.get("tries")?,
        first_day: row.get::<Option<i64>>("first_day")?.map(BillingDay::from_number),
        order: row.get::<Option<Uuid>>("order_id")?.map(jangbogo_kernel::Id::new),
        attempt: row.get::<Option<Uuid>>("attempt_id")?.map(jangbogo_kernel::Id::new),
        announced_at: row.get::<Option<i64>>("announced_at")?.map(Timestamp::from_micros),
        version: row.get("version")?,
        created_at: row.time("created_at")?,
    })
}
