//! What the crate needs from outside.

use std::time::Duration;

use async_trait::async_trait;
use jangbogo_kernel::{StoreError, Timestamp};

use crate::{
    BusinessDate, Chunk, ItemNote, JobName, Outcome, RoundDone, Run, RunId, Schedule, StepProgress,
    Tally, WorkError,
};

/// A transaction that reaches runs and schedules. Who locks several rows locks a chunk, then its
/// step, then its run.
pub trait Transaction: jangbogo_kernel::Transaction {
    /// Runs, with their steps and chunks.
    fn runs(&mut self) -> &mut dyn RunRepository;
    /// Schedules.
    fn schedules(&mut self) -> &mut dyn ScheduleRepository;
}

/// Loads and saves runs, their steps and chunks.
#[async_trait]
pub trait RunRepository: Send {
    /// The run, locked.
    async fn find(&mut self, id: RunId) -> Result<Option<Run>, StoreError>;

    /// The youngest run of the job for the date, locked.
    async fn last(&mut self, job: &JobName, as_of: BusinessDate)
    -> Result<Option<Run>, StoreError>;

    /// Open runs of the job for earlier dates that nobody is known to work on, locked.
    async fn left_before(
        &mut self,
        job: &JobName,
        as_of: BusinessDate,
        now: Timestamp,
    ) -> Result<Vec<Run>, StoreError>;

    /// Adds a run with its steps.
    ///
    /// # Guarantees
    /// A job has one open run for a date.
    ///
    /// # Errors
    /// Contended when it has one already.
    async fn add(&mut self, run: &Run, steps: &[StepProgress]) -> Result<(), StoreError>;

    /// Saves a run whose version was raised by one.
    ///
    /// # Errors
    /// A conflict when the stored version is not the one before.
    async fn save(&mut self, run: &Run) -> Result<(), StoreError>;

    /// Somebody works on the run until then; nothing is written when its lease lasts beyond
    /// `enough` anyway.
    async fn extend(
        &mut self,
        run: RunId,
        until: Timestamp,
        enough: Timestamp,
    ) -> Result<(), StoreError>;

    /// The steps of a run, in their order.
    async fn steps(&mut self, run: RunId) -> Result<Vec<StepProgress>, StoreError>;

    /// Saves cursor, end and the number of pages, which was raised by one; tells whether it did.
    ///
    /// # Guarantees
    /// Of any number of workers who read the same page one is told `true`.
    async fn turn_page(&mut self, step: &StepProgress) -> Result<bool, StoreError>;

    /// Adds a chunk.
    async fn add_chunk(&mut self, chunk: &Chunk) -> Result<(), StoreError>;

