//! Subscriptions inside transactions.

use async_trait::async_trait;
use jangbogo_kernel::{Id, StoreError, Timestamp};
use jangbogo_member::MemberId;
use jangbogo_ordering::OrderId;
use jangbogo_subscription::{
    BillingDay, ChargeTry, Cycle, CycleId, Subscription, SubscriptionId, SubscriptionRepository,
};

use super::row::{cycle, cycle_columns, subscription_columns, with_lines};
use crate::backend::Backend;
use crate::statement::{Insert, Statement, assembled, composed, sql};
use crate::store::SqlTransaction;

/// What the index of open cycles demands; SQLite uses it only when the statement says it too.
const OPEN: &str = "state IN ('SCHEDULED', 'HELD', 'CHARGING', 'RETRYING')";

#[async_trait]
impl<DB: Backend> SubscriptionRepository for SqlTransaction<DB> {
    async fn add(&mut self, subscription: &Subscription) -> Result<(), StoreError> {
        let mut insert =
            Insert::<DB>::into(concat!("subscription (", subscription_columns!(), ")"));
        let receiver = subscription.receiver.clone();
        insert.row(|row| {
            row.bind(subscription.id.uuid())
                .bind(subscription.member.uuid())
                .bind(subscription.state.name().to_owned())
                .bind(subscription.period_days)
                .bind("KRW".to_owned())
                .bind(receiver.name)
                .bind(receiver.phone.as_str().to_owned())
                .bind(receiver.postcode)
                .bind(receiver.address1)
                .bind(receiver.address2)
                .bind(subscription.first_order.uuid())
                .bind(subscription.agreement.map(Id::uuid))
                .bind(subscription.version)
                .bind(subscription.created_at.as_micros())
                .bind(subscription.ended.map(|(at, _)| at.as_micros()))
                .bind(subscription.ended.map(|(_, reason)| reason.name().to_owned()))
        });
        insert.execute(self.on(), "add a subscription").await?;
        add_lines(self, subscription).await
    }

    async fn find(&mut self, id: SubscriptionId) -> Result<Option<Subscription>, StoreError> {
        let text = concat!("SELECT ", subscription_columns!(), " FROM subscription WHERE id = $1");
        let found = assembled::<DB>(format!("{text}{}", DB::FOR_UPDATE)).bind(id.uuid());
        let rows = found.rows(self.on(), "find a subscription").await?;
        Ok(with_lines(self.on(), &rows).await?.pop())
    }

    async fn of_cycle(&mut self, id: CycleId) -> Result<Option<(Subscription, Cycle)>, StoreError> {
        let text = format!(
            concat!(
                "SELECT ",
                subscription_columns!(),
                " FROM subscription \
                 WHERE id = (SELECT subscription_id FROM due_cycle WHERE id = $1){}"
            ),
            DB::FOR_UPDATE
        );
        let found = assembled::<DB>(text).bind(id.uuid());
        let rows = found.rows(self.on(), "lock a cycle's subscription").await?;
        let Some(subscription) = with_lines(self.on(), &rows).await?.pop() else {
            return Ok(None);
        };
        let row = sql::<DB>(concat!("SELECT ", cycle_columns!(), " FROM due_cycle WHERE id = $1"))
            .bind(id.uuid())
            .row(self.on(), "find a cycle")
            .await?;
        let cycle = row.as_ref().map(cycle).transpose()?;
        Ok(cycle.map(|cycle| (subscription, cycle)))
    }

    async fn of_order(&mut self, order: OrderId) -> Result<Option<Subscription>, StoreError> {
        // Two questions: one with OR would read the whole table.
        let text = concat!("SELECT ", subscription_columns!(), " FROM subscription WHERE ");
        for condition in [
            "first_order_id = $1",
            "id = (SELECT subscription_id FROM due_cycle WHERE order_id = $1)",
        ] {
            let text = format!("{text}{condition}{}", DB::FOR_UPDATE);
            let found = assembled::<DB>(text).bind(order.uuid());
            let rows = found.rows(self.on(), "find an order's subscription").await?;
            if let Some(subscription) = with_lines(self.on(), &rows).await?.pop() {
                return Ok(Some(subscription));
            }
        }
        Ok(None)
    }

