//! Work that nobody asks for: event relay, expiry sweep, janitor.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jangbogo_event_outbox::Relay;
use jangbogo_kernel::StoreError;
use jangbogo_ordering::ExpireOrders;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{BackgroundConfig, Shop};

/// The running background work of one process.
pub struct Background {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Background {
    /// Starts the work that the configuration wants.
    pub fn start(config: &BackgroundConfig, shop: &Shop, relay: Arc<Relay>) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        if config.enabled {
            tasks.spawn(relay.run(stop.clone()));
            let expire = shop.expire_orders.clone();
            let every = Duration::from_millis(config.expiry_every_ms);
            tasks.spawn(repeat("expire orders", every, stop.clone(), move || {
                let expire = Arc::clone(&expire);
                async move { Ok(expire.run().await? == ExpireOrders::BATCH_MAX) }
            }));
            let resolve = shop.resolve_attempts.clone();
            let every = Duration::from_millis(config.janitor_every_ms);
            tasks.spawn(repeat("resolve payment attempts", every, stop.clone(), move || {
                let resolve = Arc::clone(&resolve);
                async move {
                    for alarm in resolve.run().await?.alarms {
                        tracing::error!(%alarm, "a payment needs a person");
                    }
                    Ok(false)
                }
            }));
        }
        tasks.close();
        Self { stop, tasks }
    }

    /// Lets the work under way finish and starts no more.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
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
