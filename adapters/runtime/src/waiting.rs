//! Letting time pass.

use std::time::Duration;

use async_trait::async_trait;
use jangbogo_job::Waiting;
use tokio_util::sync::CancellationToken;

use crate::ManualClock;

/// Waits for real, until the process is told to stop.
#[derive(Debug, Clone, Default)]
pub struct SystemWaiting {
    stop: CancellationToken,
}

/// Does not wait: a clock moves on instead. For tests and simulations.
#[derive(Debug, Clone)]
pub struct ManualWaiting {
    clock: ManualClock,
    stop: CancellationToken,
}

impl SystemWaiting {
    /// Waits until the token is cancelled.
    pub fn new(stop: CancellationToken) -> Self {
        Self { stop }
    }
}

impl ManualWaiting {
    /// Moves this clock until the token is cancelled.
    pub fn new(clock: ManualClock, stop: CancellationToken) -> Self {
        Self { clock, stop }
    }
}

#[async_trait]
impl Waiting for SystemWaiting {
    async fn pause(&self, time: Duration) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(time) => {}
        }
    }

    fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }
}

#[async_trait]
impl Waiting for ManualWaiting {
    async fn pause(&self, time: Duration) {
        if !self.stop.is_cancelled() {
            self.clock.advance(time);
        }
        tokio::task::yield_now().await;
    }

    fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }
}

#[cfg(test)]
mod tests {
    use jangbogo_kernel::{Clock as _, Timestamp};

    use super::*;

    #[tokio::test]
    async fn a_pause_ends_when_the_process_is_to_stop() {
        let stop = CancellationToken::new();
        let waiting: &dyn Waiting = &SystemWaiting::new(stop.clone());
        assert!(!waiting.is_stopping());
        let hour = Duration::from_hours(1);
        tokio::join!(waiting.pause(hour), async { stop.cancel() });
        waiting.pause(hour).await;
        assert!(waiting.is_stopping());
    }

    #[tokio::test]
    async fn a_clock_moves_instead_of_a_wait() {
        let clock = ManualClock::new(Timestamp::from_micros(0));
        let stop = CancellationToken::new();
        let waiting = ManualWaiting::new(clock.clone(), stop.clone());
        waiting.pause(Duration::from_mins(5)).await;
        assert_eq!(clock.now().as_seconds(), 300);
        stop.cancel();
        waiting.pause(Duration::from_mins(5)).await;
        assert_eq!(clock.now().as_seconds(), 300, "who is about to stop does not wait");
    }
}