    async fn of_member(
        &mut self,
        member: MemberId,
        after: Option<SubscriptionId>,
        limit: u32,
    ) -> Result<Vec<Subscription>, StoreError> {
        let mut found = composed::<DB>(concat!(
            "SELECT ",
            subscription_columns!(),
            " FROM subscription WHERE state NOT IN ('ending', 'cancelled') AND member_id = "
        ))
        .bind(member.uuid());
        if let Some(after) = after {
            found = found.text(" AND id > ").bind(after.uuid());
        }
        let found = found.text(" ORDER BY id LIMIT ").bind(i64::from(limit));
        let found = found.text(DB::FOR_UPDATE).finish();
        let rows = found.rows(self.on(), "find a member's subscriptions").await?;
        with_lines(self.on(), &rows).await
    }

    async fn open_cycle(&mut self, id: SubscriptionId) -> Result<Option<Cycle>, StoreError> {
        let text = format!(
            concat!(
                "SELECT ",
                cycle_columns!(),
                " FROM due_cycle WHERE subscription_id = $1 AND {}"
            ),
            OPEN
        );
        let row = assembled::<DB>(text)
            .bind(id.uuid())
            .row(self.on(), "find a subscription's open cycle")
            .await?;
        row.as_ref().map(cycle).transpose()
    }

    async fn last_day(&mut self, id: SubscriptionId) -> Result<Option<BillingDay>, StoreError> {
        let text = format!(
            "SELECT MAX(period_start) AS day FROM due_cycle \
             WHERE subscription_id = $1 AND NOT {OPEN}"
        );
        let row = assembled::<DB>(text)
            .bind(id.uuid())
            .row(self.on(), "find a subscription's last day")
            .await?;
        let day = row.map(|row| row.get::<Option<i64>>("day")).transpose()?.flatten();
        Ok(day.map(BillingDay::from_number))
    }

    async fn is_skipped(
        &mut self,
        id: SubscriptionId,
        day: BillingDay,
    ) -> Result<bool, StoreError> {
        let row = sql::<DB>(
            "SELECT id FROM due_cycle \
             WHERE subscription_id = $1 AND period_start = $2 AND state = 'SKIPPED'",
        )
        .bind(id.uuid())
        .bind(day.number())
        .row(self.on(), "find a skipped cycle")
        .await?;
        Ok(row.is_some())
    }

    async fn save(&mut self, subscription: &Subscription) -> Result<(), StoreError> {
        let receiver = subscription.receiver.clone();
        sql::<DB>(
            "UPDATE subscription SET state = $1, period_days = $2, receiver_name = $3, \
                 receiver_phone = $4, receiver_postcode = $5, receiver_address1 = $6, \
                 receiver_address2 = $7, agreement_id = $8, version = $9, ended_at = $10, \
                 end_reason = $11 \
             WHERE id = $12 AND version = $13",
        )
        .bind(subscription.state.name().to_owned())
        .bind(subscription.period_days)
        .bind(receiver.name)
        .bind(receiver.phone.as_str().to_owned())
        .bind(receiver.postcode)
        .bind(receiver.address1)
        .bind(receiver.address2)
        .bind(subscription.agreement.map(Id::uuid))
        .bind(subscription.version)
        .bind(subscription.ended.map(|(at, _)| at.as_micros()))
        .bind(subscription.ended.map(|(_, reason)| reason.name().to_owned()))
        .bind(subscription.id.uuid())
        .bind(subscription.version - 1)
        .change_one(self.on(), "save a subscription")
        .await
    }

    async fn save_lines(&mut self, subscription: &Subscription) -> Result<(), StoreError> {
        sql::<DB>("DELETE FROM subscription_line WHERE subscription_id = $1")
            .bind(subscription.id.uuid())
            .execute(self.on(), "replace subscription lines")
            .await?;
        add_lines(self, subscription).await
    }

    async fn add_cycle(&mut self, cycle: &Cycle) -> Result<(), StoreError> {
        let mut insert = Insert::<DB>::into(concat!("due_cycle (", cycle_columns!(), ")"));
        insert.row(|row| {
            row.bind(cycle.id.uuid())
                .bind(cycle.subscription.uuid())
                .bind(cycle.number)
                .bind(cycle.period_start.number())
                .bind(cycle.due_at.as_micros())
                .bind(cycle.next_at.as_micros())
                .bind(cycle.state.name().to_owned())
                .bind(cycle.tries)
                .bind(cycle.first_day.map(BillingDay::number))
                .bind(cycle.order.map(Id::uuid))
                .bind(cycle.attempt.map(Id::uuid))
                .bind(cycle.announced_at.map(Timestamp::as_micros))
                .bind(cycle.version)
                .bind(cycle.created_at.as_micros())
        });
        insert.execute(self.on(), "write a cycle").await
    }

