//! A seed that is interrupted goes on where it stopped, and breaks no invariant.

use std::sync::Arc;

use jangbogo_catalog::{ListProducts, ProductQueries, ProductSort};
use jangbogo_kernel::Timestamp;
use jangbogo_setup::scale::{Scale, Step, fill_store};
use jangbogo_sql::SqlStore;
use jangbogo_sql::bulk::Loads;
use jangbogo_sql::invariants::{Moment, check};

fn scale() -> Scale {
    Scale { products: 250, orders: 170, chunk: 50, ..Scale::default() }
}

async fn an_interrupted_seed_goes_on<DB: Loads>(store: Arc<SqlStore<DB>>)
where
    SqlStore<DB>: ProductQueries,
{
    // Among the products, among what has been taken away, among the orders.
    for until in [3, 5, 7] {
        let stopped = tokio::spawn({
            let store = Arc::clone(&store);
            async move {
                let mut steps = 0;
                let told = move |_: Step| {
                    steps += 1;
                    assert!(steps < until, "the power fails");
                };
                fill_store(&*store, scale(), told).await.unwrap();
            }
        });
        assert!(stopped.await.unwrap_err().is_panic());
        let other = Scale { products: 251, ..scale() };
        assert!(fill_store(&*store, other, |_| ()).await.is_err(), "another plan");
    }
    let mut told = Vec::new();
    fill_store(&*store, scale(), |step| told.push(step)).await.unwrap();
    assert_eq!(told.last(), Some(&Step::Rows { done: 420, all: 420 }));
    assert!(fill_store(&*store, scale(), |_| ()).await.is_err(), "the same twice");
    // Beside the first, with every index in its place.
    let another = Scale { seed: 2, orders: 0, ..scale() };
    fill_store(&*store, another, |_| ()).await.unwrap();

    let now = scale().until;
    let report = check(&*store, Moment::Quiet, now, None).await.unwrap();
    assert!(report.is_clean(), "{report}");
    assert_eq!(listed(&*store).await, 500);
}

/// How many products the list has, read as buyers read them: each row is checked on the way.
async fn listed(queries: &dyn ProductQueries) -> usize {
    let (mut listed, mut cursor, mut last) = (0, None, Timestamp::from_micros(i64::MAX));
    loop {
        let sort = Some(ProductSort::Newest.name());
        let question =
            ListProducts::parse(sort, None, None, (None, None), None, Some(100), cursor.as_deref());
        let page = queries.list(&question.unwrap()).await.unwrap();
        for card in &page.items {
            assert!(card.product.updated_at <= last);
            last = card.product.updated_at;
        }
        listed += page.items.len();
        let Some(next) = page.next else { return listed };
        cursor = Some(next.to_string());
    }
}

#[tokio::test]
async fn sqlite_goes_on_with_an_interrupted_seed() {
    let fresh = crate::fresh::sqlite().await;
    let store = Arc::new(fresh.store);
    an_interrupted_seed_goes_on(Arc::clone(&store)).await;
    store.close().await;
}

#[tokio::test]
async fn postgres_goes_on_with_an_interrupted_seed() {
    let fresh = crate::fresh::postgres().await;
    let store = Arc::new(fresh.store);
    an_interrupted_seed_goes_on(Arc::clone(&store)).await;
    store.close().await;
}
