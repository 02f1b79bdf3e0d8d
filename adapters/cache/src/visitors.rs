//! Unique visitors without a server: a HyperLogLog in memory for each product and day.

use std::collections::HashMap;
use std::hash::DefaultHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use cardinality_estimator::CardinalityEstimator;
use jangbogo_catalog::{ChangedViews, Sketched, StoredViews, ViewsOf, Visitor, VisitorSketch};
use jangbogo_kernel::StoreError;
use serde_json::{Value, json};

/// 2^14 registers of 6 bits: a standard error of 0.81 %, as Redis has.
type Estimator = CardinalityEstimator<[u8], DefaultHasher, 14, 6>;

/// Visitors since the last flush, in this process; what is stored knows the others.
///
/// A product that few look at takes some bytes, any other 12 KiB at most. A process that is killed
/// loses the visitors since its last flush; one that stops writes them first.
#[derive(Debug, Default)]
pub struct MemoryVisitors {
    sketches: Mutex<HashMap<ViewsOf, Sketch>>,
}

#[derive(Debug, Default)]
struct Sketch {
    visitors: Estimator,
    /// Grows with every visitor.
    mark: u64,
}

/// Most products and days between two flushes; visitors of further ones are not counted.
const SKETCHES_MAX: usize = 50_000;
/// The kind of sketch that the bytes are; other kinds begin otherwise.
const KIND: u8 = b'E';

impl MemoryVisitors {
    fn lock(&self) -> MutexGuard<'_, HashMap<ViewsOf, Sketch>> {
        self.sketches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl VisitorSketch for MemoryVisitors {
    async fn record(&self, views: ViewsOf, visitor: Visitor) -> Result<(), StoreError> {
        let hash = visitor.hash().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let mut sketches = self.lock();
        if sketches.len() >= SKETCHES_MAX && !sketches.contains_key(&views) {
            metrics::counter!("views_dropped_total").increment(1);
            return Ok(());
        }
        let sketch = sketches.entry(views).or_default();
        sketch.visitors.insert_hash(hash);
        sketch.mark += 1;
        Ok(())
    }

    async fn changed(&self, limit: usize) -> Result<Vec<ChangedViews>, StoreError> {
        let sketches = self.lock();
        let changed = sketches.iter().take(limit);
        Ok(changed
            .map(|(views, sketch)| ChangedViews { views: *views, mark: sketch.mark })
            .collect())
    }

    async fn united(&self, stored: &StoredViews) -> Result<Sketched, StoreError> {
        let mut whole = stored.sketch.as_deref().and_then(read).unwrap_or_default();
        if let Some(sketch) = self.lock().get(&stored.views) {
            whole.merge(&sketch.visitors);
        }
        let visitors = i64::try_from(whole.estimate()).unwrap_or(i64::MAX);
        Ok(Sketched { bytes: written(&whole)?, visitors })
    }

    async fn settled(&self, changed: &[ChangedViews]) -> Result<(), StoreError> {
        let mut sketches = self.lock();
        for changed in changed {
            // Who came later is still in the sketch; who is stored twice counts once.
            if sketches.get(&changed.views).is_some_and(|sketch| sketch.mark == changed.mark) {
                sketches.remove(&changed.views);
            }
        }
        Ok(())
    }
}

/// The estimator's own form is a word and perhaps a list of numbers. Of the word only the two tag
/// bits mean anything when there is a list: the rest is an address in memory.
fn written(estimator: &Estimator) -> Result<Vec<u8>, StoreError> {
    let failed = |error| StoreError::new("write a sketch", error);
    let form = serde_json::to_value(estimator).map_err(failed)?;
    let (word, list): (u64, Option<Vec<u32>>) = serde_json::from_value(form).map_err(failed)?;
    let word = if list.is_some() { word & 3 } else { word };
    let mut bytes = vec![KIND];
    bytes.extend(word.to_le_bytes());
    bytes.extend(list.into_iter().flatten().flat_map(u32::to_le_bytes));
    Ok(bytes)
}

/// The estimator in the bytes; none when they are something else.
fn read(bytes: &[u8]) -> Option<Estimator> {
    let (word, list) = bytes.strip_prefix(&[KIND])?.split_first_chunk::<8>()?;
    let word = u64::from_le_bytes(*word);
    let list: Vec<u32> =
        list.chunks_exact(4).map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]])).collect();
    let list = if list.is_empty() { Value::Null } else { json!(list) };
    serde_json::from_value(json!([word, list])).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimator(visitors: u64) -> Estimator {
        let mut estimator = Estimator::new();
        for visitor in 0..visitors {
            // A bijection that spreads its bits, as a hash does.
            let mut hash = visitor.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            estimator.insert_hash(hash ^ (hash >> 31));
        }
        estimator
    }

    #[test]
    fn bytes_and_back() {
        for visitors in [0, 1, 2, 3, 50, 500, 100_000] {
            let whole = estimator(visitors);
            let bytes = written(&whole).unwrap();
            assert!(bytes.len() <= 13 * 1024, "{} bytes for {visitors}", bytes.len());
            let mut again = read(&bytes).unwrap();
            assert_eq!(again.estimate(), whole.estimate());
            assert_eq!(written(&again).unwrap(), bytes, "the same visitors are the same bytes");
            again.merge(&whole);
            assert_eq!(again.estimate(), whole.estimate(), "{visitors} are themselves");
        }
    }

    #[test]
    fn other_bytes_are_no_sketch() {
        let list = |word: u8, count: usize| [vec![KIND, word], vec![0; 7 + 4 * count]].concat();
        for bytes in [vec![], vec![KIND], b"HYLL".to_vec(), list(3, 5), list(1, 1), list(0, 3)] {
            assert!(read(&bytes).is_none(), "{bytes:?}");
        }
    }

    #[test]
    fn the_error_is_small() {
        for visitors in [1_000_u32, 10_000, 100_000] {
            let told = estimator(u64::from(visitors)).estimate();
            let error = (f64::from(u32::try_from(told).unwrap()) / f64::from(visitors) - 1.0).abs();
            // Three times the standard error.
            assert!(error < 0.0243, "{told} told for {visitors}");
        }
    }
}
