//! What every shared cache must prove.

use std::time::Duration;

use crate::{IdGenerator, SharedCache, StoreError};

/// How often a value is looked for whose life is over. Each look goes to the cache and back.
const LOOKS_MAX: usize = 100_000;

/// What one process keeps another one gets, byte for byte; a later value takes the place of an
/// earlier one.
pub async fn shared_cache_gives_what_was_kept(
    here: &dyn SharedCache,
    elsewhere: &dyn SharedCache,
    ids: &dyn IdGenerator,
) -> Result<(), StoreError> {
    let keys = [name(ids), name(ids), name(ids)];
    let [first, second, absent] = [&*keys[0], &*keys[1], &*keys[2]];
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    let long = Duration::from_mins(1);
    done(here.set(first, &every_byte, long).await)?;
    done(here.set(second, b"", long).await)?;
    let found = done(elsewhere.get_many(&[second, absent, first, second]).await)?;
    let nothing = Some(Vec::new());
    assert_eq!(found, [nothing.clone(), None, Some(every_byte), nothing], "in the order asked for");
    assert_eq!(done(elsewhere.get_many(&[]).await)?, [], "nothing asked for");
    done(elsewhere.set(first, b"later", long).await)?;
    let found = done(here.get_many(&[first]).await)?;
    assert_eq!(found, [Some(b"later".to_vec())], "the later value");
    Ok(())
}

/// A removed value is gone, and removing nothing is no failure.
pub async fn shared_cache_forgets_what_is_removed(
    here: &dyn SharedCache,
    elsewhere: &dyn SharedCache,
    ids: &dyn IdGenerator,
) -> Result<(), StoreError> {
    let (key, kept) = (name(ids), name(ids));
    done(here.set(&key, b"value", Duration::from_mins(1)).await)?;
    done(here.set(&kept, b"value", Duration::from_mins(1)).await)?;
    for _ in 0..2 {
        done(elsewhere.remove(&key).await)?;
        let found = done(here.get_many(&[&*key, &*kept]).await)?;
        assert_eq!(found, [None, Some(b"value".to_vec())], "only what was removed is gone");
    }
    Ok(())
}

/// A value is gone when its life is over, and a life of nothing is over at once.
pub async fn shared_cache_ends_a_life(
    here: &dyn SharedCache,
    elsewhere: &dyn SharedCache,
    ids: &dyn IdGenerator,
) -> Result<(), StoreError> {
    let (kept, whole) = (name(ids), name(ids));
    done(here.set(&kept, b"value", Duration::from_mins(1)).await)?;
    done(here.set(&whole, b"value", Duration::MAX).await)?;
    for life in [Duration::from_millis(5), Duration::from_millis(1), Duration::ZERO] {
        let key = name(ids);
        done(here.set(&key, b"value", life).await)?;
        let mut looks = 0;
        while done(elsewhere.get_many(&[&*key]).await)? != [None] {
            looks += 1;
            assert!(looks < LOOKS_MAX, "a life of {life:?} does not end");
        }
    }
    let found = done(elsewhere.get_many(&[&*kept, &*whole]).await)?;
    assert!(found.iter().all(Option::is_some), "lives that are not over");
    Ok(())
}

fn name(ids: &dyn IdGenerator) -> String {
    format!("contract:{}", ids.next_uuid())
}

fn done<T>(outcome: Result<T, crate::SharedCacheError>) -> Result<T, StoreError> {
    outcome.map_err(|error| StoreError::new("use the shared cache", error))
}
