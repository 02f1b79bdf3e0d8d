//! A shared cache in memory, which can be slow, down, or emptied; and the way between processes,
//! which can lose what is said. Redis itself is proved by the contracts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jangbogo_cache::{CachedProducts, Sharing};
use jangbogo_kernel::{IdGenerator, NoticeListener as _, Notices, SharedCache, SharedCacheError};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mood {
    Well,
    Down,
    /// Answers nobody in time.
    Slow,
}

pub(crate) struct Between {
    values: Mutex<HashMap<String, Vec<u8>>>,
    said: Mutex<Vec<String>>,
    mood: Mutex<Mood>,
    calls: AtomicUsize,
}

impl Between {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            values: Mutex::default(),
            said: Mutex::default(),
            mood: Mutex::new(Mood::Well),
            calls: AtomicUsize::new(0),
        })
    }

    pub(crate) fn sharing(self: &Arc<Self>, ids: Arc<dyn IdGenerator>) -> Sharing {
        Sharing { cache: self.clone(), notices: self.clone(), ids }
    }

    pub(crate) fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    pub(crate) fn is_flushed(&self) {
        self.values.lock().unwrap().clear();
    }

    /// Brings what was said to a process.
    pub(crate) async fn delivers_to(&self, cache: &CachedProducts) {
        let said: Vec<_> = self.said.lock().unwrap().drain(..).collect();
        for notice in said {
            cache.heard(&notice).await;
        }
    }

    /// What was said reaches nobody.
    pub(crate) fn loses_everything(&self) -> usize {
        self.said.lock().unwrap().drain(..).count()
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.swap(0, Ordering::SeqCst)
    }

    /// Replaces every value by what another release might have written.
    pub(crate) fn is_spoilt(&self, spoilt: &[u8]) {
        let mut values = self.values.lock().unwrap();
        let keys = values.iter_mut().filter(|(key, _)| !key.ends_with("epoch"));
        keys.for_each(|(_, value)| {
            // Whatever stands in front, the epoch of a list among it, stays.
            let text = value.iter().position(|byte| *byte == b'{').unwrap();
            value.truncate(text);
            value.extend_from_slice(spoilt);
        });
    }

    async fn reached(&self) -> Result<(), SharedCacheError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Well => Ok(()),
            Mood::Down => Err(SharedCacheError::new("answer", "it is down")),
            Mood::Slow => std::future::pending().await,
        }
    }
}

#[async_trait]
impl SharedCache for Between {
    async fn get_many(&self, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>, SharedCacheError> {
        self.reached().await?;
        let values = self.values.lock().unwrap();
        Ok(keys.iter().map(|key| values.get(*key).cloned()).collect())
    }

    async fn set(&self, key: &str, value: &[u8], _life: Duration) -> Result<(), SharedCacheError> {
        self.reached().await?;
        self.values.lock().unwrap().insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    async fn remove(&self, key: &str) -> Result<(), SharedCacheError> {
        self.reached().await?;
        self.values.lock().unwrap().remove(key);
        Ok(())
    }
}

#[async_trait]
impl Notices for Between {
    async fn publish(&self, notice: &str) -> Result<(), SharedCacheError> {
        self.reached().await?;
        self.said.lock().unwrap().push(notice.to_owned());
        Ok(())
    }
}
