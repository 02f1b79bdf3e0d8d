//! Takes events out of the outbox and hands them to consumers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jangbogo_kernel::{
    Clock, DeadLetter, Event, EventKind, Id, Publication, PublicationQueue, StoreError, Timestamp,
};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::consumer::told;
use crate::{ConsumeError, Consumer};

/// Delivers events to consumers. Any number of relays, in any number of processes, may share one
/// queue.
pub struct Relay {
    queue: Arc<dyn PublicationQueue>,
    consumers: Vec<Arc<dyn Consumer>>,
    clock: Arc<dyn Clock>,
    settings: RelaySettings,
}

/// How the relay works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelaySettings {
    /// Events that are claimed at once.
    pub batch: u32,
    /// How long a claim lasts; also the longest time that a consumer may take for one event.
    pub lease: Duration,
    /// Wait between looks into an empty queue.
    pub poll: Duration,
    /// Wait after the first attempt; it doubles with each further one.
    pub retry_base: Duration,
    /// After so many attempts a consumer that still fails gets a dead letter.
    pub attempts_max: u32,
}

/// What became of one batch, or of several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RelayRound {
    /// Events that were claimed.
    pub claimed: usize,
    /// Events that all their consumers have handled.
    pub published: usize,
    /// Events that will be tried again.
    pub retried: usize,
    /// Events that some consumer will not get any more: dead letters.
    pub discarded: usize,
}

/// What becomes of an event after an attempt.
enum Fate {
    Published,
    Retried(Timestamp),
    Discarded(Vec<DeadLetter>),
}

/// A contended queue is asked again so often, at once, to keep an event's fate.
const KEEP_RETRIES_MAX: u32 = 3;
/// The longest wait while the queue does not answer.
const OUTAGE_WAIT_MAX: Duration = Duration::from_secs(5);

impl Default for RelaySettings {
    fn default() -> Self {
        Self {
            batch: 100,
            lease: Duration::from_secs(30),
            poll: Duration::from_millis(100),
            retry_base: Duration::from_secs(1),
            attempts_max: 4,
        }
    }
}

impl Relay {
    /// Assembles the relay.
    pub fn new(
        queue: Arc<dyn PublicationQueue>,
        consumers: Vec<Arc<dyn Consumer>>,
        clock: Arc<dyn Clock>,
        settings: RelaySettings,
    ) -> Self {
        Self { queue, consumers, clock, settings }
    }

    /// Makes known who must get which events; once, before the relay runs.
    pub async fn subscribe(&self) -> Result<(), StoreError> {
        for consumer in &self.consumers {
            let (name, events) = (consumer.name(), consumer.subscriptions());
            self.queue.subscribe(name, events).await?;
        }
        Ok(())
    }

    /// Claims one batch and delivers it in the order of the claim.
    pub async fn run_once(&self) -> Result<RelayRound, StoreError> {
        self.round(&CancellationToken::new()).await
    }

    /// Delivers until nothing is due now; for tests and demonstrations.
    pub async fn drain(&self) -> Result<RelayRound, StoreError> {
        let mut total = RelayRound::default();
        loop {
            let round = self.run_once().await?;
            if round.claimed == 0 {
                return Ok(total);
            }
            total.claimed += round.claimed;
            total.published += round.published;
            total.retried += round.retried;
            total.discarded += round.discarded;
        }
    }

