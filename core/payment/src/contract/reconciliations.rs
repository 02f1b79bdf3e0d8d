//! What is kept of comparisons of books.

use std::time::Duration;

use jangbogo_kernel::{IdGenerator, Money, PageRequest, Store, StoreError, Timestamp};

use crate::{
    Difference, DifferenceClass, Period, ProviderName, Reconciliation, ReconciliationQueries,
    ReconciliationTotals, Transaction,
};

const DAY: Duration = Duration::from_hours(24);

fn begun(ids: &dyn IdGenerator, now: Timestamp) -> Reconciliation {
    Reconciliation {
        id: ids.next(),
        provider: ProviderName("kakaopay".to_owned()),
        period: Period { from: now.minus(DAY), until: now },
        started_at: now,
        finished_at: None,
        problem: None,
        totals: ReconciliationTotals::default(),
    }
}

fn differences(ids: &dyn IdGenerator) -> Vec<Difference> {
    let difference = |class, ours, theirs, is_repaired| Difference {
        class,
        provider: ProviderName("kakaopay".to_owned()),
        merchant_ref: "pay_1".to_owned(),
        attempt: None,
        movement: None,
        ours,
        theirs,
        is_repaired,
    };
    let won = |amount| Some(Money::won(amount));
    let stranger = difference(DifferenceClass::MissingHere, None, won(500), false);
    vec![
        Difference { movement: Some("A9".to_owned()), ..stranger },
        difference(DifferenceClass::MissingThere, won(700), None, false),
        difference(DifferenceClass::OtherAmount, won(700), won(701), false),
        Difference {
            attempt: Some(ids.next()),
            ..difference(DifferenceClass::OtherState, None, None, true)
        },
    ]
}

async fn add(store: &dyn Store<dyn Transaction>, run: &Reconciliation) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.reconciliations().add(run).await?;
    tx.commit().await
}

async fn keep(
    store: &dyn Store<dyn Transaction>,
    run: &Reconciliation,
    differences: &[Difference],
) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.reconciliations().keep(run, differences).await?;
    tx.commit().await
}

/// A comparison is found as it began, as it broke off, and as it ended, with what it found; what
/// has ended stays as it is.
pub async fn a_comparison_is_kept_with_what_it_found(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn ReconciliationQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut run = begun(ids, now);
    assert_eq!(queries.find(run.id).await?, None, "nobody has begun it");
    assert!(keep(store, &run, &[]).await.is_err(), "it was kept and never begun");
    add(store, &run).await?;
    let found = async |run: &Reconciliation| -> Result<(Reconciliation, Vec<Difference>), _> {
        let found = queries.find(run.id).await?;
        let found = found.ok_or_else(|| StoreError::new("find a comparison", "it is gone"))?;
        Ok::<_, StoreError>((found.run, found.differences))
    };
    assert_eq!(found(&run).await?, (run.clone(), vec![]), "as it began");
    run.problem = Some("결제사가 답하지 않는다".to_owned());
    keep(store, &run, &[]).await?;
    assert_eq!(found(&run).await?, (run.clone(), vec![]), "as it broke off");
    run.problem = None;
    run.finished_at = Some(now.plus(Duration::from_secs(7)));
    run.totals = ReconciliationTotals { compared: 9, asked: 4, busy: 1, differences: 4, open: 3 };
    let differences = differences(ids);
    keep(store, &run, &differences).await?;
    assert_eq!(found(&run).await?, (run.clone(), differences.clone()), "as it ended");
    let again = keep(store, &run, &[]).await;
    assert!(again.is_err_and(|error| error.is_retryable()), "it ended twice");
    assert_eq!(found(&run).await?, (run, differences), "and stays");
    Ok(())
}

/// Comparisons are listed newest first, page by page forward and backward.
pub async fn comparisons_are_listed_newest_first(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn ReconciliationQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut all = Vec::new();
    // Two of one moment: the id breaks the tie.
    for days in [2, 0, 1, 1] {
        let run = Reconciliation { started_at: now.plus(DAY * days), ..begun(ids, now) };
        add(store, &run).await?;
        all.push(run);
    }
    all.sort_by_key(|run| std::cmp::Reverse((run.started_at, run.id)));
    let whole = queries.list(&PageRequest::first()).await?;
    assert_eq!((whole.items, whole.next, whole.previous), (all.clone(), None, None));
    let page = async |cursor: Option<String>| {
        let list = <dyn ReconciliationQueries>::LIST;
        let request = PageRequest::try_new(list, Some(3), cursor.as_deref());
        queries.list(&request.map_err(|error| StoreError::new("ask", error))?).await
    };
    let first = page(None).await?;
    assert_eq!(first.items, all[..3], "the first page");
    let second = page(first.next.map(|cursor| cursor.to_string())).await?;
    assert_eq!((&second.items[..], second.next), (&all[3..], None), "the last page");
    let back = page(second.previous.map(|cursor| cursor.to_string())).await?;
    assert_eq!(back.items, all[..3], "and back");
    Ok(())
}
