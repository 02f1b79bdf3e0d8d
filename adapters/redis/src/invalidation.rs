//! Notices between processes, by publish and subscribe.
//!
//! Redis remembers no message: who is not connected misses it. So on every connection, the first
//! one too, the listener is told that notices may have been missed.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use jangbogo_kernel::{NoticeListener, Notices, SharedCacheError};
use tokio::task::JoinHandle;

use crate::{RedisConnection, RedisError};

/// The channel of all notices.
const CHANNEL: &str = "notices";
/// Waits between attempts to listen; each is twice the one before.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_LAST: Duration = Duration::from_secs(2);

/// Publishes notices.
pub struct RedisNotices {
    redis: RedisConnection,
}

/// Brings notices to a listener until it is dropped.
pub struct Listening {
    task: JoinHandle<()>,
}

impl RedisNotices {
    /// Notices over this connection.
    pub fn new(redis: RedisConnection) -> Self {
        Self { redis }
    }
}

#[async_trait]
impl Notices for RedisNotices {
    async fn publish(&self, notice: &str) -> Result<(), SharedCacheError> {
        let mut command = redis::cmd("PUBLISH");
        command.arg(self.redis.key(CHANNEL)).arg(notice);
        let published = self.redis.query::<()>(&command).await;
        published.map_err(|error| SharedCacheError::new("publish a notice", error))
    }
}

impl Listening {
    /// Listens on a connection of its own and connects again whenever it ends. Must be called
    /// inside a tokio runtime.
    pub fn start(redis: RedisConnection, listener: Arc<dyn NoticeListener>) -> Self {
        let task = tokio::spawn(async move {
            let mut wait = RETRY_FIRST;
            loop {
                match listen(&redis, &*listener).await {
                    Ok(()) => wait = RETRY_FIRST,
                    Err(error) => tracing::debug!(?error, "nobody to listen to"),
                }
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(RETRY_LAST);
            }
        });
        Self { task }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Listens until the connection ends.
async fn listen(redis: &RedisConnection, listener: &dyn NoticeListener) -> Result<(), RedisError> {
    let mut connection = redis.listen().await?;
    let subscribing = connection.subscribe(redis.key(CHANNEL));
    let subscribed = tokio::time::timeout(redis.response_timeout(), subscribing).await;
    subscribed.map_err(|_| RedisError::TimedOut)?.map_err(RedisError::Failed)?;
    // From here on nothing is missed; until here anything may have been.
    listener.missed().await;
    let mut messages = connection.on_message();
    while let Some(message) = messages.next().await {
        match message.get_payload::<String>() {
            Ok(notice) => listener.heard(&notice).await,
            Err(error) => {
                tracing::warn!(?error, "a notice that is no text");
                listener.missed().await;
            }
        }
    }
    tracing::warn!("redis no longer brings notices; connecting again");
    Ok(())
}
