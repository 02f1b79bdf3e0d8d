//! The second level: what all processes share, used in a hurry and trusted with nothing.
//!
//! Lists carry the *epoch* in which they were asked for, a random word that whoever changes a
//! product replaces after the commit. A list of another epoch does not count, however late it was
//! written, so a process never sees a list from before its own change. Product pages need no epoch:
//! their version is compared with the database's at each reading.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use jangbogo_kernel::{Clock, IdGenerator, Notices, SharedCache, SharedCacheError};

/// The form of stored values. A release that changes it raises the number: it and the release
/// before it do not read each other's values, and do not overwrite them either.
const FORMAT: u32 = 1;
/// Where the epoch of lists is kept, for releases of every form.
const EPOCH: &str = "cache:lists:epoch";
/// How long an epoch is kept; a lost one costs loads and nothing else.
const EPOCH_LIFE: Duration = Duration::from_hours(1);
/// How long a shared cache that did not answer is left alone.
const REST: Duration = Duration::from_secs(1);

/// The shared cache and the way to the other processes.
#[derive(Clone)]
pub struct Sharing {
    /// Values of all processes.
    pub cache: Arc<dyn SharedCache>,
    /// The way to the other processes.
    pub notices: Arc<dyn Notices>,
    /// Makes epochs.
    pub ids: Arc<dyn IdGenerator>,
}

/// The second level with its manners: a budget for each call, and a rest after a failure.
pub(crate) struct Shared {
    sharing: Sharing,
    clock: Arc<dyn Clock>,
    timeout: Duration,
    rests_until: AtomicI64,
    /// Changes that this process has made.
    changes: AtomicU64,
    /// How many of them have an epoch after them.
    told: AtomicU64,
}

/// What there is in an epoch.
pub(crate) struct InEpoch {
    pub(crate) epoch: Vec<u8>,
    pub(crate) value: Option<Vec<u8>>,
}

/// The key of something of this kind, in the present form.
pub(crate) fn key(kind: &str, name: &str) -> String {
    format!("cache:{FORMAT}:{kind}:{name}")
}

impl Shared {
    pub(crate) fn new(sharing: Sharing, clock: Arc<dyn Clock>, timeout: Duration) -> Self {
        let (changes, told) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { sharing, clock, timeout, rests_until: AtomicI64::new(i64::MIN), changes, told }
    }

    /// From now on no list of an epoch before counts here. Comes before everything else that a
    /// change does.
    pub(crate) fn change(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }

    /// Begins a new epoch for everybody and tells the other processes.
    pub(crate) async fn tell(&self, notice: &str) {
        if self.begin_epoch().await.is_some() {
            self.ask(self.sharing.notices.publish(notice)).await;
        }
    }

    /// The value of a key in the present epoch; `None` when the second level is out of use.
    pub(crate) async fn in_epoch(&self, key: &str) -> Option<InEpoch> {
        if self.told.load(Ordering::SeqCst) < self.changes.load(Ordering::SeqCst) {
            self.begin_epoch().await?;
        }
        let mut found = self.ask(self.sharing.cache.get_many(&[EPOCH, key])).await?.into_iter();
        let (epoch, value) = (found.next().flatten(), found.next().flatten());
        let Some(epoch) = epoch else {
            let epoch = self.begin_epoch().await?;
            return Some(InEpoch { epoch, value: None });
        };
        let value = value.and_then(|value| Some(value.strip_prefix(&*epoch)?.to_vec()));
        Some(InEpoch { epoch, value })
    }

    /// Keeps a value for those who are in this epoch.
    pub(crate) async fn set_in(&self, epoch: &[u8], key: &str, value: &[u8], life: Duration) {
        self.set(key, &[epoch, value].concat(), life).await;
    }

    pub(crate) async fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.ask(self.sharing.cache.get_many(&[key])).await?.pop().flatten()
    }

    pub(crate) async fn set(&self, key: &str, value: &[u8], life: Duration) {
        self.ask(self.sharing.cache.set(key, value, life)).await;
    }

    pub(crate) async fn remove(&self, key: &str) {
        self.ask(self.sharing.cache.remove(key)).await;
    }

    async fn begin_epoch(&self) -> Option<Vec<u8>> {
        let changes = self.changes.load(Ordering::SeqCst);
        let epoch = self.sharing.ids.next_uuid().simple().to_string().into_bytes();
        self.ask(self.sharing.cache.set(EPOCH, &epoch, EPOCH_LIFE)).await?;
        self.told.fetch_max(changes, Ordering::SeqCst);
        Some(epoch)
    }

    /// An answer in time, or none. After a failure nobody asks for a while: a shared cache that is
    /// slow must not make the shop slow.
    async fn ask<T>(&self, call: impl Future<Output = Result<T, SharedCacheError>>) -> Option<T> {
        let now = self.clock.now();
        if now.as_micros() < self.rests_until.load(Ordering::Relaxed) {
            return None;
        }
        let error = match tokio::time::timeout(self.timeout, call).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => error,
            Err(late) => SharedCacheError::new("answer in time", late),
        };
        tracing::warn!(?error, "the shared cache is left alone for a moment");
        self.rests_until.store(now.plus(REST).as_micros(), Ordering::Relaxed);
        None
    }
}
