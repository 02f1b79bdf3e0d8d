//! Sketches of visitors, in memory and in Redis, and the names that are taken off them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jangbogo_cache::MemoryVisitors;
use jangbogo_catalog::{ViewDay, ViewsOf, Visitor, VisitorSketch as _, contract};
use jangbogo_credentials::{HashedVisitors, SigningKey};
use jangbogo_kernel::{Id, Uuid};
use jangbogo_redis::{RedisConnection, RedisSettings, RedisVisitors};
use jangbogo_runtime::SequentialIds;
use jangbogo_tests::eventually;
use jangbogo_tests::servers::{Redis, Stop};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::fresh::NOW;

/// What is asked of every sketch; each of the sketches of a behaviour is a fresh one.
macro_rules! sketches {
    ($adapter:ident: $($name:ident($($sketch:ident),+),)+) => {
        pub(crate) mod $adapter {
            use super::*;

            pub(crate) const LISTED: &[&str] = &[$(stringify!($name)),+];

            $(
                #[tokio::test]
                async fn $name() {
                    let ids = SequentialIds::new();
                    $(let $sketch = super::$adapter().await;)+
                    contract::$name($(&$sketch,)+ &ids, NOW).await.unwrap();
                }
            )+
        }
    };
    ($($adapter:ident)+) => {
        $(sketches! { $adapter:
            a_visitor_counts_once(sketch),
            a_settled_sketch_is_shown_when_somebody_new_comes(sketch),
            a_lost_sketch_goes_on_from_what_is_stored(sketch, fresh),
        })+
    };
}

sketches! { memory redis }

pub(crate) const LISTED: &[&str] = &["somebody_is_one_visitor_a_day"];

async fn memory() -> MemoryVisitors {
    MemoryVisitors::default()
}

async fn redis() -> RedisVisitors {
    RedisVisitors::new(connected(&Redis::shared(), &prefix()).await)
}

/// Keys that nobody else has.
fn prefix() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("visitors-{}-{}:", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

async fn connected(url: &str, prefix: &str) -> RedisConnection {
    let settings = RedisSettings {
        url: url.to_owned().into(),
        // A busy machine is no outage.
        response_timeout: Duration::from_secs(5),
        key_prefix: prefix.to_owned(),
    };
    RedisConnection::open(&settings).await.unwrap()
}

fn views() -> ViewsOf {
    ViewsOf { product: Id::new(Uuid::from_u128(7)), day: ViewDay::of(NOW) }
}

#[test]
fn somebody_is_one_visitor_a_day() {
    let (key, other) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let [names, same_key] = [HashedVisitors::new(&key), HashedVisitors::new(&key)];
    let other_key = HashedVisitors::new(&other);
    let ids = SequentialIds::new();
    contract::somebody_is_one_visitor_a_day(&names, &same_key, &other_key, &ids, NOW);
}

/// Two processes fill one sketch, and whoever flushes it sees the visitors of both.
#[tokio::test]
async fn processes_share_the_sketch_in_redis() {
    let (url, prefix) = (Redis::shared(), prefix());
    let one = RedisVisitors::new(connected(&url, &prefix).await);
    let other = RedisVisitors::new(connected(&url, &prefix).await);
    one.record(views(), Visitor::new([1; 32])).await.unwrap();
    other.record(views(), Visitor::new([1; 32])).await.unwrap();
    other.record(views(), Visitor::new([2; 32])).await.unwrap();
    let stored =
        jangbogo_catalog::StoredViews { views: views(), visitors: 0, sketch: None, version: 0 };
    assert_eq!(one.united(&stored).await.unwrap().visitors, 2);
    let changed = one.changed(9).await.unwrap();
    one.settled(&changed).await.unwrap();
    assert_eq!(other.changed(9).await.unwrap(), [], "what one has settled is settled");
}

/// A day's sketch leaves Redis by itself: it gets its time when it is made, not before.
#[tokio::test]
async fn a_day_leaves_redis_by_itself() {
    let (url, prefix) = (Redis::shared(), prefix());
    let sketch = RedisVisitors::new(connected(&url, &prefix).await);
    sketch.record(views(), Visitor::new([1; 32])).await.unwrap();
    let ViewsOf { product, day } = views();
    let (day, product) = (day.number(), product.uuid().simple());
    let address = url.strip_prefix("redis://").unwrap().trim_end_matches('/');
    let mut stream = BufReader::new(TcpStream::connect(address).await.unwrap());
    let question = format!("TTL {prefix}views:{{{day}:{product}}}\r\n");
    stream.write_all(question.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_line(&mut answer).await.unwrap();
    let seconds: i64 = answer.trim().trim_start_matches(':').parse().unwrap();
    assert!((86_400..=3 * 86_400).contains(&seconds), "{seconds} s left");
}

/// Whoever comes while Redis is away is told to it when it is back.
#[tokio::test(flavor = "multi_thread")]
async fn visitors_wait_for_redis_to_come_back() {
    let mut server = Redis::start().unwrap();
    let sketch = RedisVisitors::new(connected(&server.url(), "shop:").await);
    sketch.record(views(), Visitor::new([1; 32])).await.unwrap();
    let stored =
        jangbogo_catalog::StoredViews { views: views(), visitors: 0, sketch: None, version: 0 };
    let kept = sketch.united(&stored).await.unwrap();
    let (visitors, bytes) = (kept.visitors, Some(kept.bytes));
    let stored = jangbogo_catalog::StoredViews { visitors, sketch: bytes, version: 1, ..stored };
    tokio::task::block_in_place(|| server.stop(Stop::Kill)).unwrap();
    sketch.record(views(), Visitor::new([2; 32])).await.unwrap();
    assert!(sketch.changed(9).await.is_err(), "it is away");
    tokio::task::block_in_place(|| server.start_again()).unwrap();
    eventually(async || sketch.changed(9).await.is_ok_and(|changed| changed.len() == 1)).await;
    let united = sketch.united(&stored).await.unwrap();
    assert_eq!(united.visitors, 2, "the first comes from what is stored, the second waited");
}
