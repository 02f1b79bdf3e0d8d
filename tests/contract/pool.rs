//! A pool of connections that a server can hold, and one that it cannot.

use std::error::Error as _;

use jangbogo_sql::{PoolSettings, PostgresStore};
use jangbogo_tests::servers::{Postgres, PostgresSettings};

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