    /// Takes a chunk of the step whose lease is over, with a higher fence.
    ///
    /// # Guarantees
    /// A chunk is taken by one; others do not wait for it.
    async fn take_left_chunk(
        &mut self,
        run: RunId,
        position: u32,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<Chunk>, StoreError>;

    /// Saves items and lease of a chunk; tells whether the chunk is still the worker's.
    ///
    /// # Guarantees
    /// Nothing is written with a fence lower than the stored one.
    async fn hold_chunk(&mut self, chunk: &Chunk) -> Result<bool, StoreError>;

    /// Removes a settled chunk; tells whether it was still the worker's.
    ///
    /// # Guarantees
    /// Nothing is removed with a fence lower than the stored one.
    async fn close_chunk(&mut self, chunk: &Chunk) -> Result<bool, StoreError>;

    /// Adds to the numbers of a step.
    async fn count(&mut self, run: RunId, position: u32, more: Tally) -> Result<(), StoreError>;

    /// Keeps what is to be known of items; a later note about an item replaces the earlier one.
    async fn note(
        &mut self,
        run: RunId,
        position: u32,
        notes: &[ItemNote],
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Forgets up to `limit` runs that ended before, with everything below them; tells how many.
    ///
    /// # Guarantees
    /// An open run is never forgotten.
    async fn forget(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// Loads and saves schedules.
#[async_trait]
pub trait ScheduleRepository: Send {
    /// The job's schedule, locked.
    async fn find(&mut self, job: &JobName) -> Result<Option<Schedule>, StoreError>;

    /// Adds a schedule unless its job has one.
    async fn add_missing(&mut self, schedule: &Schedule) -> Result<(), StoreError>;

    /// Saves a schedule whose version was raised by one.
    ///
    /// # Errors
    /// A conflict when the stored version is not the one before.
    async fn save(&mut self, schedule: &Schedule) -> Result<(), StoreError>;
}

/// A run as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunView {
    /// The run.
    pub run: Run,
    /// Its steps, in their order.
    pub steps: Vec<StepProgress>,
}

/// Reads outside transactions.
#[async_trait]
pub trait JobQueries: Send + Sync {
    /// The youngest runs, of one job or of all, youngest first.
    async fn runs(&self, job: Option<&JobName>, limit: u32) -> Result<Vec<RunView>, StoreError>;

    /// What is to be known of a run's items, in the order of steps and items.
    async fn notes(&self, run: RunId, limit: u32) -> Result<Vec<ItemNote>, StoreError>;

    /// Runs under way that nobody is known to work on, oldest first.
    async fn left(&self, now: Timestamp, limit: u32) -> Result<Vec<Run>, StoreError>;

    /// All schedules, by their jobs' names.
    async fn schedules(&self) -> Result<Vec<Schedule>, StoreError>;
}

/// A page of items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePage {
    /// The items, as the work knows them.
    pub items: Vec<String>,
    /// Where the next page begins; `None` when this was the last one.
    pub next: Option<String>,
}

/// A step that works through items. Its author promises that
/// * items are found by their state, whenever they came into it by the end of `as_of`;
/// * settling an item twice, also at the same time, is settling it once.
#[async_trait]
pub trait ItemWork: Send + Sync {
    /// Up to `limit` items behind the cursor, in one order.
    async fn page(
        &self,
        as_of: BusinessDate,
        after: Option<&str>,
        limit: u32,
    ) -> Result<SourcePage, WorkError>;

    /// Settles one item, alone.
    async fn settle(&self, as_of: BusinessDate, item: &str) -> Result<Outcome, WorkError>;
}

/// A step that works in rounds. Its author promises that a round may run anywhere, any number of
/// times at once.
#[async_trait]
pub trait RoundWork: Send + Sync {
    /// How much a round would find now; changes nothing.
    async fn waiting(&self, as_of: BusinessDate) -> Result<u64, WorkError>;

    /// One bounded round.
    async fn round(&self, as_of: BusinessDate) -> Result<RoundDone, WorkError>;
}

/// Lets time pass.
#[async_trait]
pub trait Waiting: Send + Sync {
    /// Waits, or less when the process is about to stop.
    async fn pause(&self, time: Duration);

    /// Whether the process is about to stop: what is under way is ended, and no more begun.
    fn is_stopping(&self) -> bool;
}

/// Hears how a run goes on.
pub trait Progress: Send + Sync {
    /// So much of a step was settled, in addition to what was told before.
    fn settled(&self, step: &str, more: Tally);

    /// What is to be known of an item.
    fn noted(&self, step: &str, note: &ItemNote);
}

/// Understands cron, and calendars of zones.
pub trait Timetable: Send + Sync {
    /// The first time after `after`.
    ///
    /// # Guarantees
    /// A time that the zone's clocks skip is made up for; one that they show twice counts once.
    fn next(&self, cron: &str, zone: &str, after: Timestamp) -> Result<Timestamp, TimetableError>;

    /// The day that it is in the zone.
    fn day(&self, zone: &str, at: Timestamp) -> Result<BusinessDate, TimetableError>;

    /// When the day begins in the zone.
    fn start_of(&self, zone: &str, day: BusinessDate) -> Result<Timestamp, TimetableError>;
}

/// The words are no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimetableError {
    /// Not what cron says.
    #[error("not a cron expression: {0}")]
    Cron(String),
    /// Not a zone of the time zone database.
    #[error("there is no time zone {0:?}")]
    Zone(String),
    /// It never comes.
    #[error("the time never comes")]
    Never,
}

jangbogo_kernel::fault!(TimetableError {
    Cron: Invalid = "cron-invalid",
    Zone: Invalid = "time-zone-unknown",
    Never: Invalid = "cron-never",
});
