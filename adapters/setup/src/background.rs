//! Work that nobody asks for: event relay, expiry sweep, janitor, counters.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jangbogo_kernel::StoreError;
use jangbogo_ordering::ExpireOrders;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{BackgroundConfig, CountersConfig, Opened};

/// The running background work of one process. Each duty may run in any number of processes at
/// once: events, orders and payment attempts are claimed row by row.
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

    /// Sweeps unpaid orders, and asks what became of payments.
    pub fn sweep(&mut self, config: &BackgroundConfig, opened: &Opened) {
        let expire = opened.shop.expire_orders.clone();
        self.repeat("expire orders", config.expiry_every_ms, move || {
            let expire = Arc::clone(&expire);
            async move { Ok(expire.run().await? == ExpireOrders::BATCH_MAX) }
        });
        let resolve = opened.shop.resolve_attempts.clone();
        self.repeat("resolve payment attempts", config.janitor_every_ms, move || {
            let resolve = Arc::clone(&resolve);
            async move {
                for alarm in resolve.run().await?.alarms {
                    tracing::error!(%alarm, "a payment needs a person");
                }
                Ok(false)
            }
        });
    }

    /// Adds sold pieces to the sales counters.
    pub fn count_sales(&mut self, config: &CountersConfig, opened: &Opened) {
        let flush = opened.shop.flush_sales.clone();
        self.repeat("flush sales", config.flush_every_ms, move || {
            let flush = Arc::clone(&flush);
            async move { flush.run().await }
        });
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
