//! How far a step of a run is.

use crate::{RunId, Tally};

/// A step of a run: where its reader goes on, and what has become of what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepProgress {
    /// The run.
    pub run: RunId,
    /// Its place in the job, from 0.
    pub position: u32,
    /// Its name.
    pub name: String,
    /// Where the next page begins; `None` at the beginning.
    pub cursor: Option<String>,
    /// Whether the last page was read.
    pub is_exhausted: bool,
    /// Pages read; guards the cursor, because each page is read by one worker.
    pub pages: i64,
    /// Chunks that are in somebody's hands, or left.
    pub chunks: u32,
    /// What has become of the items of settled chunks.
    pub tally: Tally,
}

impl StepProgress {
    /// A step that has not begun.
    pub fn new(run: RunId, position: u32, name: &str) -> Self {
        Self {
            run,
            position,
            name: name.to_owned(),
            cursor: None,
            is_exhausted: false,
            pages: 0,
            chunks: 0,
            tally: Tally::default(),
        }
    }

    /// Whether everything was read and settled.
    pub const fn is_over(&self) -> bool {
        self.is_exhausted && self.chunks == 0
    }
}
