//! A run of a job, and its states.

use std::time::Duration;

use jangbogo_kernel::{Id, Kind, Timestamp};

use crate::{BusinessDate, JobName, Tally};

/// A run's id: `run_…`.
pub type RunId = Id<Run>;

/// One job for one business date.
///
/// `running → done | done_with_attention | failed`; a failed run, or one that nobody works on any
/// more, is taken up again by whoever starts the job for its date, or abandoned when a run for a
/// later date begins, which finds what it left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The job.
    pub job: JobName,
    /// The day that it is for.
    pub as_of: BusinessDate,
    /// Who began it.
    pub trigger: Trigger,
    /// Where it is.
    pub state: RunState,
    /// Why it failed or was abandoned.
    pub reason: String,
    /// Somebody works on it until then; later, nobody is known to.
    pub lease_until: Timestamp,
    /// How often it was taken up, the first time included.
    pub taken_up: i64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Grows with every save.
    pub version: i64,
}

impl Kind for Run {
    const PREFIX: &'static str = "run";
}

/// Who begins a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// Somebody at a command line.
    Command,
    /// A schedule.
    Schedule,
}

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// Under way, or left by a process that was killed.
    Running,
    /// Every item is done, or nothing was to be done.
    Done,
    /// Worked through; some items need somebody's attention.
    DoneWithAttention,
    /// Broken off.
    Failed,
    /// Never ended; a run for a later date has taken over what it left.
    Abandoned,
}

/// What somebody does who starts a job for a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// Begin a run.
    Begin,
    /// Work beside those who are at it.
    Join,
    /// Go on where it was left.
    TakeUp,
}

impl Trigger {
    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Schedule => "schedule",
        }
    }

    /// The trigger of a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Command, Self::Schedule].into_iter().find(|trigger| trigger.name() == name)
    }
}

impl RunState {
    /// All states.
    pub const ALL: [Self; 5] =
        [Self::Running, Self::Done, Self::DoneWithAttention, Self::Failed, Self::Abandoned];

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::DoneWithAttention => "done_with_attention",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
        }
    }

    /// The state of a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether somebody may still work on it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Failed)
    }

    /// How a run ends that was worked through.
    pub const fn at_the_end(tally: Tally) -> Self {
        if tally.failed == 0 { Self::Done } else { Self::DoneWithAttention }
    }
}

impl Run {
    /// A run that begins now.
    pub fn begin(
        id: RunId,
        job: JobName,
        as_of: BusinessDate,
        trigger: Trigger,
        now: Timestamp,
        lease: Duration,
    ) -> Self {
        Self {
            id,
            job,
            as_of,
            trigger,
            state: RunState::Running,
            reason: String::new(),
            lease_until: now.plus(lease),
            taken_up: 1,
            started_at: now,
            finished_at: None,
            version: 1,
        }
    }

    /// What to do when this was the last run for its job and date.
    pub(crate) fn opening(last: Option<&Self>, now: Timestamp) -> Opening {
        match last {
            Some(run) if run.state == RunState::Failed => Opening::TakeUp,
            Some(run) if run.state == RunState::Running && run.is_left(now) => Opening::TakeUp,
            Some(run) if run.state == RunState::Running => Opening::Join,
            _ => Opening::Begin,
        }
    }

    /// Whether nobody is known to work on it.
    pub fn is_left(&self, now: Timestamp) -> bool {
        self.state.is_open() && self.lease_until <= now
    }

    /// Goes on with it.
    pub(crate) fn take_up(&mut self, now: Timestamp, lease: Duration) {
        self.state = RunState::Running;
        self.reason.clear();
        self.finished_at = None;
        self.taken_up += 1;
        self.lease_until = now.plus(lease);
        self.version += 1;
    }

    /// Ends it.
    pub(crate) fn end(&mut self, state: RunState, reason: &str, now: Timestamp) {
        self.state = state;
        reason.clone_into(&mut self.reason);
        self.finished_at = Some(now);
        self.lease_until = now;
        self.version += 1;
    }
}

#[cfg(test)]
mod tests {
    use jangbogo_kernel::Uuid;

    use super::*;

    const LEASE: Duration = Duration::from_mins(1);
    const NOW: Timestamp = Timestamp::from_micros(7);

    fn run() -> Run {
        let (job, day) = ("billing".parse().unwrap(), "2026-11-26".parse().unwrap());
        Run::begin(Id::new(Uuid::from_u128(1)), job, day, Trigger::Command, NOW, LEASE)
    }

    #[test]
    fn whoever_comes_joins_takes_up_or_begins() {
        let mut last = run();
        assert_eq!(Run::opening(None, NOW), Opening::Begin);
        assert_eq!(Run::opening(Some(&last), NOW), Opening::Join);
        assert_eq!(Run::opening(Some(&last), NOW.plus(LEASE)), Opening::TakeUp, "it was left");
        last.end(RunState::Failed, "nobody there", NOW);
        assert_eq!(Run::opening(Some(&last), NOW), Opening::TakeUp);
        last.take_up(NOW, LEASE);
        assert_eq!((last.state, last.taken_up, last.finished_at), (RunState::Running, 2, None));
        for over in [RunState::Done, RunState::DoneWithAttention, RunState::Abandoned] {
            last.end(over, "", NOW);
            assert_eq!(Run::opening(Some(&last), NOW.plus(LEASE)), Opening::Begin, "{over:?}");
        }
    }

    #[test]
    fn names_are_names_of_their_own() {
        for state in RunState::ALL {
            assert_eq!(RunState::from_name(state.name()), Some(state));
        }
        for trigger in [Trigger::Command, Trigger::Schedule] {
            assert_eq!(Trigger::from_name(trigger.name()), Some(trigger));
        }
    }
}
