//! What an adapter of the job ports must prove.
//!
//! Every function takes a fresh store, acts, and says in words what it found broken. An error that
//! it returns is the store's own: what it tried should have worked.

mod chunks;
mod schedules;

pub use chunks::{
    a_left_chunk_is_taken_by_one, a_lower_chunk_fence_is_refused, a_page_is_turned_once,
    numbers_and_notes_are_kept,
};
pub use schedules::{
    a_schedule_is_introduced_once, a_schedule_is_saved_once_per_version, a_timetable_follows_cron,
    a_timetable_follows_the_zone, a_timetable_refuses_what_it_does_not_understand,
};

use std::time::Duration;

use jangbogo_kernel::contract::{both, missing};
use jangbogo_kernel::{IdGenerator, Store, StoreError, Timestamp};

use crate::{
    BusinessDate, JobName, JobQueries, Run, RunId, RunRepository, RunState, StepProgress,
    Transaction, Trigger,
};

const LEASE: Duration = Duration::from_secs(30);
const SECOND: Duration = Duration::from_secs(1);

/// A run is found as it was added, with its steps.
pub async fn an_added_run_is_found(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn JobQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let run = run(ids, "billing", "2026-11-26", now)?;
    add(store, &run).await?;
    let other = self::run(ids, "billing", "2026-11-25", now.plus(SECOND))?;
    add(store, &other).await?;
    let mut tx = store.begin().await?;
    let runs: &mut dyn RunRepository = tx.runs();
    assert_eq!(runs.find(run.id).await?.as_ref(), Some(&run), "by its id");
    assert_eq!(runs.find(ids.next()).await?, None, "an unknown run");
    assert_eq!(runs.last(&run.job, run.as_of).await?.as_ref(), Some(&run), "by job and date");
    assert_eq!(runs.last(&name("ranking")?, run.as_of).await?, None, "another job's");
    let steps = runs.steps(run.id).await?;
    assert_eq!(steps, steps_of(run.id), "in their order, not begun");
    drop(tx);
    let shown = queries.runs(None, 10).await?;
    let shown: Vec<RunId> = shown.into_iter().map(|view| view.run.id).collect();
    assert_eq!(shown, [other.id, run.id], "the youngest first");
    assert_eq!(queries.runs(None, 1).await?.len(), 1, "no more than asked for");
    let of_job = queries.runs(Some(&name("ranking")?), 10).await?;
    assert_eq!(of_job, [], "none of another job");
    let of_job = queries.runs(Some(&run.job), 10).await?;
    let seen = of_job.last().ok_or_else(|| missing("find the run"))?;
    assert_eq!((&seen.run, &seen.steps), (&run, &steps), "as it was added");
    Ok(())
}

/// Of many hosts that begin a run for a date exactly one does; the others, tried again, see it. A
/// run that has ended is in nobody's way.
pub async fn a_job_has_one_open_run_for_a_date(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (one, other) =
        (run(ids, "billing", "2026-11-26", now)?, run(ids, "billing", "2026-11-26", now)?);
    let (first, second) = both(add(store, &one), add(store, &other)).await;
    assert!(first.is_ok() != second.is_ok(), "exactly one begins: {first:?}, {second:?}");
    for lost in [&first, &second] {
        if let Err(error) = lost {
            assert!(error.is_retryable(), "worth another try: {error:?}");
        }
    }
    let mut winner = if first.is_ok() { one } else { other };
    let mut tx = store.begin().await?;
    let found = tx.runs().last(&winner.job, winner.as_of).await?;
    assert_eq!(found.as_ref(), Some(&winner), "the one that began");
    winner.end(RunState::Failed, "nobody there", now);
    tx.runs().save(&winner).await?;
    tx.commit().await?;
    let again = run(ids, "billing", "2026-11-26", now.plus(SECOND))?;
    assert!(add(store, &again).await.is_err(), "a failed run is open");
    let mut tx = store.begin().await?;
    winner.end(RunState::Done, "", now);
    tx.runs().save(&winner).await?;
    tx.commit().await?;
    add(store, &again).await?;
    let mut tx = store.begin().await?;
    let last = tx.runs().last(&again.job, again.as_of).await?;
    assert_eq!(last, Some(again), "the youngest");
    Ok(())
}

/// A run is saved by whoever saw its version.
pub async fn a_run_is_saved_once_per_version(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut run = run(ids, "billing", "2026-11-26", now)?;
    add(store, &run).await?;
    run.end(RunState::Failed, "그렇다 'no'", now.plus(SECOND));
    let mut tx = store.begin().await?;
    tx.runs().save(&run).await?;
    tx.commit().await?;
    let mut tx = store.begin().await?;
    assert_eq!(tx.runs().find(run.id).await?.as_ref(), Some(&run), "as it was saved");
    let second = tx.runs().save(&run).await;
    assert!(second.is_err_and(|error| error.is_retryable()), "one version was saved twice");
    drop(tx);
    run.take_up(now.plus(LEASE), LEASE);
    let mut tx = store.begin().await?;
    tx.runs().save(&run).await?;
    tx.commit().await?;
    let mut tx = store.begin().await?;
    assert_eq!(tx.runs().find(run.id).await?, Some(run), "taken up");
    Ok(())
}

