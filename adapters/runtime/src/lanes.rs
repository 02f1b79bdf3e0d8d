//! Several combiners side by side, so that several commits are under way at once.

use std::sync::Arc;

use futures::future::join_all;
use jangbogo_kernel::Uuid;
use tokio::sync::Semaphore;

use crate::{BatchHandler, Combiner, CombinerSettings, SubmitError};

/// Combiners that each take their own share of the commands.
///
/// Commands that compete for the same rows belong into the same lane: that is what makes them share
/// a commit instead of waiting for each other's. Nothing depends on it: a command in a foreign lane
/// is only slower.
pub struct Lanes<C, R> {
    lanes: Vec<Combiner<C, R>>,
    competes_for: fn(&C) -> Uuid,
}

impl<C, R> Lanes<C, R>
where
    C: Send + Sync + 'static,
    R: Send + 'static,
{
    /// Starts so many lanes, at least one, on the present tokio runtime. Together they keep
    /// `settings.queue_max` commands waiting and have as many batches under way as there are
    /// lanes: one each when all are busy, up to `settings.parallel_max` of a lane while others are
    /// not. `competes_for` names what a command wants most.
    pub fn spawn(
        count: usize,
        settings: CombinerSettings,
        handler: &Arc<dyn BatchHandler<C, R>>,
        competes_for: fn(&C) -> Uuid,
    ) -> Self {
        let count = count.max(1);
        let settings =
            CombinerSettings { queue_max: settings.queue_max.div_ceil(count), ..settings };
        let places = Arc::new(Semaphore::new(count));
        let lane = |_| Combiner::spawn_sharing(settings, Arc::clone(handler), Arc::clone(&places));
        Self { lanes: (0..count).map(lane).collect(), competes_for }
    }

    /// Queues the command in its lane and waits for its result; see [`Combiner::submit`].
    ///
    /// # Errors
    /// Those of [`Combiner::submit`].
    pub async fn submit(&self, command: C) -> Result<R, SubmitError> {
        // The low half of an id is random, whatever made it.
        let (_, low) = (self.competes_for)(&command).as_u64_pair();
        let lane = usize::try_from(low % (self.lanes.len() as u64)).unwrap_or(0);
        match self.lanes.get(lane) {
            Some(lane) => lane.submit(command).await,
            None => Err(SubmitError::Stopped),
        }
    }

    /// Refuses new commands and waits until all that have queued are done.
    pub async fn shutdown(&self) {
        join_all(self.lanes.iter().map(Combiner::shutdown)).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use jangbogo_kernel::StoreError;
    use tokio::sync::Barrier;

    use super::*;
    use crate::Turn;

    /// Lets a batch end only when another one is under way too.
    struct Together {
        both: Barrier,
        seen: Mutex<Vec<u128>>,
    }

    #[async_trait]
    impl BatchHandler<u128, u128> for Together {
        async fn handle(&self, batch: &[u128], _turn: Turn) -> Result<Vec<u128>, StoreError> {
            self.both.wait().await;
            self.seen.lock().unwrap().extend(batch);
            Ok(batch.to_vec())
        }
    }

    fn lanes(count: usize, queue_max: usize) -> (Arc<Together>, Lanes<u128, u128>) {
        let seen = Mutex::default();
        let handler = Arc::new(Together { both: Barrier::new(count), seen });
        let as_handler: Arc<dyn BatchHandler<u128, u128>> = handler.clone();
        let settings = CombinerSettings { queue_max, ..CombinerSettings::default() };
        let lanes = Lanes::spawn(count, settings, &as_handler, |n| Uuid::from_u128(*n));
        (handler, lanes)
    }

    #[tokio::test]
    async fn two_lanes_work_at_the_same_time() {
        let (handler, lanes) = lanes(2, 8);
        let (even, odd) = tokio::join!(lanes.submit(2), lanes.submit(3));
        assert_eq!((even.unwrap(), odd.unwrap()), (2, 3));
        let mut seen = handler.seen.lock().unwrap().clone();
        seen.sort_unstable();
        assert_eq!(seen, [2, 3]);
    }

    #[tokio::test]
    async fn what_competes_shares_a_lane_and_a_stopped_lane_refuses() {
        let (handler, lanes) = lanes(1, 8);
        let (a, b) = tokio::join!(lanes.submit(4), lanes.submit(4));
        assert_eq!((a.unwrap(), b.unwrap()), (4, 4));
        assert_eq!(handler.seen.lock().unwrap().len(), 2);
        lanes.shutdown().await;
        assert!(matches!(lanes.submit(4).await, Err(SubmitError::Stopped)));
    }
}
