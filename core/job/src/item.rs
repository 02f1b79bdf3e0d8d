//! What may become of an item.

use jangbogo_kernel::{Fault as _, StoreError};

use crate::Tally;

/// What has become of an item. Each is final for the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// Nothing was to be done, and why.
    Skipped(String),
    /// Not done, and why; somebody should look.
    Failed(String),
    /// Not now, and why; a later run finds it again.
    Later(String),
}

/// An item that needs somebody's attention, or a later run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemNote {
    /// The item.
    pub item: String,
    /// What has become of it.
    pub outcome: Outcome,
}

/// What a round has done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoundDone {
    /// How many things were done.
    pub done: u64,
    /// What somebody should look at.
    pub notes: Vec<ItemNote>,
    /// Whether another round may find more.
    pub has_more: bool,
}

/// The work could not be done now.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// Somebody outside could not be reached: tried again after a pause.
    #[error("{0}")]
    Unreachable(String),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

jangbogo_kernel::fault!(WorkError {
    Unreachable: Unavailable = "unreachable",
} passes on { Store });

impl WorkError {
    /// Whether trying again may help.
    pub fn is_passing(&self) -> bool {
        self.kind() == jangbogo_kernel::ErrorKind::Unavailable
    }

    /// The whole chain of causes, in one line.
    pub(crate) fn in_words(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }
}

impl Outcome {
    /// The outcome's stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Skipped(_) => "skipped",
            Self::Failed(_) => "failed",
            Self::Later(_) => "later",
        }
    }

    /// Why, if there is anything to say.
    pub fn reason(&self) -> &str {
        match self {
            Self::Done => "",
            Self::Skipped(why) | Self::Failed(why) | Self::Later(why) => why,
        }
    }

    /// Whether it is written down beside the numbers.
    pub const fn is_noted(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Later(_))
    }

    /// One item of this outcome.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally { read: 1, ..Tally::default() };
        match self {
            Self::Done => tally.done = 1,
            Self::Skipped(_) => tally.skipped = 1,
            Self::Failed(_) => tally.failed = 1,
            Self::Later(_) => tally.later = 1,
        }
        tally
    }
}

impl RoundDone {
    /// Its numbers.
    pub fn tally(&self) -> Tally {
        let done = Tally { read: self.done, done: self.done, ..Tally::default() };
        Tally::sum(self.notes.iter().map(|note| note.outcome.tally())).plus(done)
    }
}
