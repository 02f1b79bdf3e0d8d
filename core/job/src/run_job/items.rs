//! A step that works through items.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::future::join_all;
use futures::lock::Mutex;
use jangbogo_kernel::StoreError;

use super::{At, End, RunJob};
use crate::{Chunk, ItemNote, ItemPolicy, ItemWork, Outcome, StepProgress, Tally, WorkError};

/// What the workers of one process share.
struct Team<'a> {
    at: &'a At<'a>,
    work: &'a dyn ItemWork,
    policy: &'a ItemPolicy,
    /// One of them at a time looks for the next page.
    turn: Mutex<()>,
    /// How many items in a row could not be reached.
    unreachable: AtomicU32,
    /// Why none of them goes on.
    broken: OnceLock<String>,
}

enum Next {
    Chunk(Chunk),
    Over,
    OthersAtIt,
}

/// What a worker has settled of its chunk.
#[derive(Default)]
struct Settled {
    tally: Tally,
    notes: Vec<ItemNote>,
}

impl RunJob {
    /// Works until there is nothing to take.
    pub(super) async fn items(
        &self,
        at: &At<'_>,
        work: &dyn ItemWork,
        policy: &ItemPolicy,
    ) -> Result<End, StoreError> {
        let team = Team {
            at,
            work,
            policy,
            turn: Mutex::new(()),
            unreachable: AtomicU32::new(0),
            broken: OnceLock::new(),
        };
        let workers = (0..policy.parallel.max(1)).map(|_| self.worker(&team));
        let ends = join_all(workers).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        if let Some(why) = team.broken.into_inner() {
            return Ok(End::Broken(why));
        }
        if ends.contains(&End::Stopping) {
            return Ok(End::Stopping);
        }
        // Who found nothing to take may have left before a colleague settled the last chunk.
        let is_over = self.patiently(|| self.is_over(at)).await?;
        Ok(if is_over { End::Over } else { End::OthersAtIt })
    }

    async fn worker(&self, team: &Team<'_>) -> Result<End, StoreError> {
        loop {
            if self.waiting.is_stopping() {
                return Ok(End::Stopping);
            }
            if team.broken.get().is_some() {
                return Ok(End::OthersAtIt);
            }
            match self.next_chunk(team).await? {
                Next::Chunk(chunk) => self.work_through(team, chunk).await?,
                Next::Over => return Ok(End::Over),
                Next::OthersAtIt => return Ok(End::OthersAtIt),
            }
        }
    }

    /// What somebody has left, else the next page.
    async fn next_chunk(&self, team: &Team<'_>) -> Result<Next, StoreError> {
        let _turn = team.turn.lock().await;
        loop {
            let step = match self.patiently(|| self.left_or_step(team.at)).await? {
                Ok(chunk) => return Ok(Next::Chunk(chunk)),
                Err(step) if step.is_over() => return Ok(Next::Over),
                Err(step) if step.is_exhausted => return Ok(Next::OthersAtIt),
                Err(step) => step,
            };
            let (as_of, limit) = (team.at.as_of, team.policy.chunk);
            let page = match team.work.page(as_of, step.cursor.as_deref(), limit).await {
                Ok(page) => page,
                Err(WorkError::Store(error)) => return Err(error),
                Err(error) => {
                    let _ = team.broken.set(error.in_words());
                    return Ok(Next::OthersAtIt);
                }
            };
            let turned = StepProgress {
                is_exhausted: page.next.is_none(),
                cursor: page.next,
                pages: step.pages + 1,
                ..step
            };
            let taken = self.patiently(|| self.take_page(&turned, &page.items)).await?;
            if let Some(chunk) = taken {
                return Ok(Next::Chunk(chunk));
            }
        }
    }

    /// A chunk whose worker is gone; else how far the step is.
    async fn left_or_step(&self, at: &At<'_>) -> Result<Result<Chunk, StepProgress>, StoreError> {
        let now = self.clock.now();
        let until = now.plus(self.lease);
        let mut tx = self.store.begin().await?;
        if let Some(chunk) = tx.runs().take_left_chunk(at.run, at.position, now, until).await? {
            tx.runs().extend(at.run, until, now.plus(self.lease / 2)).await?;
            tx.commit().await?;
            return Ok(Ok(chunk));
        }
        Self::known_step(tx.runs().steps(at.run).await?, at).map(Err)
    }

    /// Takes the items that were read as the page, unless somebody else has read it.
    async fn take_page(
        &self,
        turned: &StepProgress,
        items: &[String],
    ) -> Result<Option<Chunk>, StoreError> {
        let now = self.clock.now();
        let lease_until = now.plus(self.lease);
        let mut tx = self.store.begin().await?;
        if !tx.runs().turn_page(turned).await? {
            return Ok(None);
        }
        let chunk = Chunk {
            run: turned.run,
            position: turned.position,
            number: turned.pages,
            items: items.to_vec(),
            lease_until,
            fence: 1,
        };
        if !items.is_empty() {
            tx.runs().add_chunk(&chunk).await?;
        }
        tx.runs().extend(turned.run, lease_until, now.plus(self.lease / 2)).await?;
        tx.commit().await?;
        Ok((!items.is_empty()).then_some(chunk))
    }

