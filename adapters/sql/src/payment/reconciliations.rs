//! Comparisons of our books with a provider's.

use async_trait::async_trait;
use jangbogo_kernel::{
    Currency, Cursor, Id, Money, Page, PageRequest, StoreError, Timestamp, Uuid,
};
use jangbogo_payment::{
    Difference, DifferenceClass, Period, ProviderName, Reconciliation, ReconciliationDetail,
    ReconciliationId, ReconciliationQueries, ReconciliationRepository, ReconciliationTotals,
};

use crate::backend::Backend;
use crate::statement::{Insert, Record, Statement, composed, sql};
use crate::store::{SqlStore, SqlTransaction};

macro_rules! reconciliation_columns {
    () => {
        "id, provider, from_at, until_at, started_at, finished_at, problem, compared, asked, busy, \
         differences, unrepaired"
    };
}

#[async_trait]
impl<DB: Backend> ReconciliationRepository for SqlTransaction<DB> {
    async fn add(&mut self, run: &Reconciliation) -> Result<(), StoreError> {
        let totals = run.totals;
        let mut insert =
            Insert::<DB>::into(concat!("reconciliation (", reconciliation_columns!(), ")"));
        insert.row(|row| {
            row.bind(run.id.uuid())
                .bind(run.provider.0.clone())
                .bind(run.period.from.as_micros())
                .bind(run.period.until.as_micros())
                .bind(run.started_at.as_micros())
                .bind(run.finished_at.map(Timestamp::as_micros))
                .bind(run.problem.clone())
                .bind(i64::from(totals.compared))
                .bind(i64::from(totals.asked))
                .bind(i64::from(totals.busy))
                .bind(i64::from(totals.differences))
                .bind(i64::from(totals.open))
        });
        insert.execute(self.on(), "begin a reconciliation").await
    }

    async fn keep(
        &mut self,
        run: &Reconciliation,
        differences: &[Difference],
    ) -> Result<(), StoreError> {
        let totals = run.totals;
        sql::<DB>(
            "UPDATE reconciliation SET finished_at = $1, problem = $2, compared = $3, \
                 asked = $4, busy = $5, differences = $6, unrepaired = $7 \
             WHERE id = $8 AND finished_at IS NULL",
        )
        .bind(run.finished_at.map(Timestamp::as_micros))
        .bind(run.problem.clone())
        .bind(i64::from(totals.compared))
        .bind(i64::from(totals.asked))
        .bind(i64::from(totals.busy))
        .bind(i64::from(totals.differences))
        .bind(i64::from(totals.open))
        .bind(run.id.uuid())
        .change_one(self.on(), "keep a reconciliation")
        .await?;
        let mut insert = Insert::<DB>::into(
            "reconciliation_difference (reconciliation_id, number, class, merchant_ref, \
             attempt_id, movement, ours, theirs, currency, is_repaired)",
        );
        for (difference, number) in differences.iter().zip(1_i64..) {
            let (ours, theirs) = (difference.ours, difference.theirs);
            let currency = ours.or(theirs).map_or(Currency::Krw, Money::currency);
            insert.row(|row| {
                row.bind(run.id.uuid())
                    .bind(number)
                    .bind(difference.class.name().to_owned())
                    .bind(difference.merchant_ref.clone())
                    .bind(difference.attempt.map(Id::uuid))
                    .bind(difference.movement.clone())
                    .bind(ours.map(Money::minor))
                    .bind(theirs.map(Money::minor))
                    .bind(currency.code().to_owned())
                    .bind(difference.is_repaired)
            });
        }
        insert.execute(self.on(), "keep a reconciliation's differences").await
    }
}

