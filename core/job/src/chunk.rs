//! A page of items in the hands of one worker.

use jangbogo_kernel::Timestamp;

use crate::RunId;

/// Items that one worker has taken. Whoever writes about it shows its fence: a worker that was
/// paused past its lease has a lower one than the worker who took the chunk over, and is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The run.
    pub run: RunId,
    /// The step.
    pub position: u32,
    /// The page's number, from 1.
    pub number: i64,
    /// The items; none when the step works in rounds.
    pub items: Vec<String>,
    /// It is the worker's until then.
    pub lease_until: Timestamp,
    /// Grows each time that somebody takes it.
    pub fence: i64,
}
