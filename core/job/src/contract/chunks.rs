//! Steps and chunks.

use jangbogo_kernel::contract::{both, missing};
use jangbogo_kernel::{IdGenerator, Store, StoreError, Timestamp};

use super::{LEASE, SECOND, add, run};
use crate::{Chunk, ItemNote, JobQueries, Outcome, Run, RunId, StepProgress, Tally, Transaction};

/// Of many workers who have read the same page one turns it.
pub async fn a_page_is_turned_once(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let run = begun(store, ids, now).await?;
    let mut step = first_step(store, run.id).await?;
    step.cursor = Some("커서".to_owned());
    step.pages = 1;
    let turn = || async {
        let mut tx = store.begin().await?;
        let is_turned = tx.runs().turn_page(&step).await?;
        tx.commit().await?;
        Ok::<bool, StoreError>(is_turned)
    };
    let (one, other) = both(turn(), turn()).await;
    assert!(one? != other?, "exactly one turns the page");
    assert_eq!(first_step(store, run.id).await?, step, "as it was turned");
    step.pages = 2;
    step.cursor = None;
    step.is_exhausted = true;
    let mut tx = store.begin().await?;
    assert!(tx.runs().turn_page(&step).await?, "the next page");
    tx.commit().await?;
    assert_eq!(first_step(store, run.id).await?, step, "the last page");
    let mut tx = store.begin().await?;
    let steps = tx.runs().steps(run.id).await?;
    assert_eq!(steps.get(1).map(|other| other.pages), Some(0), "another step moved");
    Ok(())
}

/// A chunk whose lease is over is taken by one, with a higher fence; one whose lease lasts by
/// nobody.
pub async fn a_left_chunk_is_taken_by_one(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let run = begun(store, ids, now).await?;
    let chunk = taken(store, run.id, 1, now).await?;
    assert_eq!(first_step(store, run.id).await?.chunks, 1, "it is in somebody's hands");
    let take = |at: Timestamp, position| async move {
        let mut tx = store.begin().await?;
        let until = at.plus(LEASE);
        let chunk = tx.runs().take_left_chunk(run.id, position, at, until).await?;
        tx.commit().await?;
        Ok::<_, StoreError>(chunk)
    };
    let over = now.plus(LEASE);
    assert_eq!(take(now, 0).await?, None, "its lease lasts");
    assert_eq!(take(over, 1).await?, None, "another step's");
    let (one, other) = both(take(over, 0), take(over, 0)).await;
    let again = Chunk { fence: 2, lease_until: over.plus(LEASE), ..chunk };
    let found: Vec<Chunk> = [one?, other?].into_iter().flatten().collect();
    assert_eq!(found, [again], "by one, with its items");
    let second = taken(store, run.id, 2, now).await?;
    let first_again = take(over.plus(LEASE), 0).await?;
    assert_eq!(first_again.map(|chunk| chunk.number), Some(1), "the oldest first");
    let then = take(over.plus(LEASE), 0).await?;
    assert_eq!(then.map(|chunk| chunk.number), Some(second.number), "then the next");
    Ok(())
}

/// A worker whose chunk was taken over can neither change nor close it.
pub async fn a_lower_chunk_fence_is_refused(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let run = begun(store, ids, now).await?;
    let mut stale = taken(store, run.id, 1, now).await?;
    let over = now.plus(LEASE);
    let mut tx = store.begin().await?;
    let owner = tx.runs().take_left_chunk(run.id, 0, over, over.plus(LEASE)).await?;
    tx.commit().await?;
    let mut owner = owner.ok_or_else(|| missing("take the chunk over"))?;
    stale.items.clear();
    let mut tx = store.begin().await?;
    assert!(!tx.runs().hold_chunk(&stale).await?, "a stale worker changed the chunk");
    assert!(!tx.runs().close_chunk(&stale).await?, "a stale worker closed the chunk");
    owner.items = vec!["둘".to_owned()];
    owner.lease_until = over;
    assert!(tx.runs().hold_chunk(&owner).await?, "its owner changes it");
    tx.commit().await?;
    let mut tx = store.begin().await?;
    let left = tx.runs().take_left_chunk(run.id, 0, over, over.plus(LEASE)).await?;
    let left = left.ok_or_else(|| missing("find the chunk"))?;
    assert_eq!((&left.items, left.fence), (&owner.items, 3), "what its owner left");
    assert!(!tx.runs().close_chunk(&owner).await?, "the former owner closed it");
    assert!(tx.runs().close_chunk(&left).await?, "its owner closes it");
    assert!(!tx.runs().close_chunk(&left).await?, "it is gone");
    tx.commit().await?;
    assert_eq!(first_step(store, run.id).await?.chunks, 0, "nothing is in anybody's hands");
    Ok(())
}

/// Numbers are added up; of an item the last note is kept.
pub async fn numbers_and_notes_are_kept(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn JobQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let run = begun(store, ids, now).await?;
    let tally = Tally { read: 10, done: 1, skipped: 2, failed: 3, later: 4 };
    let note = |item: &str, outcome| ItemNote { item: item.to_owned(), outcome };
    let failed = note("하나", Outcome::Failed("it's 'gone'".to_owned()));
    let later = note("둘", Outcome::Later("busy".to_owned()));
    let mut tx = store.begin().await?;
    tx.runs().count(run.id, 0, tally).await?;
    tx.runs().count(run.id, 0, tally).await?;
    tx.runs().note(run.id, 0, &[], now).await?;
    tx.runs().note(run.id, 0, &[later.clone(), failed.clone()], now).await?;
    tx.commit().await?;
    assert_eq!(first_step(store, run.id).await?.tally, tally.plus(tally), "added up");
    let mut expected = vec![later, failed];
    expected.sort_by(|a, b| a.item.cmp(&b.item));
    assert_eq!(queries.notes(run.id, 9).await?, expected, "in the order of items");
    assert_eq!(queries.notes(run.id, 1).await?.len(), 1, "no more than asked for");
    let settled = note("둘", Outcome::Failed("declined".to_owned()));
    let mut tx = store.begin().await?;
    tx.runs().note(run.id, 0, std::slice::from_ref(&settled), now.plus(SECOND)).await?;
    tx.commit().await?;
    let notes = queries.notes(run.id, 9).await?;
    assert!(notes.contains(&settled) && notes.len() == 2, "{notes:?}");
    Ok(())
}

async fn begun(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<Run, StoreError> {
    let run = run(ids, "billing", "2026-11-26", now)?;
    add(store, &run).await?;
    Ok(run)
}

async fn first_step(
    store: &dyn Store<dyn Transaction>,
    run: RunId,
) -> Result<StepProgress, StoreError> {
    let mut tx = store.begin().await?;
    let steps = tx.runs().steps(run).await?;
    steps.into_iter().next().ok_or_else(|| missing("find a step"))
}

async fn taken(
    store: &dyn Store<dyn Transaction>,
    run: RunId,
    number: i64,
    now: Timestamp,
) -> Result<Chunk, StoreError> {
    let items = vec!["하나".to_owned(), "둘".to_owned()];
    let chunk = Chunk { run, position: 0, number, items, lease_until: now.plus(LEASE), fence: 1 };
    let mut tx = store.begin().await?;
    tx.runs().add_chunk(&chunk).await?;
    tx.commit().await?;
    Ok(chunk)
}
