//! Jobs: what the shop does by itself, in runs that can be killed, repeated, late and shared.
//!
//! * A [`Job`] has steps. A step works through items, page by page, or in rounds.
//! * A [`Run`] is one job for one [`BusinessDate`]. Whoever starts the job for a date joins the run
//!   that is under way, goes on with one that was left, or begins a new one ([`RunJob`]).
//! * A [`Chunk`] is a page of items in the hands of one worker: it has a lease and a fence, and
//!   its end is the checkpoint. Any number of hosts share a run chunk by chunk; the chunk of a host
//!   that was killed goes to another one when its lease is over.
//! * Every item settles by itself: one that fails takes no other with it and is kept with its
//!   reason. Only what could not be reached is tried again ([`RetryPolicy`]).
//! * A [`Schedule`] is kept in the database, so that it can be changed while everything runs.
//!
//! A chunk may be worked on twice after a crash, and two runs may meet the same item: items are
//! claimed by what they are, in the use cases that handle them. No name of a job or a run reaches
//! those, so that none can become part of what is claimed. And a job selects by state, never by
//! "today": what an earlier run has left is found by the next one, however late.
//!
//! ```
//! use jangbogo_job::{RunState, Tally};
//!
//! let mut tally = Tally { read: 20, done: 19, skipped: 1, ..Tally::default() };
//! assert_eq!(RunState::at_the_end(tally), RunState::Done);
//! tally.failed = 1;
//! assert_eq!(RunState::at_the_end(tally), RunState::DoneWithAttention);
//! ```

mod change_schedule;
mod chunk;
mod claim_due;
mod date;
mod forget_runs;
mod item;
mod job;
mod ports;
mod preview_job;
mod retry;
mod run;
mod run_job;
mod schedule;
mod step;
mod tally;

pub mod contract;

pub use change_schedule::{ChangeSchedule, ChangeScheduleError, ScheduleChange};
pub use chunk::Chunk;
pub use claim_due::{ClaimDue, DueJob};
pub use date::{BusinessDate, DateError};
pub use forget_runs::ForgetRuns;
pub use item::{ItemNote, Outcome, RoundDone, WorkError};
pub use job::{ItemPolicy, Job, JobName, JobNameError, Step, Work};
pub use ports::{
    ItemWork, JobQueries, Progress, RoundWork, RunRepository, RunView, ScheduleRepository,
    SourcePage, Timetable, TimetableError, Transaction, Waiting,
};
pub use preview_job::{Preview, PreviewJob};
pub use retry::RetryPolicy;
pub use run::{Run, RunId, RunState, Trigger};
pub use run_job::{Ran, RunJob, RunJobError, RunWanted};
pub use schedule::Schedule;
pub use step::StepProgress;
pub use tally::Tally;
