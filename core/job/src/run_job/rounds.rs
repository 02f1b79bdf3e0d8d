//! A step that works in rounds.

use jangbogo_kernel::StoreError;

use super::{At, End, RunJob};
use crate::{Chunk, RetryPolicy, RoundDone, RoundWork, StepProgress, WorkError};

impl RunJob {
    /// Works until a round finds no more. One host at a time: its chunk has no items, and is its
    /// right to go on.
    pub(super) async fn rounds(
        &self,
        at: &At<'_>,
        work: &dyn RoundWork,
        retry: &RetryPolicy,
    ) -> Result<End, StoreError> {
        let mut turn = match self.patiently(|| self.take_turn(at)).await? {
            Ok(turn) => turn,
            Err(step) if step.is_over() => return Ok(End::Over),
            Err(_) => return Ok(End::OthersAtIt),
        };
        loop {
            let done = match self.round(at, work, retry).await {
                Ok(done) => done,
                Err(error) => {
                    turn.lease_until = self.clock.now();
                    self.patiently(|| self.hold(&turn)).await?;
                    return Ok(End::Broken(error.in_words()));
                }
            };
            let (now, is_last) = (self.clock.now(), !done.has_more);
            let is_stopping = !is_last && self.waiting.is_stopping();
            turn.lease_until = if is_stopping { now } else { now.plus(self.lease) };
            let tally = done.tally();
            let is_ours = self.patiently(|| self.keep(&turn, tally, &done.notes, is_last)).await?;
            if is_ours {
                at.progress.settled(at.name, tally);
                done.notes.iter().for_each(|note| at.progress.noted(at.name, note));
            }
            match (is_ours, is_last, is_stopping) {
                (false, ..) => return Ok(End::OthersAtIt),
                (true, true, _) => return Ok(End::Over),
                (true, false, true) => return Ok(End::Stopping),
                (true, false, false) => {}
            }
        }
    }

    /// The right to work, when nobody has it; else how far the step is.
    async fn take_turn(&self, at: &At<'_>) -> Result<Result<Chunk, StepProgress>, StoreError> {
        let now = self.clock.now();
        let lease_until = now.plus(self.lease);
        let mut tx = self.store.begin().await?;
        let left = tx.runs().take_left_chunk(at.run, at.position, now, lease_until).await?;
        let turn = if let Some(turn) = left {
            turn
        } else {
            let step = Self::known_step(tx.runs().steps(at.run).await?, at)?;
            if step.pages > 0 {
                return Ok(Err(step));
            }
            let begun = StepProgress { pages: 1, is_exhausted: true, ..step };
            if !tx.runs().turn_page(&begun).await? {
                return Ok(Err(StepProgress { chunks: 1, ..begun }));
            }
            let (run, position) = (at.run, at.position);
            let turn = Chunk { run, position, number: 1, items: Vec::new(), lease_until, fence: 1 };
            tx.runs().add_chunk(&turn).await?;
            turn
        };
        tx.runs().extend(at.run, lease_until, lease_until).await?;
        tx.commit().await?;
        Ok(Ok(turn))
    }

    async fn round(
        &self,
        at: &At<'_>,
        work: &dyn RoundWork,
        retry: &RetryPolicy,
    ) -> Result<RoundDone, WorkError> {
        let began = self.clock.now();
        let mut tries = 0;
        loop {
            tries += 1;
            let error = match work.round(at.as_of).await {
                Err(error) if error.is_passing() => error,
                done => return done,
            };
            match retry.pause_after(tries, self.clock.now().since(began)) {
                Some(pause) if !self.waiting.is_stopping() => self.waiting.pause(pause).await,
                _ => return Err(error),
            }
        }
    }
}
