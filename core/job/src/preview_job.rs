//! Tell what a run would find, and change nothing.

use crate::{BusinessDate, Job, Work, WorkError};

/// What a step would find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The step.
    pub step: &'static str,
    /// How much waits for it; of a step that works in rounds, as much as its first round would see.
    pub waiting: u64,
    /// The first items.
    pub items: Vec<String>,
}

/// Looks at what waits for a job.
pub struct PreviewJob;

impl PreviewJob {
    /// Most items that are named.
    pub const ITEMS_MAX: usize = 20;
    const PAGE: u32 = 100;

    /// What each step would find.
    pub async fn run(job: &Job, as_of: BusinessDate) -> Result<Vec<Preview>, WorkError> {
        let mut previews = Vec::with_capacity(job.steps.len());
        for step in &job.steps {
            let mut preview = Preview { step: step.name, waiting: 0, items: Vec::new() };
            match &step.work {
                Work::Rounds(work, _) => preview.waiting = work.waiting(as_of).await?,
                Work::Items(work, _) => {
                    let mut after = None;
                    loop {
                        let page = work.page(as_of, after.as_deref(), Self::PAGE).await?;
                        preview.waiting += u64::try_from(page.items.len()).unwrap_or(u64::MAX);
                        let free = Self::ITEMS_MAX.saturating_sub(preview.items.len());
                        preview.items.extend(page.items.into_iter().take(free));
                        after = page.next;
                        if after.is_none() {
                            break;
                        }
                    }
                }
            }
            previews.push(preview);
        }
        Ok(previews)
    }

    /// Whether nothing waits at all.
    pub(crate) async fn is_idle(job: &Job, as_of: BusinessDate) -> Result<bool, WorkError> {
        for step in &job.steps {
            let is_idle = match &step.work {
                Work::Rounds(work, _) => work.waiting(as_of).await? == 0,
                Work::Items(work, _) => {
                    let page = work.page(as_of, None, 1).await?;
                    page.items.is_empty() && page.next.is_none()
                }
            };
            if !is_idle {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
