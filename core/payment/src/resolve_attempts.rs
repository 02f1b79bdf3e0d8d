//! The janitor: finds out what became of attempts that nobody looks after.

use std::sync::Arc;
use std::time::Duration;

use jangbogo_kernel::{Clock, Store, StoreError, Timestamp, retried};

use crate::{
    Attempt, AttemptId, ExecuteRefund, ExecuteRefundError, Learnt, News, Providers, SentCharge,
    Settle, SettleError, Settled, Sought, Transaction, Way,
};

/// Picks up attempts after crashes and silence. Safe to run anywhere, any number of times at once.
///
/// | found | after | what happens |
/// |---|---|---|
/// | created capture without session | 30 s | aborted: nothing was sent |
/// | created capture with session | the session's life and 1 min | aborted |
/// | created refund | 30 s | carried out: its event was lost on the way |
/// | refund that was surely not sent | 1, 2, 4 … min, hourly | a new attempt is sent |
/// | sent | the call's deadline and 5 s | unknown: its process is gone |
/// | unknown | 5, 15, 30 s, 1, 2, 5, 15 min, hourly | the provider is asked |
/// | unknown | 24 h | handed to a person |
pub struct ResolveAttempts {
    store: Arc<dyn Store<dyn Transaction>>,
    providers: Providers,
    settle: Arc<Settle>,
    execute_refund: Arc<ExecuteRefund>,
    clock: Arc<dyn Clock>,
}

/// What one round did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolved {
    /// Attempts given up before anything was sent.
    pub aborted: u32,
    /// Attempts that were looked after.
    pub handled: u32,
    /// What a person must look at.
    pub alarms: Vec<String>,
}

const NOBODY_COMES: Duration = Duration::from_secs(30);
const GRACE: Duration = Duration::from_mins(1);
const ORPHAN_MARGIN: Duration = Duration::from_secs(5);
const BATCH_MAX: u32 = 50;

