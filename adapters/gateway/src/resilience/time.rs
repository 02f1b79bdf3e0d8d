//! Time as the layers see it: the machine's, or a test's, which jumps to the next moment at which
//! somebody wakes up.

use std::future::Future;
use std::time::{Duration, Instant};

#[cfg(test)]
pub(super) mod paused;

/// The present.
pub(super) fn now() -> Instant {
    #[cfg(test)]
    if let Some(now) = paused::now() {
        return now;
    }
    Instant::now()
}

/// Waits so long.
pub(super) async fn pause(time: Duration) {
    #[cfg(test)]
    if paused::now().is_some() {
        return paused::pause(time).await;
    }
    tokio::time::sleep(time).await;
}

/// What the work comes to within so long; `None` when that was not enough.
pub(super) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        done = work => Some(done),
        () = pause(limit) => None,
    }
}
