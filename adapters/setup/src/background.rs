//! Work that nobody asks for: event relay, jobs, counters of views.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jangbogo_kernel::StoreError;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::jobs::Jobs;
use crate::{CountersConfig, Opened, Scheduler};

/// The running background work of one process. Each duty may run in any number of processes at
/// once: events are claimed row by row, the times of jobs one by one.
pub struct Background {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Background {
    /// No work yet.
    pub fn idle() -> Self {
        Self { stop: CancellationToken::new(), tasks: TaskTracker::new() }
    }

    /// Delivers events.
    pub fn relay(&mut self, opened: &Opened) {
        self.tasks.spawn(Arc::clone(&opened.relay).run(self.stop.clone()));
    }

    /// Runs jobs at their times.
    pub async fn schedule(&mut self, jobs: Jobs) -> anyhow::Result<()> {
        jobs.introduce().await?;
        self.tasks.spawn(Scheduler::new(jobs, self.stop.clone()).run());
        Ok(())
    }

    /// Writes visitors down. Whoever serves does so, even if it does nothing else in the
    /// background: without Redis its visitors are known to nobody else.
    pub fn count_views(&mut self, config: &CountersConfig, opened: &Opened) {
        let flush = opened.shop.flush_views.clone();
        self.repeat("flush views", config.flush_every_ms, move || {
            let flush = Arc::clone(&flush);
            async move { flush.run().await }
        });
    }

    /// Lets the work under way finish and starts no more.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn repeat<F, W>(&mut self, name: &'static str, every_ms: u64, work: F)
    where
        F: Fn() -> W + Send + 'static,
        W: Future<Output = Result<bool, StoreError>> + Send + 'static,
    {
        self.tasks.spawn(repeat(name, Duration::from_millis(every_ms), self.stop.clone(), work));
    }
}

/// Runs `work` again and again; at once when it says that there is more, else after `every`.
async fn repeat<F, W>(name: &'static str, every: Duration, stop: CancellationToken, work: F)
where
    F: Fn() -> W + Send,
    W: Future<Output = Result<bool, StoreError>> + Send,
{
    while !stop.is_cancelled() {
        let more = match work().await {
            Ok(more) => more,
            Err(error) => {
                tracing::warn!(job = name, ?error, "background work failed; it will run again");
                false
            }
        };
        if !more {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(every) => {}
            }
        }
    }
}
