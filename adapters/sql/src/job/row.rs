//! From rows to what the core knows.

use jangbogo_job::{
    BusinessDate, Chunk, ItemNote, JobName, Outcome, Run, RunState, Schedule, StepProgress, Tally,
    Trigger,
};
use jangbogo_kernel::StoreError;

use crate::backend::Backend;
use crate::statement::Record;

/// The columns that [`run`] reads; a macro, because constant statements are made of it.
macro_rules! run_columns {
    () => {
        "id, job, as_of, trigger_by, state, reason, lease_until, taken_up, started_at, \
         finished_at, version"
    };
}
/// The columns that [`step`] reads, of `job_step s`.
macro_rules! step_columns {
    () => {
        "s.run_id, s.position, s.name, s.next_cursor, s.is_exhausted, s.pages, s.items_read, \
         s.done, s.skipped, s.failed, s.later, \
         (SELECT COUNT(*) FROM job_chunk c \
          WHERE c.run_id = s.run_id AND c.position = s.position) AS chunks"
    };
}
/// The columns that [`schedule`] reads.
macro_rules! schedule_columns {
    () => {
        "job, cron, zone, is_enabled, next_at, version"
    };
}
pub(super) use {run_columns, schedule_columns, step_columns};

pub(super) fn run<DB: Backend>(row: &Record<DB>) -> Result<Run, StoreError> {
    Ok(Run {
        id: row.id("id")?,
        job: name(row, "job")?,
        as_of: row.named("as_of", |text| text.parse::<BusinessDate>().ok())?,
        trigger: row.named("trigger_by", Trigger::from_name)?,
        state: row.named("state", RunState::from_name)?,
        reason: row.get("reason")?,
        lease_until: row.time("lease_until")?,
        taken_up: row.get("taken_up")?,
        started_at: row.time("started_at")?,
        finished_at: row.maybe_time("finished_at")?,
        version: row.get("version")?,
    })
}

pub(super) fn step<DB: Backend>(row: &Record<DB>) -> Result<StepProgress, StoreError> {
    Ok(StepProgress {
        run: row.id("run_id")?,
        position: small(row, "position")?,
        name: row.get("name")?,
        cursor: row.get("next_cursor")?,
        is_exhausted: row.get("is_exhausted")?,
        pages: row.get("pages")?,
        chunks: small(row, "chunks")?,
        tally: Tally {
            read: count(row, "items_read")?,
            done: count(row, "done")?,
            skipped: count(row, "skipped")?,
            failed: count(row, "failed")?,
            later: count(row, "later")?,
        },
    })
}

pub(super) fn chunk<DB: Backend>(row: &Record<DB>) -> Result<Chunk, StoreError> {
    let items: String = row.get("items")?;
    Ok(Chunk {
        run: row.id("run_id")?,
        position: small(row, "position")?,
        number: row.get("number")?,
        items: serde_json::from_str(&items).map_err(|error| row.impossible(error))?,
        lease_until: row.time("lease_until")?,
        fence: row.get("fence")?,
    })
}

pub(super) fn note<DB: Backend>(row: &Record<DB>) -> Result<ItemNote, StoreError> {
    let reason: String = row.get("reason")?;
    let outcome = row.named("outcome", |text| match text {
        "failed" => Some(Outcome::Failed(reason.clone())),
        "later" => Some(Outcome::Later(reason.clone())),
        _ => None,
    })?;
    Ok(ItemNote { item: row.get("item")?, outcome })
}

pub(super) fn schedule<DB: Backend>(row: &Record<DB>) -> Result<Schedule, StoreError> {
    Ok(Schedule {
        job: name(row, "job")?,
        cron: row.get("cron")?,
        zone: row.get("zone")?,
        is_enabled: row.get("is_enabled")?,
        next_at: row.time("next_at")?,
        version: row.get("version")?,
    })
}

fn name<DB: Backend>(row: &Record<DB>, column: &'static str) -> Result<JobName, StoreError> {
    row.named(column, |text| text.parse().ok())
}

fn small<DB: Backend>(row: &Record<DB>, column: &str) -> Result<u32, StoreError> {
    u32::try_from(row.get::<i64>(column)?).map_err(|error| row.impossible(error))
}

fn count<DB: Backend>(row: &Record<DB>, column: &str) -> Result<u64, StoreError> {
    u64::try_from(row.get::<i64>(column)?).map_err(|error| row.impossible(error))
}