    /// Every item settles by itself; then the chunk is the checkpoint.
    async fn work_through(&self, team: &Team<'_>, mut chunk: Chunk) -> Result<(), StoreError> {
        let mut settled = Settled::default();
        while let Some(item) = chunk.items.first().cloned() {
            if self.waiting.is_stopping() || team.broken.get().is_some() {
                return self.give_back(team.at, chunk, settled).await;
            }
            if !self.keeps(&mut chunk, self.lease / 2, self.lease).await? {
                return Ok(()); // somebody has taken it over, and settles all of it
            }
            let Some(outcome) = self.outcome(team, &mut chunk, &item).await? else {
                return self.give_back(team.at, chunk, settled).await;
            };
            chunk.items.remove(0);
            settled.tally = settled.tally.plus(outcome.tally());
            if outcome.is_noted() {
                settled.notes.push(ItemNote { item, outcome });
            }
        }
        let is_ours = self.patiently(|| self.checkpoint(&chunk, &settled, true)).await?;
        Self::tell(team.at, is_ours, &settled);
        Ok(())
    }

    /// Tries an item as the policy says; `None` when it was left where it is.
    async fn outcome(
        &self,
        team: &Team<'_>,
        chunk: &mut Chunk,
        item: &str,
    ) -> Result<Option<Outcome>, StoreError> {
        let began = self.clock.now();
        let mut tries = 0;
        loop {
            tries += 1;
            let error = match team.work.settle(team.at.as_of, item).await {
                Ok(outcome) => {
                    team.unreachable.store(0, Ordering::Relaxed);
                    return Ok(Some(outcome));
                }
                Err(error) if error.is_passing() => error,
                Err(error) => return Ok(Some(Outcome::Failed(error.in_words()))),
            };
            let elapsed = self.clock.now().since(began);
            let Some(pause) = team.policy.retry.pause_after(tries, elapsed) else {
                let row = team.unreachable.fetch_add(1, Ordering::Relaxed).saturating_add(1);
                if row >= team.policy.unreachable_max {
                    let _ = team.broken.set(format!("{row} items in a row: {}", error.in_words()));
                    return Ok(None);
                }
                return Ok(Some(Outcome::Failed(error.in_words())));
            };
            let long = self.lease.saturating_add(pause);
            if !self.keeps(chunk, long, long).await? {
                return Ok(None);
            }
            self.waiting.pause(pause).await;
            if self.waiting.is_stopping() {
                return Ok(None);
            }
        }
    }

    /// Whether the chunk is still ours; its lease is renewed when less than `enough` is left of it.
    async fn keeps(
        &self,
        chunk: &mut Chunk,
        enough: std::time::Duration,
        lease: std::time::Duration,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        if now.plus(enough) <= chunk.lease_until {
            return Ok(true);
        }
        chunk.lease_until = now.plus(lease);
        self.patiently(|| self.hold(chunk)).await
    }

    pub(super) async fn hold(&self, chunk: &Chunk) -> Result<bool, StoreError> {
        let mut tx = self.store.begin().await?;
        let is_ours = tx.runs().hold_chunk(chunk).await?;
        tx.runs().extend(chunk.run, chunk.lease_until, chunk.lease_until).await?;
        tx.commit().await?;
        Ok(is_ours)
    }

    /// Keeps what is settled, and leaves the rest to whoever comes.
    async fn give_back(
        &self,
        at: &At<'_>,
        mut chunk: Chunk,
        settled: Settled,
    ) -> Result<(), StoreError> {
        chunk.lease_until = self.clock.now();
        let is_last = chunk.items.is_empty();
        let is_ours = self.patiently(|| self.checkpoint(&chunk, &settled, is_last)).await?;
        Self::tell(at, is_ours, &settled);
        Ok(())
    }

    /// One transaction: what is settled is counted, and is no longer in the chunk.
    async fn checkpoint(
        &self,
        chunk: &Chunk,
        settled: &Settled,
        is_over: bool,
    ) -> Result<bool, StoreError> {
        let (tally, notes) = (settled.tally, &settled.notes);
        self.keep(chunk, tally, notes, is_over).await
    }

    pub(super) async fn keep(
        &self,
        chunk: &Chunk,
        tally: Tally,
        notes: &[ItemNote],
        is_over: bool,
    ) -> Result<bool, StoreError> {
        let mut tx = self.store.begin().await?;
        let is_ours = if is_over {
            tx.runs().close_chunk(chunk).await?
        } else {
            tx.runs().hold_chunk(chunk).await?
        };
        if !is_ours {
            return Ok(false);
        }
        tx.runs().note(chunk.run, chunk.position, notes, self.clock.now()).await?;
        tx.runs().count(chunk.run, chunk.position, tally).await?;
        tx.commit().await?;
        Ok(true)
    }

    fn tell(at: &At<'_>, is_ours: bool, settled: &Settled) {
        if is_ours {
            at.progress.settled(at.name, settled.tally);
            settled.notes.iter().for_each(|note| at.progress.noted(at.name, note));
        }
    }

    async fn is_over(&self, at: &At<'_>) -> Result<bool, StoreError> {
        let mut tx = self.store.begin().await?;
        Ok(Self::known_step(tx.runs().steps(at.run).await?, at)?.is_over())
    }

    pub(super) fn known_step(
        steps: Vec<StepProgress>,
        at: &At<'_>,
    ) -> Result<StepProgress, StoreError> {
        let step = steps.into_iter().find(|step| step.position == at.position);
        let job = &at.job.name;
        step.filter(|step| step.name == at.name).ok_or_else(|| {
            StoreError::new("find a step", format!("the run is of another program's {job}"))
        })
    }
}