#[async_trait]
impl<DB: Backend> ReconciliationQueries for SqlStore<DB> {
    async fn find(&self, id: ReconciliationId) -> Result<Option<ReconciliationDetail>, StoreError> {
        let mut on = self.read().await?;
        let row = sql::<DB>(concat!(
            "SELECT ",
            reconciliation_columns!(),
            " FROM reconciliation WHERE id = $1"
        ))
        .bind(id.uuid())
        .row(&mut on, "find a reconciliation")
        .await?;
        let Some(run) = row.as_ref().map(reconciliation).transpose()? else {
            return Ok(None);
        };
        let rows = sql::<DB>(
            "SELECT class, merchant_ref, attempt_id, movement, ours, theirs, currency, \
                    is_repaired \
             FROM reconciliation_difference WHERE reconciliation_id = $1 ORDER BY number",
        )
        .bind(id.uuid())
        .rows(&mut on, "find a reconciliation's differences")
        .await?;
        let differences = rows.iter().map(|row| difference(row, &run.provider));
        let differences = differences.collect::<Result<_, _>>()?;
        Ok(Some(ReconciliationDetail { run, differences }))
    }

    async fn list(&self, page: &PageRequest) -> Result<Page<Reconciliation>, StoreError> {
        let mut on = self.read().await?;
        let rows = listing::<DB>(page).rows(&mut on, "list reconciliations").await?;
        let runs = rows.iter().map(reconciliation).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::from_rows(runs, page, |run| {
            let list = <dyn ReconciliationQueries>::LIST;
            Cursor::new(list, run.started_at.as_micros(), run.id.uuid())
        }))
    }
}

/// One row more than the page has, oldest first when the page is a backward one.
fn listing<DB: Backend>(page: &PageRequest) -> Statement<DB> {
    let mut list = composed::<DB>("").text(concat!(
        "SELECT ",
        reconciliation_columns!(),
        " FROM reconciliation"
    ));
    if let Some(cursor) = page.cursor() {
        let after = if page.is_backward() { ") > (" } else { ") < (" };
        list = list.text(" WHERE (started_at, id").text(after);
        list = list.bind(cursor.key()).text(", ").bind(cursor.id()).text(")");
    }
    let order = if page.is_backward() {
        " ORDER BY started_at, id LIMIT "
    } else {
        " ORDER BY started_at DESC, id DESC LIMIT "
    };
    list.text(order).bind(i64::from(page.limit()) + 1).finish()
}

fn reconciliation<DB: Backend>(row: &Record<DB>) -> Result<Reconciliation, StoreError> {
    let count = |column: &str| -> Result<u32, StoreError> {
        u32::try_from(row.get::<i64>(column)?).map_err(|error| row.impossible(error))
    };
    Ok(Reconciliation {
        id: row.id("id")?,
        provider: ProviderName(row.get("provider")?),
        period: Period { from: row.time("from_at")?, until: row.time("until_at")? },
        started_at: row.time("started_at")?,
        finished_at: row.maybe_time("finished_at")?,
        problem: row.get("problem")?,
        totals: ReconciliationTotals {
            compared: count("compared")?,
            asked: count("asked")?,
            busy: count("busy")?,
            differences: count("differences")?,
            open: count("unrepaired")?,
        },
    })
}

fn difference<DB: Backend>(
    row: &Record<DB>,
    provider: &ProviderName,
) -> Result<Difference, StoreError> {
    let currency: Currency =
        row.get::<String>("currency")?.parse().map_err(|error| row.impossible(error))?;
    let money = |column: &str| -> Result<Option<Money>, StoreError> {
        Ok(row.get::<Option<i64>>(column)?.map(|minor| Money::new(minor, currency)))
    };
    Ok(Difference {
        class: row.named("class", DifferenceClass::from_name)?,
        provider: provider.clone(),
        merchant_ref: row.get("merchant_ref")?,
        attempt: row.get::<Option<Uuid>>("attempt_id")?.map(Id::new),
        movement: row.get("movement")?,
        ours: money("ours")?,
        theirs: money("theirs")?,
        is_repaired: row.get("is_repaired")?,
    })
}
