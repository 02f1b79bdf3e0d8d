//! A bounded map of answers, each loaded by one reader for all who wait.

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use jangbogo_kernel::{Clock, StoreError, Timestamp};
use metrics::{Counter, counter};
use moka::future::Cache;

use crate::entry::{Entry, Loaded};

/// Entries that nobody asks for leave the memory after this time, by moka's own clock. Only
/// housekeeping: what may be shown is decided by [`Entry`].
const IDLE: Duration = Duration::from_mins(10);

/// Finds the value of a key.
#[async_trait]
pub(crate) trait Loader<K, V>: Send + Sync {
    /// The value, asked for after `newer_than`. It has every change up to `mark` in it, and its own
    /// mark is at least that.
    async fn load(
        &self,
        key: &K,
        mark: i64,
        newer_than: Option<Timestamp>,
    ) -> Result<Loaded<V>, StoreError>;

    /// About how many bytes the value takes.
    fn size(value: &V) -> usize
    where
        Self: Sized;
}

/// A cache with one loader per key at a time.
pub(crate) struct Coalesced<K, V>(Arc<Inner<K, V>>);

struct Inner<K, V> {
    name: &'static str,
    entries: Cache<K, Arc<Entry<V>>>,
    loader: Arc<dyn Loader<K, V>>,
    clock: Arc<dyn Clock>,
    stale_max: Duration,
    /// Kept at hand: looking it up by its labels costs as much as the hit.
    hits: OnceLock<Counter>,
}

impl<K, V> Clone for Coalesced<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> Coalesced<K, V>
where
    K: Hash + Eq + Clone + Debug + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(crate) fn new<L: Loader<K, V> + 'static>(
        name: &'static str,
        loader: Arc<L>,
        clock: Arc<dyn Clock>,
        stale_max: Duration,
        bytes_max: u64,
    ) -> Self {
        let size = |_: &K, entry: &Arc<Entry<V>>| {
            let value = entry.loaded().map_or(0, |loaded| L::size(&loaded.value));
            u32::try_from(value.saturating_add(size_of::<(K, Entry<V>)>())).unwrap_or(u32::MAX)
        };
        let entries = Cache::builder()
            .name(name)
            .max_capacity(bytes_max)
            .weigher(size)
            .time_to_idle(IDLE)
            .build();
        let hits = OnceLock::new();
        Self(Arc::new(Inner { name, entries, loader, clock, stale_max, hits }))
    }

    /// The entry of a key, with everything up to `mark` in it; an old one while the store does not
    /// answer.
    pub(crate) async fn get(&self, key: &K, mark: i64) -> Arc<Entry<V>> {
        let it = &*self.0;
        let now = it.clock.now();
        if let Some(entry) = it.entries.get(key).await
            && entry.is_good(now, mark)
        {
            it.hits.get_or_init(|| it.hits()).increment(1);
            if entry.is_stale() {
                counter!("cache_stale_serves_total", "cache" => it.name).increment(1);
            }
            if entry.wants_renewal(now) {
                self.renew(key.clone(), mark, Arc::clone(&entry));
            }
            return entry;
        }
        counter!("cache_misses_total", "cache" => it.name, "level" => "local").increment(1);
        loop {
            let is_bad = |entry: &Arc<Entry<V>>| !entry.is_good(now, mark);
            let selected = it.entries.entry_by_ref(key);
            let entry = selected.or_insert_with_if(it.loaded(key, mark), is_bad).await.into_value();
            // Whoever comes after a change may have waited for a load that began before it. The
            // next load begins after it.
            if entry.answers(mark) {
                return entry;
            }
        }
    }

    /// Keeps what is known without a load.
    pub(crate) async fn put(&self, key: &K, loaded: Loaded<V>) {
        let entry = Arc::new(Entry::fresh(loaded, self.0.stale_max));
        self.0.entries.insert(key.clone(), entry).await;
    }

    /// Forgets the value of a key if it is such a one.
    pub(crate) async fn forget_if(&self, key: &K, is_such: impl Fn(&V) -> bool) {
        let entry = self.0.entries.get(key).await;
        if entry.is_some_and(|entry| entry.loaded().is_some_and(|it| is_such(&it.value))) {
            self.0.entries.invalidate(key).await;
        }
    }

    /// Forgets everything.
    pub(crate) fn forget_all(&self) {
        self.0.entries.invalidate_all();
    }

    /// Loads anew while readers are still shown the old.
    fn renew(&self, key: K, mark: i64, old: Arc<Entry<V>>) {
        let it = Arc::clone(&self.0);
        counter!("cache_refreshes_total", "cache" => it.name).increment(1);
        tokio::spawn(async move {
            let newer_than = old.loaded().map(|loaded| loaded.asked_at);
            let entry = match it.load(&key, mark, newer_than).await {
                Ok(entry) => entry,
                // A fresh entry goes on to its end; a stale one waits for its next try.
                Err(_) if !old.is_stale() => return,
                Err(_) => match old.stale(mark, it.clock.now()) {
                    Some(entry) => entry,
                    None => return,
                },
            };
            it.entries.insert(key, Arc::new(entry)).await;
        });
    }
}

impl<K, V> Inner<K, V>
where
    K: Hash + Eq + Debug + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    fn hits(&self) -> Counter {
        counter!("cache_hits_total", "cache" => self.name, "level" => "local")
    }

    async fn load(
        &self,
        key: &K,
        mark: i64,
        newer_than: Option<Timestamp>,
    ) -> Result<Entry<V>, StoreError> {
        counter!("cache_loads_total", "cache" => self.name).increment(1);
        let loaded = self.loader.load(key, mark, newer_than).await?;
        Ok(Entry::fresh(loaded, self.stale_max))
    }

    /// A new entry, or the old one when the store does not answer.
    async fn loaded(&self, key: &K, mark: i64) -> Arc<Entry<V>> {
        let error = match self.load(key, mark, None).await {
            Ok(entry) => return Arc::new(entry),
            Err(error) => error,
        };
        let now = self.clock.now();
        let old = self.entries.get(key).await.filter(|_| error.is_retryable());
        if let Some(stale) = old.and_then(|old| old.stale(mark, now)) {
            tracing::warn!(cache = self.name, ?key, ?error, "an old answer is shown");
            counter!("cache_stale_serves_total", "cache" => self.name).increment(1);
            return Arc::new(stale);
        }
        Arc::new(Entry::failed(error, mark, now))
    }
}
