//! A holder that was paused past its lease writes nothing, whatever it believes.

use std::time::Duration;

use jangbogo_inventory::contract::add_product;
use jangbogo_kernel::{
    IdGenerator, LockGuard, LockService as _, LockTimes, Quantity, Store, StoreError,
};
use jangbogo_ordering::Transaction;
use jangbogo_redis::{RedisConnection, RedisLocks, RedisSettings};
use jangbogo_tests::servers::Redis;

use crate::fresh;

const PATIENT: LockTimes =
    LockTimes { wait: Duration::from_mins(1), lease: Duration::from_hours(1) };

async fn locks(url: String) -> RedisLocks {
    let settings = RedisSettings {
        url: url.into(),
        response_timeout: Duration::from_secs(5),
        key_prefix: String::new(),
    };
    RedisLocks::new(RedisConnection::open(&settings).await.unwrap())
}

/// How a holder comes to share its lock: its lease is over, or Redis has forgotten it.
async fn the_late_holder_is_refused(is_flushed: bool) {
    let redis = Redis::start().unwrap();
    let (here, elsewhere) = (locks(redis.url()).await, locks(redis.url()).await);
    let fresh = fresh::postgres().await;
    let (store, now) = (&fresh.store, fresh.now);
    let ids: &dyn IdGenerator = &fresh.ids;
    let ground = fresh.inventory_ground().await;
    let mut tx = begin(store).await;
    let product = add_product(&mut *tx, ground.seller, 5, ids, now).await.unwrap().id;
    tx.commit().await.unwrap();
    let save = async |guard: &dyn LockGuard| {
        let mut tx = begin(store).await;
        // What is read is always the newest, so that nothing but the fence can refuse.
        let mut stock = tx.stock().find(&[product]).await?.remove(0);
        stock.hold(Quantity::ONE, ids.next()).unwrap();
        tx.stock().fence(&[product], guard.fence()).await?;
        tx.stock().save(&[stock], now).await?;
        tx.commit().await
    };

    let key = [format!("stock:{product}")];
    let lease = if is_flushed { PATIENT.lease } else { Duration::from_millis(1) };
    let paused = here.acquire(&key, LockTimes { lease, ..PATIENT }).await.unwrap().unwrap();
    if is_flushed {
        redis.flush().unwrap();
    }
    let next = elsewhere.acquire(&key, PATIENT).await.unwrap().unwrap();
    save(&*next).await.unwrap();
    let late: StoreError = save(&*paused).await.unwrap_err();
    assert!(late.is_retryable(), "{late:?}");
    assert!(!paused.release().await.unwrap(), "it is told that the lock was lost");
    save(&*next).await.unwrap();
    assert!(next.release().await.unwrap(), "the next holder was undisturbed");

    let mut tx = begin(store).await;
    let stock = tx.stock().find(&[product]).await.unwrap().remove(0);
    assert_eq!((stock.available(), stock.reserved()), (3, 2), "the two of the next holder");
    drop(tx);
    fresh.store.close().await;
}

async fn begin(store: &dyn Store<dyn Transaction>) -> Box<dyn Transaction> {
    store.begin().await.unwrap()
}

#[tokio::test]
async fn a_holder_whose_lease_is_over_is_refused_by_the_database() {
    the_late_holder_is_refused(false).await;
}

#[tokio::test]
async fn a_holder_whose_lock_was_forgotten_is_refused_by_the_database() {
    the_late_holder_is_refused(true).await;
}
