//! What a job is made of.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::{ItemWork, RetryPolicy, RoundWork};

/// A job's name: lower-case words with hyphens, `expire-orders`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobName(Cow<'static, str>);

/// The text cannot be a job's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a job's name has up to {} lower-case letters, digits and hyphens", JobName::BYTES_MAX)]
pub struct JobNameError;

/// Something that the shop does by itself.
#[derive(Clone)]
pub struct Job {
    /// Its name.
    pub name: JobName,
    /// What it does, in a sentence for people.
    pub about: &'static str,
    /// Its steps, one after the other: a step begins when the one before is over on all hosts.
    pub steps: Vec<Step>,
}

/// A step of a job.
#[derive(Clone)]
pub struct Step {
    /// Its name, unique in the job.
    pub name: &'static str,
    /// How it works.
    pub work: Work,
}

/// How a step works.
#[derive(Clone)]
pub enum Work {
    /// Through items, page by page; any number of hosts share them.
    Items(Arc<dyn ItemWork>, ItemPolicy),
    /// In rounds, each of which finds its own work; one host at a time.
    Rounds(Arc<dyn RoundWork>, RetryPolicy),
}

/// How items are worked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemPolicy {
    /// Items of one chunk: so many may be worked on twice after a crash.
    pub chunk: u32,
    /// Chunks in hand at once in one process; so many items are under way at most.
    pub parallel: usize,
    /// When an item that could not be reached is tried again.
    pub retry: RetryPolicy,
    /// So many items that could not be reached in a row end the run: nobody is there, and asking
    /// about thousands more would not change that.
    pub unreachable_max: u32,
}

impl Default for ItemPolicy {
    fn default() -> Self {
        Self { chunk: 20, parallel: 1, retry: RetryPolicy::default(), unreachable_max: 10 }
    }
}

impl JobName {
    /// The longest name.
    pub const BYTES_MAX: usize = 40;

    /// The name of a job of this program's own, which is one that [`parse`](str::parse) takes.
    pub const fn of_ours(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for JobName {
    type Err = JobNameError;

    fn from_str(text: &str) -> Result<Self, JobNameError> {
        let fits = (1..=Self::BYTES_MAX).contains(&text.len());
        let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if !fits || !text.bytes().all(is_name) {
            return Err(JobNameError);
        }
        Ok(Self(Cow::Owned(text.to_owned())))
    }
}

impl fmt::Display for JobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_with_hyphens() {
        assert_eq!("expire-orders".parse::<JobName>().unwrap().as_str(), "expire-orders");
        for bad in ["", "Expire", "expire orders", "비", "expire_orders", &"x".repeat(41)] {
            assert_eq!(bad.parse::<JobName>(), Err(JobNameError), "{bad}");
        }
    }
}
