//! A Redis that is away, slow or back again: nobody waits for it, and it is used when it answers.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use jangbogo_kernel::{LockService as _, LockTimes, StoreError};
use jangbogo_redis::{RedisConnection, RedisLocks, RedisSettings, RedisUrlError};
use jangbogo_tests::eventually;
use jangbogo_tests::servers::{Redis, Stop};

const TIMES: LockTimes = LockTimes { wait: Duration::ZERO, lease: Duration::from_mins(1) };

fn settings(url: String) -> RedisSettings {
    let response_timeout = Duration::from_millis(500);
    RedisSettings { url: url.into(), response_timeout, key_prefix: "shop:".to_owned() }
}

/// Asks Redis something; the cause of a failure is told.
async fn ask(connection: &RedisConnection, key: &str) -> Result<(), String> {
    let told = |error: StoreError| format!("{error:?}");
    let locks = RedisLocks::new(connection.clone());
    let guard = locks.acquire(&[key.to_owned()], TIMES).await.map_err(told)?;
    guard.unwrap().release().await.map_err(told).map(|_| ())
}

/// Tells the server something on a connection of its own.
fn tell(redis: &Redis, command: &str) {
    let address = redis.url().trim_start_matches("redis://").trim_end_matches('/').to_owned();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(format!("{command}\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).unwrap();
    assert_eq!(answer, "+OK\r\n", "{command}");
}

async fn is_refused_at_once(connection: &RedisConnection) {
    for n in 0..1_000 {
        let refused = ask(connection, &n.to_string()).await.unwrap_err();
        assert!(refused.contains("redis is away"), "{refused}");
    }
}

#[tokio::test]
async fn a_url_that_is_none_is_an_error_and_is_not_shown() {
    let opened = RedisConnection::open(&settings("secret@somewhere".to_owned())).await;
    assert_eq!(opened.err(), Some(RedisUrlError));
    assert!(!RedisUrlError.to_string().contains("secret"));
}

#[tokio::test]
async fn a_shop_opens_without_redis_and_uses_it_when_it_comes() {
    let mut redis = Redis::start().unwrap();
    redis.stop(Stop::Kill).unwrap();
    let connection = RedisConnection::open(&settings(redis.url())).await.unwrap();
    assert!(!connection.is_up());
    is_refused_at_once(&connection).await;
    redis.start_again().unwrap();
    eventually(async || connection.is_up()).await;
    ask(&connection, "a").await.unwrap();
}

#[tokio::test]
async fn a_redis_that_dies_is_asked_once_and_found_again() {
    let mut redis = Redis::start().unwrap();
    let connection = RedisConnection::open(&settings(redis.url())).await.unwrap();
    ask(&connection, "a").await.unwrap();
    for _ in 0..2 {
        redis.stop(Stop::Kill).unwrap();
        ask(&connection, "a").await.unwrap_err();
        is_refused_at_once(&connection).await;
        redis.start_again().unwrap();
        eventually(async || connection.is_up()).await;
        ask(&connection, "a").await.unwrap();
    }
}

#[tokio::test]
async fn a_redis_that_does_not_answer_is_left_alone_until_it_does() {
    let redis = Redis::start().unwrap();
    let connection = RedisConnection::open(&settings(redis.url())).await.unwrap();
    ask(&connection, "a").await.unwrap();
    // Nothing ends the pause before its time: the server hears no command.
    tell(&redis, "CLIENT PAUSE 5000 ALL");
    let refused = ask(&connection, "b").await.unwrap_err();
    assert!(refused.contains("did not answer in time"), "{refused}");
    assert!(!connection.is_up());
    is_refused_at_once(&connection).await;
    eventually(async || connection.is_up()).await;
    ask(&connection, "c").await.unwrap();
}

/// Behind a broken network there is something that takes connections and never says a word.
#[tokio::test]
async fn a_mute_server_is_no_redis() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let connection = RedisConnection::open(&settings(url)).await.unwrap();
    assert!(!connection.is_up());
    is_refused_at_once(&connection).await;
}

/// What Redis does not like about a question says nothing about the next one.
#[tokio::test]
async fn a_wrong_question_is_no_outage() {
    let redis = Redis::start().unwrap();
    let connection = RedisConnection::open(&settings(redis.url())).await.unwrap();
    tell(&redis, "MSET shop:lock-fence nonsense");
    ask(&connection, "a").await.unwrap_err();
    assert!(connection.is_up());
    tell(&redis, "FLUSHALL");
    ask(&connection, "a").await.unwrap();
}
