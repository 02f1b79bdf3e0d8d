//! What comparing our books with a provider's needs of storage and of the provider's adapter.

use std::time::Duration;

use jangbogo_kernel::{IdGenerator, Store, StoreError, Timestamp};

use super::{Purchase, add};
use crate::{Attempt, AttemptId, AttemptState, PaymentQueries, Period, ProviderName, Transaction};

const INSTANT: Duration = Duration::from_micros(1);
const MINUTE: Duration = Duration::from_mins(1);

/// Attempts that had a session are found by provider and by the time of what last happened to them,
/// page by page and each once.
pub async fn attempts_are_found_by_their_last_change(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn PaymentQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let period = Period { from: now, until: now.plus(MINUTE) };
    let last = period.until.minus(INSTANT);
    let before = now.minus(INSTANT);
    let mut inside = Vec::new();
    for (state, created, sent, settled, is_inside) in [
        (AttemptState::Created, now, None, None, true),
        (AttemptState::Sent, before, Some(now), None, true),
        (AttemptState::Succeeded, before, Some(before), Some(last), true),
        (AttemptState::Declined, before, Some(now), Some(period.until), false),
        (AttemptState::Unknown, before, Some(before), None, false),
    ] {
        let purchase = Purchase::stored(store, ids, now).await?;
        let attempt = Attempt {
            session: Some(Purchase::session("T1")),
            created_at: created,
            sent_at: sent,
            settled_at: settled,
            ..purchase.capture(1, state, ids)
        };
        add(store, &attempt).await?;
        if is_inside {
            inside.push(attempt);
        }
    }
    let purchase = Purchase::stored(store, ids, now).await?;
    let other = ProviderName("other".to_owned());
    let foreign = Attempt {
        provider: other.clone(),
        session: Some(Purchase::session("T1")),
        ..purchase.capture(1, AttemptState::Succeeded, ids)
    };
    add(store, &foreign).await?;
    let purchase = Purchase::stored(store, ids, now).await?;
    // It never had a session: the provider cannot know of it.
    add(store, &purchase.capture(1, AttemptState::Created, ids)).await?;
    inside.sort_unstable_by_key(|attempt| attempt.id);
    let kakaopay = ProviderName("kakaopay".to_owned());
    let all = queries.changed_in(&kakaopay, period, None, 10).await?;
    assert_eq!(all, inside, "what happened within the period, by id");
    let mut paged: Vec<Attempt> = Vec::new();
    let mut after: Option<AttemptId> = None;
    loop {
        let page = queries.changed_in(&kakaopay, period, after, 2).await?;
        assert!(page.len() <= 2, "{} of 2", page.len());
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        paged.extend(page);
    }
    assert_eq!(paged, inside, "each once");
    assert_eq!(queries.changed_in(&other, period, None, 10).await?, [foreign], "another's");
    Ok(())
}
