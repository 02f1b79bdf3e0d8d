//! Write counted visitors into the database.

use std::sync::Arc;

use jangbogo_kernel::{Clock, Store, StoreError};

use crate::{
    ChangedViews, CountedViews, StoredViews, Transaction, ViewDay, ViewQueries, VisitorSketch,
};

/// Writes what the sketch has counted behind the visitors' backs.
///
/// Any number of processes may do so at once. Each unites its sketch with what is stored, so that
/// nobody is overwritten; views of a day never go down; and what the sketch holds is let go only
/// after the commit, so that a crash repeats work and loses nothing.
pub struct FlushViews {
    store: Arc<dyn Store<dyn Transaction>>,
    queries: Arc<dyn ViewQueries>,
    sketch: Arc<dyn VisitorSketch>,
    clock: Arc<dyn Clock>,
}

impl FlushViews {
    /// Most products and days in one flush.
    pub const BATCH_MAX: usize = 256;

    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        queries: Arc<dyn ViewQueries>,
        sketch: Arc<dyn VisitorSketch>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, queries, sketch, clock }
    }

    /// Flushes one batch, and tells whether there is more to do at once.
    pub async fn run(&self) -> Result<bool, StoreError> {
        let mut changed = self.sketch.changed(Self::BATCH_MAX).await?;
        if changed.is_empty() {
            return Ok(false);
        }
        let is_full = changed.len() >= Self::BATCH_MAX;
        // One order for everybody who flushes, so that nobody waits in a circle.
        changed.sort_unstable_by_key(|changed| changed.views);
        let views: Vec<_> = changed.iter().map(|changed| changed.views).collect();
        let stored = self.queries.stored(&views).await?;
        let mut settled: Vec<ChangedViews> = Vec::new();
        let mut counted: Vec<(ChangedViews, CountedViews)> = Vec::new();
        for changed in changed {
            // Of a product that is not there (the sketch outlived a database) nothing is kept.
            let Some(stored) = stored.iter().find(|stored| stored.views == changed.views) else {
                settled.push(changed);
                continue;
            };
            counted.push((changed, self.count(stored).await?));
        }
        let today = ViewDay::of(self.clock.now());
        let mut tx = self.store.begin().await?;
        for (changed, counted) in &counted {
            // Somebody else was first: our part stays in the sketch for the next flush.
            if tx.views().save(counted).await? {
                settled.push(*changed);
            }
        }
        tx.views().forget_sketches(today.before()).await?;
        tx.commit().await?;
        let progress = !settled.is_empty();
        self.sketch.settled(&settled).await?;
        Ok(is_full && progress)
    }

    async fn count(&self, stored: &StoredViews) -> Result<CountedViews, StoreError> {
        let sketched = self.sketch.united(stored).await?;
        Ok(CountedViews {
            views: stored.views,
            before: stored.visitors,
            // An estimate may be lower than one that was told already.
            visitors: sketched.visitors.max(stored.visitors),
            sketch: sketched.bytes,
            version: stored.version + 1,
        })
    }
}
