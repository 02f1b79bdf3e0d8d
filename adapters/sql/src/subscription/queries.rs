//! Reading subscriptions outside transactions.

use async_trait::async_trait;
use jangbogo_kernel::{Cursor, Page, PageRequest, StoreError, Timestamp};
use jangbogo_member::MemberId;
use jangbogo_payment::ProviderName;
use jangbogo_subscription::{
    CycleId, DueCharge, DueCycle, Subscription, SubscriptionDetail, SubscriptionId,
    SubscriptionQueries,
};

use super::row::{cycle, cycle_columns, subscription_columns, with_lines};
use crate::backend::Backend;
use crate::statement::{Record, composed, sql};
use crate::store::SqlStore;

#[async_trait]
impl<DB: Backend> SubscriptionQueries for SqlStore<DB> {
    async fn due(
        &self,
        cut_off: Timestamp,
        after: Option<DueCycle>,
        limit: u32,
    ) -> Result<Vec<DueCycle>, StoreError> {
        let mut on = self.read().await?;
        let mut due = composed::<DB>(
            "SELECT id, next_at FROM due_cycle \
             WHERE state IN ('SCHEDULED', 'CHARGING', 'RETRYING') AND next_at <= ",
        )
        .bind(cut_off.as_micros());
        if let Some(after) = after {
            due = due.text(" AND (next_at, id) > (").bind(after.next_at.as_micros());
            due = due.text(", ").bind(after.cycle.uuid()).text(")");
        }
        let due = due.text(" ORDER BY next_at, id LIMIT ").bind(i64::from(limit)).finish();
        let rows = due.rows(&mut on, "find due cycles").await?;
        let of_row =
            |row: &Record<DB>| Ok(DueCycle { next_at: row.time("next_at")?, cycle: row.id("id")? });
        rows.iter().map(of_row).collect()
    }

    async fn charges(&self, cycles: &[CycleId]) -> Result<Vec<DueCharge>, StoreError> {
        let charges = composed::<DB>(
            "SELECT c.id, c.tries, a.provider FROM due_cycle c \
             JOIN subscription s ON s.id = c.subscription_id \
             JOIN agreement a ON a.id = s.agreement_id \
             WHERE c.state IN ('SCHEDULED', 'CHARGING', 'RETRYING') AND c.id",
        );
        let charges = charges.any_of(cycles).finish();
        let rows = charges.rows(&mut *self.read().await?, "find how cycles are charged").await?;
        let of_row = |row: &Record<DB>| {
            let provider = ProviderName(row.get("provider")?);
            Ok(DueCharge { cycle: row.id("id")?, tries: row.get("tries")?, provider })
        };
        rows.iter().map(of_row).collect()
    }

    async fn find(&self, id: SubscriptionId) -> Result<Option<SubscriptionDetail>, StoreError> {
        let mut on = self.read().await?;
        let rows = sql::<DB>(concat!(
            "SELECT ",
            subscription_columns!(),
            " FROM subscription WHERE id = $1"
        ))
        .bind(id.uuid())
        .rows(&mut on, "find a subscription")
        .await?;
        let Some(subscription) = with_lines::<DB>(&mut on, &rows).await?.pop() else {
            return Ok(None);
        };
        let rows = sql::<DB>(concat!(
            "SELECT ",
            cycle_columns!(),
            " FROM due_cycle WHERE subscription_id = $1 ORDER BY number DESC LIMIT 12"
        ))
        .bind(id.uuid())
        .rows(&mut on, "find a subscription's cycles")
        .await?;
        let cycles = rows.iter().map(cycle).collect::<Result<_, _>>()?;
        Ok(Some(SubscriptionDetail { subscription, cycles }))
    }

    async fn list(
        &self,
        member: MemberId,
        page: &PageRequest,
    ) -> Result<Page<Subscription>, StoreError> {
        let mut on = self.read().await?;
        let mut list = composed::<DB>(concat!(
            "SELECT ",
            subscription_columns!(),
            " FROM subscription WHERE member_id = "
        ))
        .bind(member.uuid());
        if let Some(cursor) = page.cursor() {
            let after = if page.is_backward() { ") > (" } else { ") < (" };
            list = list.text(" AND (created_at, id").text(after);
            list = list.bind(cursor.key()).text(", ").bind(cursor.id()).text(")");
        }
        let order = if page.is_backward() {
            " ORDER BY created_at, id LIMIT "
        } else {
            " ORDER BY created_at DESC, id DESC LIMIT "
        };
        let list = list.text(order).bind(i64::from(page.limit()) + 1).finish();
        let rows = list.rows(&mut on, "list subscriptions").await?;
        let found = with_lines::<DB>(&mut on, &rows).await?;
        Ok(Page::from_rows(found, page, |subscription| {
            let list = <dyn SubscriptionQueries>::LIST;
            Cursor::new(list, subscription.created_at.as_micros(), subscription.id.uuid())
        }))
    }
}
