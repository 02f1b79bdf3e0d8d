//! The shared cache, and the notices between processes, on a real Redis.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jangbogo_kernel::{NoticeListener, Notices, SharedCache};
use jangbogo_redis::{Listening, RedisCache, RedisConnection, RedisNotices, RedisSettings};
use jangbogo_runtime::{RandomIds, SystemClock};
use jangbogo_tests::servers::{Redis, Stop};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

macro_rules! shared_cache_contract {
    ($($name:ident,)+) => {
        pub(crate) const LISTED: &[&str] = &[$(stringify!($name)),+];

        $(
            #[tokio::test]
            async fn $name() {
                let (here, elsewhere) = (cache().await, cache().await);
                let ids = RandomIds::new(Arc::new(SystemClock));
                jangbogo_kernel::contract::$name(&here, &elsewhere, &ids).await.unwrap();
            }
        )+
    };
}

shared_cache_contract! {
    shared_cache_gives_what_was_kept,
    shared_cache_forgets_what_is_removed,
    shared_cache_ends_a_life,
}

async fn cache() -> RedisCache {
    RedisCache::new(connection(Redis::shared(), "caches:").await)
}

async fn connection(url: String, key_prefix: &str) -> RedisConnection {
    let settings = RedisSettings {
        url: url.into(),
        // A machine that runs every suite at once is no measure of how long Redis takes.
        response_timeout: Duration::from_secs(5),
        key_prefix: key_prefix.to_owned(),
    };
    RedisConnection::open(&settings).await.unwrap()
}

#[derive(Debug, PartialEq, Eq)]
enum Told {
    Heard(String),
    Missed,
}

struct Ears(UnboundedSender<Told>);

#[async_trait]
impl NoticeListener for Ears {
    async fn heard(&self, notice: &str) {
        self.0.send(Told::Heard(notice.to_owned())).unwrap();
    }

    async fn missed(&self) {
        self.0.send(Told::Missed).unwrap();
    }
}

async fn listens(url: String, prefix: &str) -> (Listening, UnboundedReceiver<Told>) {
    let (ears, told) = unbounded_channel();
    (Listening::start(connection(url, prefix).await, Arc::new(Ears(ears))), told)
}

#[tokio::test]
async fn a_notice_reaches_every_process_of_its_shop_and_no_other() {
    let (_one, mut one) = listens(Redis::shared(), "notices:").await;
    let (_two, mut two) = listens(Redis::shared(), "notices:").await;
    let (_other, mut other) = listens(Redis::shared(), "another-shop:").await;
    for told in [&mut one, &mut two, &mut other] {
        assert_eq!(told.recv().await, Some(Told::Missed), "before it listened");
    }
    let notices = RedisNotices::new(connection(Redis::shared(), "notices:").await);
    for notice in ["pro_1", "", "한글"] {
        notices.publish(notice).await.unwrap();
        for told in [&mut one, &mut two] {
            assert_eq!(told.recv().await, Some(Told::Heard(notice.to_owned())));
        }
    }
    RedisNotices::new(connection(Redis::shared(), "another-shop:").await)
        .publish("last")
        .await
        .unwrap();
    assert_eq!(other.recv().await, Some(Told::Heard("last".to_owned())), "its first");
}

#[tokio::test]
async fn whoever_was_cut_off_is_told_so_and_hears_again() {
    let mut redis = Redis::start().unwrap();
    let (_listening, mut told) = listens(redis.url(), "").await;
    assert_eq!(told.recv().await, Some(Told::Missed));
    let speaker = connection(redis.url(), "").await;
    let notices = RedisNotices::new(speaker.clone());
    for round in ["first", "second"] {
        notices.publish(round).await.unwrap();
        assert_eq!(told.recv().await, Some(Told::Heard(round.to_owned())));
        redis.restart(Stop::Kill).unwrap();
        assert_eq!(told.recv().await, Some(Told::Missed), "after the {round} cut");
        jangbogo_tests::eventually(async || speaker.is_up()).await;
        let cache = RedisCache::new(speaker.clone());
        jangbogo_tests::eventually(async || cache.get_many(&["any"]).await.is_ok()).await;
    }
}
