//! Rankings; these look at the whole shop, and need a database of their own.

use jangbogo_kernel::contract::both;
use jangbogo_kernel::{IdGenerator, Store, StoreError, Timestamp};
use jangbogo_member::contract::stored_member;

use super::{Members, added, new_product};
use crate::{
    Product, ProductStatus, RankingPeriod, RankingQueries, RankingRepository, SoldItem,
    Transaction, ViewDay,
};

const TODAY: ViewDay = ViewDay::from_number(20_000);

/// Pieces of a time are added up over its days; ties are broken by id, and what came back or is no
/// longer on sale has no place.
pub async fn products_are_ranked_by_pieces(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    queries: &dyn RankingQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let products = listed(members, store, 5, ids, now).await?;
    let [steady, fresh, tie, returned, gone] = &products[..] else {
        return Err(StoreError::new("list five products", "there are others"));
    };
    let empty = queries.ranking(RankingPeriod::Day).await?;
    assert_eq!((empty.until, empty.places.len()), (None, 0), "nothing was counted");
    let day = |days: i64| ViewDay::from_number(TODAY.number() - days);
    let sold = |product: &Product, pieces, day| SoldItem { product: product.id, pieces, day };
    let items = [
        sold(steady, 3, day(1)),
        sold(steady, 3, day(2)),
        sold(steady, 3, day(3)),
        sold(fresh, 5, day(1)),
        sold(tie, 5, day(1)),
        sold(returned, 9, day(2)),
        sold(returned, -9, day(1)),
        sold(gone, 99, day(1)),
        sold(steady, 1_000, day(0)),
        sold(tie, 1_000, day(31)),
    ];
    count(store, &items).await?;
    withdraw(store, gone).await?;
    rank(store, RankingPeriod::Day).await?;
    rank(store, RankingPeriod::Last3Days).await?;
    let of_day = queries.ranking(RankingPeriod::Day).await?;
    assert_eq!(of_day.until, Some(day(1)));
    let told = |ranking: crate::Ranking| {
        let places = ranking.places.into_iter();
        places.map(|one| (one.place, one.card.product.id, one.pieces)).collect::<Vec<_>>()
    };
    let expected = [(1, fresh.id, 5), (2, tie.id, 5), (3, steady.id, 3)];
    assert_eq!(told(of_day), expected, "yesterday");
    let three = told(queries.ranking(RankingPeriod::Last3Days).await?);
    assert_eq!(three, [(1, steady.id, 9), (2, fresh.id, 5), (3, tie.id, 5)], "three days");
    // Pieces that are counted later are added to their day, and a ranking is made anew.
    count(store, &[sold(tie, 7, day(1))]).await?;
    rank(store, RankingPeriod::Day).await?;
    let again = told(queries.ranking(RankingPeriod::Day).await?);
    assert_eq!(again, [(1, tie.id, 12), (2, fresh.id, 5), (3, steady.id, 3)]);
    withdraw(store, fresh).await?;
    let shown = told(queries.ranking(RankingPeriod::Day).await?);
    assert_eq!(shown, [(1, tie.id, 12), (3, steady.id, 3)], "a place stays empty");
    Ok(())
}

/// A ranking that two make at once is made once.
pub async fn a_ranking_is_made_by_several_at_once(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    queries: &dyn RankingQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let products = listed(members, store, 7, ids, now).await?;
    let items: Vec<SoldItem> = products
        .iter()
        .zip(1..)
        .map(|(product, pieces)| SoldItem { product: product.id, pieces, day: TODAY.before() })
        .collect();
    count(store, &items).await?;
    rank(store, RankingPeriod::Last3Days).await?;
    let period = RankingPeriod::Last3Days;
    let (one, two) = both(rank(store, period), rank(store, period)).await;
    for lost in [one, two] {
        if let Err(error) = lost {
            assert!(error.is_retryable(), "worth another try: {error:?}");
        }
    }
    let places = queries.ranking(period).await?.places;
    assert_eq!(places.iter().map(|one| one.pieces).collect::<Vec<_>>(), [7, 6, 5, 4, 3], "five");
    Ok(())
}

/// Old days are forgotten a batch at a time; younger ones and the counters stay.
pub async fn old_sales_are_forgotten(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    queries: &dyn RankingQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let products = listed(members, store, 1, ids, now).await?;
    let sold = |days| SoldItem {
        product: products[0].id,
        pieces: 1,
        day: ViewDay::from_number(TODAY.number() - days),
    };
    count(store, &[sold(1), sold(101), sold(102), sold(103)]).await?;
    let forget = |limit| async move {
        let mut tx = store.begin().await?;
        let repository: &mut dyn RankingRepository = tx.rankings();
        let before = ViewDay::from_number(TODAY.number() - 100);
        let forgotten = repository.forget(before, limit).await?;
        tx.commit().await?;
        Ok::<u64, StoreError>(forgotten)
    };
    assert_eq!((forget(2).await?, forget(2).await?, forget(2).await?), (2, 1, 0));
    rank(store, RankingPeriod::Day).await?;
    assert_eq!(queries.ranking(RankingPeriod::Day).await?.places.len(), 1, "a young day stays");
    Ok(())
}

async fn listed(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    count: usize,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<Vec<Product>, StoreError> {
    let seller = stored_member(members, ids, now).await?.id;
    let mut products = Vec::with_capacity(count);
    for _ in 0..count {
        products.push(new_product(ids, seller, now)?);
    }
    products.sort_by_key(|product| product.id);
    added(store, &products).await?;
    Ok(products)
}

async fn count(store: &dyn Store<dyn Transaction>, items: &[SoldItem]) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.sales().count(items).await?;
    tx.commit().await
}

async fn rank(store: &dyn Store<dyn Transaction>, period: RankingPeriod) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.rankings().rank(period, period.seen_from(TODAY)).await?;
    tx.commit().await
}

async fn withdraw(store: &dyn Store<dyn Transaction>, one: &Product) -> Result<(), StoreError> {
    let mut one = one.clone();
    one.status = ProductStatus::Withdrawn;
    one.version += 1;
    let mut tx = store.begin().await?;
    tx.products().save(&one).await?;
    tx.commit().await
}