impl ResolveAttempts {
    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        providers: Providers,
        settle: Arc<Settle>,
        execute_refund: Arc<ExecuteRefund>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, providers, settle, execute_refund, clock }
    }

    /// One round over at most 50 attempts of each kind.
    pub async fn run(&self) -> Result<Resolved, StoreError> {
        let mut done =
            Resolved { aborted: retried(|| self.abort_stale()).await?, ..Resolved::default() };
        for id in self.orphans().await? {
            done.note(self.settle.run(id, &News::Orphaned).await)?;
        }
        for (id, news, learnt) in self.ask_providers().await? {
            done.note(self.settle.run_learning(id, &news, &learnt).await)?;
        }
        for id in self.waiting_refunds().await? {
            match self.execute_refund.run(id).await {
                Ok(settled) => done.note(Ok(settled))?,
                Err(ExecuteRefundError::Settle(error)) => done.note(Err(error))?,
                Err(ExecuteRefundError::Store(error)) => return Err(error),
                Err(error @ ExecuteRefundError::UnknownRefund) => {
                    done.alarms.push(error.to_string());
                }
            }
        }
        Ok(done)
    }

    /// How many attempts a round would find now; changes nothing.
    pub async fn waiting(&self) -> Result<u32, StoreError> {
        // Looked at as the round looks, and let go of.
        let now = self.clock.now();
        let (no_session, with_session) = self.stale_before(now);
        let mut tx = self.store.begin().await?;
        let found = [
            tx.payments().stale_created(no_session, with_session, BATCH_MAX).await?.len(),
            tx.payments().orphans(self.orphan_before(now), BATCH_MAX).await?.len(),
            tx.payments().waiting_refunds(now, BATCH_MAX).await?.len(),
            tx.payments().claim_lookups(now, now.plus(GRACE), BATCH_MAX).await?.len(),
        ];
        Ok(u32::try_from(found.into_iter().sum::<usize>()).unwrap_or(u32::MAX))
    }

    /// Created attempts without and with a session are given up when they are older.
    fn stale_before(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let lives = self.providers.all().map(|provider| provider.profile().session_life);
        let life = lives.max().unwrap_or(NOBODY_COMES) + GRACE;
        (now.minus(NOBODY_COMES), now.minus(life))
    }

    /// Sent attempts that are older have lost their process.
    fn orphan_before(&self, now: Timestamp) -> Timestamp {
        let deadlines = self.providers.all().map(|provider| provider.profile().call_deadline);
        now.minus(deadlines.max().unwrap_or_default() + ORPHAN_MARGIN)
    }

    async fn abort_stale(&self) -> Result<u32, StoreError> {
        let now = self.clock.now();
        let (no_session, with_session) = self.stale_before(now);
        let mut tx = self.store.begin().await?;
        let stale = tx.payments().stale_created(no_session, with_session, BATCH_MAX).await?;
        let mut aborted = 0;
        for mut attempt in stale {
            let version = attempt.version;
            if let Some(step) = attempt.abort("nobody came back", now) {
                tx.payments().save(&attempt, version).await?;
                tx.history().add(vec![step]).await?;
                aborted += 1;
            }
        }
        tx.commit().await?;
        Ok(aborted)
    }

    async fn orphans(&self) -> Result<Vec<AttemptId>, StoreError> {
        let before = self.orphan_before(self.clock.now());
        let mut tx = self.store.begin().await?;
        tx.payments().orphans(before, BATCH_MAX).await
    }

    async fn waiting_refunds(&self) -> Result<Vec<AttemptId>, StoreError> {
        let mut tx = self.store.begin().await?;
        tx.payments().waiting_refunds(self.clock.now(), BATCH_MAX).await
    }

    async fn claim(&self, now: Timestamp) -> Result<Vec<Attempt>, StoreError> {
        let mut tx = self.store.begin().await?;
        let due = tx.payments().claim_lookups(now, now.plus(GRACE), BATCH_MAX).await?;
        tx.commit().await?;
        Ok(due)
    }

    /// Claims what is due, then asks, with no transaction open.
    async fn ask_providers(&self) -> Result<Vec<(AttemptId, News, Learnt)>, StoreError> {
        let due = retried(|| self.claim(self.clock.now())).await?;
        let mut answers = Vec::with_capacity(due.len());
        for attempt in due {
            let Some(provider) = self.providers.get(&attempt.provider) else {
                continue; // its provider was taken out of the configuration; settle says so
            };
            let (news, reference) = if attempt.is_a_charge_without_name() {
                self.seek(&attempt).await?
            } else {
                match provider.lookup(&attempt.session_reference()).await {
                    Ok(looked) => (News::Lookup(looked), None),
                    Err(error) => (News::LookupFailed(error.to_string()), None),
                }
            };
            let learnt = Learnt { reference, ..Learnt::default() };
            answers.push((attempt.id, news, learnt));
        }
        Ok(answers)
    }

    /// Asks the provider's register about a charge whose answer, and with it the payment's name,
    /// never came; the second part is that name.
    async fn seek(&self, attempt: &Attempt) -> Result<(News, Option<String>), StoreError> {
        let Way::Charge(charge) = &attempt.way else {
            return Ok((News::LookupFailed("it is no charge".to_owned()), None));
        };
        let mut tx = self.store.begin().await?;
        let agreement = tx.agreements().find(charge.agreement).await?;
        drop(tx);
        let recurring = self.providers.recurring(&attempt.provider);
        let (Some(agreement), Some(recurring)) = (agreement, recurring) else {
            return Ok((News::LookupFailed("nobody can be asked about it".to_owned()), None));
        };
        let sent = SentCharge {
            key: agreement.key,
            merchant_ref: attempt.merchant_ref.clone(),
            amount: attempt.amount,
            witness: charge.witness.clone(),
            sent_at: attempt.sent_at.unwrap_or(attempt.created_at),
        };
        Ok(match recurring.seek(&sent).await {
            Ok(Sought::Done { transaction, reference }) => {
                let done = Sought::Done { transaction, reference: reference.clone() };
                (News::Sought(done), reference)
            }
            Ok(sought) => (News::Sought(sought), None),
            Err(error) => (News::LookupFailed(error.to_string()), None),
        })
    }
}

impl Resolved {
    fn note(&mut self, settled: Result<Settled, SettleError>) -> Result<(), StoreError> {
        match settled {
            Ok(settled) => self.alarms.extend(settled.alarm),
            Err(SettleError::Store(error)) => return Err(error),
            Err(error) => self.alarms.push(error.to_string()),
        }
        self.handled += 1;
        Ok(())
    }
}