/// Runs that nobody is known to work on are found, and no others.
pub async fn left_runs_are_found(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn JobQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let left = run(ids, "billing", "2026-11-24", now)?;
    let held = run(ids, "billing", "2026-11-25", now)?;
    let other = run(ids, "ranking", "2026-11-24", now)?;
    for run in [&left, &held, &other] {
        add(store, run).await?;
    }
    let (today, later) = ("2026-11-26", now.plus(LEASE));
    let mut tx = store.begin().await?;
    tx.runs().extend(held.id, later.plus(SECOND), later.plus(SECOND)).await?;
    // Nothing is written when the lease is long enough.
    tx.runs().extend(left.id, later.plus(SECOND), later).await?;
    tx.commit().await?;
    let ids_of = |runs: Vec<Run>| runs.into_iter().map(|run| run.id).collect::<Vec<RunId>>();
    assert_eq!(queries.left(now, 9).await?, [], "somebody works on them");
    assert_eq!(ids_of(queries.left(later, 9).await?), [left.id, other.id], "oldest first");
    assert_eq!(ids_of(queries.left(later, 1).await?), [left.id], "no more than asked for");
    let mut tx = store.begin().await?;
    let before = tx.runs().left_before(&left.job, day(today)?, later).await?;
    assert_eq!(ids_of(before), [left.id], "of the job, and left");
    let before = tx.runs().left_before(&left.job, left.as_of, later).await?;
    assert_eq!(before, [], "of an earlier date");
    let mut failed = held;
    failed.lease_until = later.plus(SECOND);
    failed.end(RunState::Failed, "", now);
    tx.runs().save(&failed).await?;
    let before = tx.runs().left_before(&left.job, day(today)?, now).await?;
    assert_eq!(ids_of(before), [failed.id], "a failed run is left at once");
    failed.end(RunState::Done, "", now);
    tx.runs().save(&failed).await?;
    let before = tx.runs().left_before(&left.job, day(today)?, now).await?;
    assert_eq!(before, [], "an ended run is not left");
    Ok(())
}

/// Only runs that ended before the time are forgotten, with everything below them.
pub async fn ended_runs_are_forgotten(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn JobQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut old = run(ids, "billing", "2026-11-24", now)?;
    let mut young = run(ids, "billing", "2026-11-25", now)?;
    let mut failed = run(ids, "billing", "2026-11-26", now)?;
    for run in [&old, &young, &failed] {
        add(store, run).await?;
    }
    old.end(RunState::Done, "", now);
    young.end(RunState::Done, "", now.plus(SECOND));
    failed.end(RunState::Failed, "", now);
    let mut tx = store.begin().await?;
    for run in [&old, &young, &failed] {
        tx.runs().save(run).await?;
    }
    tx.commit().await?;
    let mut tx = store.begin().await?;
    assert_eq!(tx.runs().forget(now, 9).await?, 0, "nothing ended before");
    assert_eq!(tx.runs().forget(now.plus(SECOND), 9).await?, 1, "one ended before");
    assert_eq!(tx.runs().steps(old.id).await?, [], "its steps are gone with it");
    tx.commit().await?;
    let left = queries.runs(None, 9).await?;
    assert!(left.iter().all(|view| view.run.id != old.id) && left.len() == 2, "{left:?}");
    Ok(())
}

fn name(text: &str) -> Result<JobName, StoreError> {
    text.parse().map_err(|error| StoreError::new("name a job", error))
}

fn day(text: &str) -> Result<BusinessDate, StoreError> {
    text.parse().map_err(|error| StoreError::new("name a day", error))
}

fn run(ids: &dyn IdGenerator, job: &str, as_of: &str, now: Timestamp) -> Result<Run, StoreError> {
    Ok(Run::begin(ids.next(), name(job)?, day(as_of)?, Trigger::Command, now, LEASE))
}

fn steps_of(run: RunId) -> [StepProgress; 2] {
    [StepProgress::new(run, 0, "due"), StepProgress::new(run, 1, "retry")]
}

async fn add(store: &dyn Store<dyn Transaction>, run: &Run) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    // Whoever begins a run has looked for one.
    tx.runs().last(&run.job, run.as_of).await?;
    tx.runs().add(run, &steps_of(run.id)).await?;
    tx.commit().await
}