    async fn save_cycle(&mut self, cycle: &Cycle, version_before: i64) -> Result<(), StoreError> {
        let text = format!("{SAVE_CYCLE} WHERE id = $11 AND version = $12");
        let saved = bind_cycle(assembled::<DB>(text), cycle);
        saved.bind(version_before).change_one(self.on(), "save a cycle").await
    }

    async fn begin_charge(
        &mut self,
        cycle: &Cycle,
        version_before: i64,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let text = format!(
            "{SAVE_CYCLE} WHERE id = $11 AND version = $12 \
               AND state IN ('SCHEDULED', 'RETRYING') AND next_at <= $13 \
               AND EXISTS (SELECT 1 FROM subscription s JOIN member m ON m.id = s.member_id \
                   WHERE s.id = due_cycle.subscription_id AND m.status = 'active' \
                     AND s.state IN ('active', 'past_due') AND s.ended_at IS NULL)"
        );
        let begun = bind_cycle(assembled::<DB>(text), cycle);
        let begun = begun.bind(version_before).bind(now.as_micros());
        Ok(begun.execute(self.on(), "begin to charge a cycle").await? == 1)
    }

    async fn add_try(&mut self, one: &ChargeTry) -> Result<(), StoreError> {
        let mut insert =
            Insert::<DB>::into("charge_try (cycle_id, day_offset, attempt_id, outcome, tried_at)");
        let outcome = if one.is_charged { "CHARGED" } else { "DECLINED" };
        insert.row(|row| {
            row.bind(one.cycle.uuid())
                .bind(one.day_offset)
                .bind(one.attempt.uuid())
                .bind(outcome.to_owned())
                .bind(one.tried_at.as_micros())
        });
        insert.execute(self.on(), "write a try").await
    }

    async fn to_announce(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<CycleId>, StoreError> {
        let rows = sql::<DB>(
            "SELECT id FROM due_cycle \
             WHERE state IN ('SCHEDULED', 'CHARGING', 'RETRYING') AND state = 'SCHEDULED' \
               AND next_at > $1 AND next_at <= $2 AND announced_at IS NULL \
             ORDER BY next_at, id LIMIT $3",
        )
        .bind(now.as_micros())
        .bind(until.as_micros())
        .bind(i64::from(limit))
        .rows(self.on(), "find cycles to announce")
        .await?;
        rows.iter().map(|row| row.id("id")).collect()
    }
}

const SAVE_CYCLE: &str = "UPDATE due_cycle SET period_start = $1, due_at = $2, next_at = $3, \
     state = $4, tries = $5, first_day = $6, order_id = $7, attempt_id = $8, announced_at = $9, \
     version = $10";

fn bind_cycle<DB: Backend>(statement: Statement<DB>, cycle: &Cycle) -> Statement<DB> {
    statement
        .bind(cycle.period_start.number())
        .bind(cycle.due_at.as_micros())
        .bind(cycle.next_at.as_micros())
        .bind(cycle.state.name().to_owned())
        .bind(cycle.tries)
        .bind(cycle.first_day.map(BillingDay::number))
        .bind(cycle.order.map(Id::uuid))
        .bind(cycle.attempt.map(Id::uuid))
        .bind(cycle.announced_at.map(Timestamp::as_micros))
        .bind(cycle.version)
        .bind(cycle.id.uuid())
}

async fn add_lines<DB: Backend>(
    tx: &mut SqlTransaction<DB>,
    subscription: &Subscription,
) -> Result<(), StoreError> {
    let mut insert = Insert::<DB>::into(
        "subscription_line (subscription_id, number, product_id, quantity, unit_price)",
    );
    for (line, number) in subscription.lines.iter().zip(1_i64..) {
        insert.row(|row| {
            row.bind(subscription.id.uuid())
                .bind(number)
                .bind(line.product.uuid())
                .bind(line.quantity.get())
                .bind(line.unit_price.minor())
        });
    }
    insert.execute(tx.on(), "add subscription lines").await
}
