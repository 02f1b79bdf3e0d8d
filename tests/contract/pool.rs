//! A pool of connections that a server can hold, and one that it cannot.

use std::error::Error as _;

use futures::poll;
use jangbogo_catalog::{ListProducts, ProductQueries as _};
use jangbogo_kernel::{Store, Transaction};
use jangbogo_sql::{PoolSettings, PostgresStore};
use jangbogo_tests::servers::{Database, Postgres, PostgresSettings};

#[tokio::test]
async fn a_pool_that_the_server_cannot_hold_is_refused() {
    let server = PostgresSettings::hasty()
        .with("max_connections", "40")
        .with("superuser_reserved_connections", "2");
    let server = Postgres::start(server).unwrap();
    let of = |max| PoolSettings { max, ..PoolSettings::default() };
    let refused = PostgresStore::connect_with(&server.address(), &of(39)).await.unwrap_err();
    let why = refused.source().unwrap().to_string();
    for part in ["database.pool_max is 39", "allows 40", "at most 38"] {
        assert!(why.contains(part), "{part} in {why}");
    }
    let store = PostgresStore::connect_with(&server.address(), &of(38)).await.unwrap();
    let pools = store.pools();
    assert_eq!((pools.len(), pools[0].max), (1, 38));
    store.close().await;
}

#[tokio::test]
async fn a_password_is_not_told_when_the_address_is_wrong() {
    for url in ["postgres://shop:sesame@[::1/shop", "postgres://shop:sesame@127.0.0.1:1/shop"] {
        let refused = PostgresStore::connect_with(url, &PoolSettings::default()).await.unwrap_err();
        let told = format!("{refused} {refused:?} {:?}", refused.source());
        assert!(!told.contains("sesame"), "{told}");
    }
}

/// Readers used to queue behind all writers that had come before them.
#[tokio::test]
async fn who_reads_does_not_queue_behind_who_writes() {
    let database = Database::fresh();
    let settings = PoolSettings { max: 4, ..PoolSettings::default() };
    let store = PostgresStore::connect_with(&database.url(), &settings).await.unwrap();
    let begin = async || -> Box<dyn Transaction> { store.begin().await.unwrap() };
    let mut writing = Vec::new();
    for _ in 0..3 {
        writing.push(begin().await);
    }
    let mut waiting = Box::pin(begin());
    assert!(poll!(&mut waiting).is_pending(), "the last connection is not for writers");
    let newest = ListProducts::parse(None, None, None, (None, None), None, None, None).unwrap();
    assert_eq!(store.list(&newest).await.unwrap().items, []);
    writing.pop().unwrap().commit().await.unwrap();
    waiting.await.commit().await.unwrap();
}
