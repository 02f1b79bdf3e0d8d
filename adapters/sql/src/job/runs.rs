//! Runs, steps and chunks inside transactions.

use async_trait::async_trait;
use jangbogo_job::{
    BusinessDate, Chunk, ItemNote, JobName, Run, RunId, RunRepository, StepProgress, Tally,
};
use jangbogo_kernel::{StoreError, Timestamp};

use super::row::{chunk, run, run_columns, step, step_columns};
use crate::backend::Backend;
use crate::statement::{Insert, Values, assembled, sql};
use crate::store::SqlTransaction;

#[async_trait]
impl<DB: Backend> RunRepository for SqlTransaction<DB> {
    async fn find(&mut self, id: RunId) -> Result<Option<Run>, StoreError> {
        const TEXT: &str = concat!("SELECT ", run_columns!(), " FROM job_run WHERE id = $1");
        let find = assembled::<DB>(format!("{TEXT}{}", DB::FOR_UPDATE)).bind(id.uuid());
        find.row(self.on(), "find a run").await?.as_ref().map(run).transpose()
    }

    async fn last(
        &mut self,
        job: &JobName,
        as_of: BusinessDate,
    ) -> Result<Option<Run>, StoreError> {
        const TEXT: &str = concat!(
            "SELECT ",
            run_columns!(),
            " FROM job_run WHERE job = $1 AND as_of = $2 ORDER BY started_at DESC, id DESC LIMIT 1"
        );
        let last = assembled::<DB>(format!("{TEXT}{}", DB::FOR_UPDATE))
            .bind(job.to_string())
            .bind(as_of.to_string());
        last.row(self.on(), "find the last run").await?.as_ref().map(run).transpose()
    }

    async fn left_before(
        &mut self,
        job: &JobName,
        as_of: BusinessDate,
        now: Timestamp,
    ) -> Result<Vec<Run>, StoreError> {
        const TEXT: &str = concat!(
            "SELECT ",
            run_columns!(),
            " FROM job_run WHERE job = $1 AND as_of < $2 AND state IN ('running', 'failed') \
              AND lease_until <= $3 ORDER BY id"
        );
        let left = assembled::<DB>(format!("{TEXT}{}", DB::FOR_UPDATE))
            .bind(job.to_string())
            .bind(as_of.to_string())
            .bind(now.as_micros());
        left.rows(self.on(), "find left runs").await?.iter().map(run).collect()
    }

    async fn add(&mut self, run: &Run, steps: &[StepProgress]) -> Result<(), StoreError> {
        let mut insert = Insert::<DB>::into(concat!("job_run (", run_columns!(), ")"));
        insert.row(|row| {
            row.bind(run.id.uuid())
                .bind(run.job.to_string())
                .bind(run.as_of.to_string())
                .bind(run.trigger.name().to_owned())
                .bind(run.state.name().to_owned())
                .bind(run.reason.clone())
                .bind(run.lease_until.as_micros())
                .bind(run.taken_up)
                .bind(run.started_at.as_micros())
                .bind(run.finished_at.map(Timestamp::as_micros))
                .bind(run.version)
        });
        insert.execute(self.on(), "add a run").await?;
        let mut insert = Insert::<DB>::into(
            "job_step (run_id, position, name, next_cursor, is_exhausted, pages, items_read, \
             done, skipped, failed, later)",
        );
        for step in steps {
            insert.row(|row| {
                let row = row
                    .bind(step.run.uuid())
                    .bind(i64::from(step.position))
                    .bind(step.name.clone())
                    .bind(step.cursor.clone())
                    .bind(step.is_exhausted)
                    .bind(step.pages);
                numbers(step.tally).into_iter().fold(row, Values::bind)
            });
        }
        insert.execute(self.on(), "add steps").await
    }

    async fn save(&mut self, run: &Run) -> Result<(), StoreError> {
        sql::<DB>(
            "UPDATE job_run SET state = $1, reason = $2, lease_until = $3, taken_up = $4, \
                 finished_at = $5, version = $6 \
             WHERE id = $7 AND version = $8",
        )
        .bind(run.state.name().to_owned())
        .bind(run.reason.clone())
        .bind(run.lease_until.as_micros())
        .bind(run.taken_up)
        .bind(run.finished_at.map(Timestamp::as_micros))
        .bind(run.version)
        .bind(run.id.uuid())
        .bind(run.version - 1)
        .change_one(self.on(), "save a run")
        .await
    }

    async fn extend(
        &mut self,
        run: RunId,
        until: Timestamp,
        enough: Timestamp,
    ) -> Result<(), StoreError> {
        sql::<DB>(
            "UPDATE job_run SET lease_until = $1 \
             WHERE id = $2 AND state = 'running' AND lease_until < $3 AND lease_until < $4",
        )
        .bind(until.as_micros())
        .bind(run.uuid())
        .bind(enough.as_micros())
        .bind(until.as_micros())
        .execute(self.on(), "extend a run's lease")
        .await?;
        Ok(())
    }

    async fn steps(&mut self, run: RunId) -> Result<Vec<StepProgress>, StoreError> {
        let steps = sql::<DB>(concat!(
            "SELECT ",
            step_columns!(),
            " FROM job_step s WHERE s.run_id = $1 ORDER BY s.position"
        ));
        let rows = steps.bind(run.uuid()).rows(self.on(), "find steps").await?;
        rows.iter().map(step).collect()
    }