    /// Delivers until told to stop. Stops between two events, never inside one.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut outage = 0;
        while !stop.is_cancelled() {
            let wait = match self.round(&stop).await {
                Ok(round) if round.claimed > 0 => {
                    outage = 0;
                    continue;
                }
                Ok(_) => {
                    outage = 0;
                    self.settings.poll
                }
                Err(error) => {
                    outage += 1;
                    tracing::error!(error = told(&error), outage, "the relay waits for the store");
                    doubled(self.settings.poll, outage).min(OUTAGE_WAIT_MAX)
                }
            };
            stop.run_until_cancelled(sleep(wait)).await;
        }
    }

    async fn round(&self, stop: &CancellationToken) -> Result<RelayRound, StoreError> {
        let now = self.clock.now();
        let lease_until = now.plus(self.settings.lease);
        let claimed = self.queue.claim(now, lease_until, self.settings.batch);
        let mut left = VecDeque::from(claimed.await?);
        let mut round = RelayRound { claimed: left.len(), ..RelayRound::default() };
        let unheard = self.publish_unheard(&mut left, now).await?;
        round.published += unheard;
        // What is claimed for longer than the lease may be somebody else's by now.
        while !stop.is_cancelled() && self.clock.now() < lease_until {
            let Some(publication) = left.pop_front() else {
                break;
            };
            let fate = self.deliver(&publication).await;
            if let Err(error) = self.keep(publication.event.id, &fate).await {
                self.release(left, lease_until).await;
                return Err(error);
            }
            match fate {
                Fate::Published => round.published += 1,
                Fate::Retried(_) => round.retried += 1,
                Fate::Discarded(_) => round.discarded += 1,
            }
        }
        self.release(left, lease_until).await;
        Ok(round)
    }

    /// Events that nobody listens to are done with all at once.
    async fn publish_unheard(
        &self,
        claimed: &mut VecDeque<Publication>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let heard = |publication: &Publication| {
            let name = publication.event.name.as_str();
            self.consumers.iter().any(|consumer| consumer.subscriptions().contains(&name))
        };
        let (left, unheard) = claimed.drain(..).partition::<VecDeque<_>, _>(heard);
        *claimed = left;
        let ids: Vec<Id<EventKind>> = unheard.iter().map(|done| done.event.id).collect();
        if !ids.is_empty() {
            self.queue.published(&ids, now).await?;
        }
        Ok(ids.len())
    }

    /// Hands the event to all its consumers. Those that have handled it in a former attempt know.
    async fn deliver(&self, publication: &Publication) -> Fate {
        let (event, attempt) = (&publication.event, publication.attempts);
        let shared = Arc::new(event.clone());
        let mut dead = Vec::new();
        let mut again = false;
        for consumer in &self.consumers {
            if !consumer.subscriptions().contains(&event.name.as_str()) {
                continue;
            }
            let cause = match self.hand_over(consumer, &shared).await {
                Ok(()) => continue,
                Err(ConsumeError::Permanent(cause)) => {
                    format!("attempt {attempt}, permanent: {cause}")
                }
                Err(ConsumeError::Transient(cause)) => {
                    again |= attempt < self.settings.attempts_max;
                    format!("attempt {attempt} of {}: {cause}", self.settings.attempts_max)
                }
            };
            let consumer = consumer.name().to_owned();
            tracing::warn!(%event.id, event.name, consumer, cause, "an event was not handled");
            dead.push(DeadLetter { consumer, cause });
        }
        if dead.is_empty() {
            Fate::Published
        } else if again {
            // Whoever refused for good refuses again: its dead letter is written with the others'.
            let wait = doubled(self.settings.retry_base, attempt.saturating_sub(1));
            Fate::Retried(self.clock.now().plus(wait))
        } else {
            tracing::error!(%event.id, event.name, letters = dead.len(), "an event is discarded");
            Fate::Discarded(dead)
        }
    }

    /// Runs the consumer in a task of its own, so that its panic ends that task alone.
    async fn hand_over(
        &self,
        consumer: &Arc<dyn Consumer>,
        event: &Arc<Event>,
    ) -> Result<(), ConsumeError> {
        let span = tracing::info_span!("consume", consumer = consumer.name(), %event.id);
        let (consumer, event) = (Arc::clone(consumer), Arc::clone(event));
        let handling = async move { consumer.handle(&event).await };
        let mut handling = tokio::spawn(handling.instrument(span));
        match timeout(self.settings.lease, &mut handling).await {
            Ok(Ok(handled)) => handled,
            Ok(Err(panic)) => Err(ConsumeError::Transient(panic.to_string())),
            Err(_) => {
                handling.abort();
                let lease = self.settings.lease;
                let cause = format!("not handled within {lease:?}");
                Err(ConsumeError::Transient(cause))
            }
        }
    }

    async fn keep(&self, event: Id<EventKind>, fate: &Fate) -> Result<(), StoreError> {
        let mut tries_left = KEEP_RETRIES_MAX;
        loop {
            let now = self.clock.now();
            let kept = match fate {
                Fate::Published => self.queue.published(&[event], now).await,
                Fate::Retried(at) => self.queue.retry(event, *at).await,
                Fate::Discarded(dead) => self.queue.discard(event, dead, now).await,
            };
            match kept {
                Err(error) if error.is_retryable() && tries_left > 0 => tries_left -= 1,
                kept => return kept,
            }
        }
    }

    /// Gives back what was claimed and not begun, so that nobody waits for the lease to end.
    async fn release(&self, left: VecDeque<Publication>, lease_until: Timestamp) {
        for publication in left {
            let now = self.clock.now();
            if now >= lease_until {
                return;
            }
            if let Err(error) = self.queue.retry(publication.event.id, now).await {
                tracing::warn!(error = told(&error), "claimed events wait for their lease to end");
                return;
            }
        }
    }
}

/// `base` doubled so many times, stopping at the longest time instead of wrapping.
fn doubled(base: Duration, times: u32) -> Duration {
    base.saturating_mul(2_u32.saturating_pow(times))
}

#[cfg(test)]
mod tests;
