//! Reading runs and schedules outside transactions.

use std::collections::HashMap;

use async_trait::async_trait;
use jangbogo_job::{ItemNote, JobName, JobQueries, Run, RunId, RunView, Schedule, StepProgress};
use jangbogo_kernel::{StoreError, Timestamp};

use super::row::{note, run, run_columns, schedule, schedule_columns, step, step_columns};
use crate::backend::Backend;
use crate::statement::{composed, sql};
use crate::store::SqlStore;

#[async_trait]
impl<DB: Backend> JobQueries for SqlStore<DB> {
    async fn runs(&self, job: Option<&JobName>, limit: u32) -> Result<Vec<RunView>, StoreError> {
        let mut on = self.read().await?;
        let mut list = composed::<DB>(concat!("SELECT ", run_columns!(), " FROM job_run"));
        if let Some(job) = job {
            list = list.text(" WHERE job = ").bind(job.to_string());
        }
        let list = list.text(" ORDER BY started_at DESC, id DESC LIMIT ").bind(i64::from(limit));
        let rows = list.finish().rows(&mut on, "list runs").await?;
        let runs = rows.iter().map(run).collect::<Result<Vec<_>, _>>()?;
        if runs.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<RunId> = runs.iter().map(|run| run.id).collect();
        let steps =
            composed::<DB>(concat!("SELECT ", step_columns!(), " FROM job_step s WHERE s.run_id"));
        let steps = steps.any_of(&ids).text(" ORDER BY s.run_id, s.position").finish();
        let mut of_run: HashMap<RunId, Vec<StepProgress>> = HashMap::new();
        for row in &steps.rows(&mut on, "list steps").await? {
            let step = step(row)?;
            of_run.entry(step.run).or_default().push(step);
        }
        let view = |run: Run| RunView { steps: of_run.remove(&run.id).unwrap_or_default(), run };
        Ok(runs.into_iter().map(view).collect())
    }

    async fn notes(&self, run: RunId, limit: u32) -> Result<Vec<ItemNote>, StoreError> {
        let notes = sql::<DB>(
            "SELECT item, outcome, reason FROM job_item_note WHERE run_id = $1 \
             ORDER BY position, item LIMIT $2",
        );
        let notes = notes.bind(run.uuid()).bind(i64::from(limit));
        let rows = notes.rows(&mut *self.read().await?, "list notes").await?;
        rows.iter().map(note).collect()
    }

    async fn left(&self, now: Timestamp, limit: u32) -> Result<Vec<Run>, StoreError> {
        let left = sql::<DB>(concat!(
            "SELECT ",
            run_columns!(),
            " FROM job_run WHERE state = 'running' AND lease_until <= $1 \
              ORDER BY started_at, id LIMIT $2"
        ));
        let left = left.bind(now.as_micros()).bind(i64::from(limit));
        let rows = left.rows(&mut *self.read().await?, "find left runs").await?;
        rows.iter().map(run).collect()
    }

    async fn schedules(&self) -> Result<Vec<Schedule>, StoreError> {
        let all =
            sql::<DB>(concat!("SELECT ", schedule_columns!(), " FROM job_schedule ORDER BY job"));
        let rows = all.rows(&mut *self.read().await?, "list schedules").await?;
        rows.iter().map(schedule).collect()
    }
}