    async fn turn_page(&mut self, step: &StepProgress) -> Result<bool, StoreError> {
        let turned = sql::<DB>(
            "UPDATE job_step SET next_cursor = $1, is_exhausted = $2, pages = $3 \
             WHERE run_id = $4 AND position = $5 AND pages = $6",
        )
        .bind(step.cursor.clone())
        .bind(step.is_exhausted)
        .bind(step.pages)
        .bind(step.run.uuid())
        .bind(i64::from(step.position))
        .bind(step.pages - 1)
        .execute(self.on(), "turn a page")
        .await?;
        Ok(turned == 1)
    }

    async fn add_chunk(&mut self, chunk: &Chunk) -> Result<(), StoreError> {
        let items = items(chunk)?;
        let mut insert =
            Insert::<DB>::into("job_chunk (run_id, position, number, items, lease_until, fence)");
        insert.row(|row| {
            row.bind(chunk.run.uuid())
                .bind(i64::from(chunk.position))
                .bind(chunk.number)
                .bind(items)
                .bind(chunk.lease_until.as_micros())
                .bind(chunk.fence)
        });
        insert.execute(self.on(), "add a chunk").await
    }

    async fn take_left_chunk(
        &mut self,
        run: RunId,
        position: u32,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<Chunk>, StoreError> {
        // What is taken is a table of its own: PostgreSQL may run a subquery with LIMIT more than
        // once.
        let text = format!(
            "WITH left_one AS ( \
                 SELECT run_id, position, number FROM job_chunk \
                 WHERE run_id = $1 AND position = $2 AND lease_until <= $3 \
                 ORDER BY number LIMIT 1{}) \
             UPDATE job_chunk SET lease_until = $4, fence = fence + 1 \
             WHERE (run_id, position, number) IN (SELECT run_id, position, number FROM left_one) \
             RETURNING run_id, position, number, items, lease_until, fence",
            DB::SKIP_LOCKED
        );
        let taken = assembled::<DB>(text)
            .bind(run.uuid())
            .bind(i64::from(position))
            .bind(now.as_micros())
            .bind(lease_until.as_micros());
        taken.row(self.on(), "take a left chunk").await?.as_ref().map(chunk).transpose()
    }

    async fn hold_chunk(&mut self, chunk: &Chunk) -> Result<bool, StoreError> {
        let held = sql::<DB>(
            "UPDATE job_chunk SET items = $1, lease_until = $2 \
             WHERE run_id = $3 AND position = $4 AND number = $5 AND fence = $6",
        )
        .bind(items(chunk)?)
        .bind(chunk.lease_until.as_micros())
        .bind(chunk.run.uuid())
        .bind(i64::from(chunk.position))
        .bind(chunk.number)
        .bind(chunk.fence)
        .execute(self.on(), "hold a chunk")
        .await?;
        Ok(held == 1)
    }

    async fn close_chunk(&mut self, chunk: &Chunk) -> Result<bool, StoreError> {
        let closed = sql::<DB>(
            "DELETE FROM job_chunk \
             WHERE run_id = $1 AND position = $2 AND number = $3 AND fence = $4",
        )
        .bind(chunk.run.uuid())
        .bind(i64::from(chunk.position))
        .bind(chunk.number)
        .bind(chunk.fence)
        .execute(self.on(), "close a chunk")
        .await?;
        Ok(closed == 1)
    }

    async fn count(&mut self, run: RunId, position: u32, more: Tally) -> Result<(), StoreError> {
        let count = sql::<DB>(
            "UPDATE job_step SET items_read = items_read + $1, done = done + $2, \
                 skipped = skipped + $3, failed = failed + $4, later = later + $5 \
             WHERE run_id = $6 AND position = $7",
        );
        let count = numbers(more).into_iter().fold(count, super::super::statement::Statement::bind);
        count.bind(run.uuid()).bind(i64::from(position)).change_one(self.on(), "count items").await
    }

    async fn note(
        &mut self,
        run: RunId,
        position: u32,
        notes: &[ItemNote],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let insert =
            Insert::<DB>::into("job_item_note (run_id, position, item, outcome, reason, at)");
        let mut insert = insert.or(" ON CONFLICT (run_id, position, item) DO UPDATE \
             SET outcome = excluded.outcome, reason = excluded.reason, at = excluded.at");
        for note in notes {
            insert.row(|row| {
                row.bind(run.uuid())
                    .bind(i64::from(position))
                    .bind(note.item.clone())
                    .bind(note.outcome.name().to_owned())
                    .bind(note.outcome.reason().to_owned())
                    .bind(now.as_micros())
            });
        }
        insert.execute(self.on(), "note items").await
    }

    async fn forget(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        sql::<DB>(
            "DELETE FROM job_run WHERE id IN ( \
                 SELECT id FROM job_run \
                 WHERE state IN ('done', 'done_with_attention', 'abandoned') AND finished_at < $1 \
                 ORDER BY started_at, id LIMIT $2)",
        )
        .bind(before.as_micros())
        .bind(i64::from(limit))
        .execute(self.on(), "forget runs")
        .await
    }
}

fn items(chunk: &Chunk) -> Result<String, StoreError> {
    serde_json::to_string(&chunk.items).map_err(|error| StoreError::new("write items", error))
}

fn numbers(tally: Tally) -> [i64; 5] {
    let all = [tally.read, tally.done, tally.skipped, tally.failed, tally.later];
    all.map(|number| i64::try_from(number).unwrap_or(i64::MAX))
}
