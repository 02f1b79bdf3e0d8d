//! The connection: short budgets, and nobody waits for a server that is away.
//!
//! The slot holds a connection while the server answers and nothing while it does not. The first
//! failure empties it, and a task of its own connects again; until that has succeeded every
//! question is refused without being asked.

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use redis::aio::{MultiplexedConnection, PubSub};
use redis::{AsyncConnectionConfig, Client, ErrorKind, FromRedisValue, ServerErrorKind};
use secrecy::{ExposeSecret as _, SecretString};

/// Where Redis is and how long it may take.
#[derive(Debug, Clone)]
pub struct RedisSettings {
    /// `redis://…` or, with TLS, `rediss://…`.
    pub url: SecretString,
    /// The longest wait for one answer.
    pub response_timeout: Duration,
    /// Stands before every key and channel, so that shops can share a server.
    pub key_prefix: String,
}

/// The URL is none that Redis can be reached by. It may have a password in it, so it is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("redis.url is redis://… or rediss://…")]
pub struct RedisUrlError;

/// Redis did not do it, as far as is known.
#[derive(Debug, thiserror::Error)]
pub enum RedisError {
    /// The server is away; nothing was asked.
    #[error("redis is away")]
    Away,
    /// No answer within the budget; it may have been done.
    #[error("redis did not answer in time")]
    TimedOut,
    /// The server, or the way to it, says no.
    #[error("redis failed")]
    Failed(#[source] redis::RedisError),
}

/// One connection that any number of tasks share; it mends itself.
#[derive(Clone)]
pub struct RedisConnection {
    shared: Arc<Shared>,
}

/// The longest time that a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Between attempts to reach a server that is away.
const RETRY_EVERY: Duration = Duration::from_millis(250);

struct Shared {
    client: Client,
    response_timeout: Duration,
    key_prefix: String,
    slot: RwLock<Slot>,
}

/// What questions are asked through.
#[derive(Default)]
struct Slot {
    /// Grows with every connection, so that the late failure of an old one does not end a new one.
    generation: u64,
    connection: Option<MultiplexedConnection>,
}

impl RedisSettings {
    /// Whether Redis could be reached by this URL.
    pub fn is_url(url: &str) -> bool {
        Client::open(url).is_ok()
    }
}

impl RedisConnection {
    /// Connects. A server that is away is waited for in the background, and the shop starts.
    ///
    /// # Errors
    /// Only when the URL is none.
    pub async fn open(settings: &RedisSettings) -> Result<Self, RedisUrlError> {
        let client = Client::open(settings.url.expose_secret()).map_err(|_| RedisUrlError)?;
        let shared = Arc::new(Shared {
            client,
            response_timeout: settings.response_timeout,
            key_prefix: settings.key_prefix.clone(),
            slot: RwLock::default(),
        });
        if let Err(error) = shared.connect().await {
            tracing::warn!(?error, "redis is away; the shop goes on without it");
            metrics::gauge!("redis_up").set(0.0);
            tokio::spawn(mend(Arc::downgrade(&shared)));
        }
        Ok(Self { shared })
    }

    /// Whether the server answered last time. Costs nothing, and may be wrong by one question.
    pub fn is_up(&self) -> bool {
        self.shared.current().is_some()
    }

    /// The full key, or channel, of a name.
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.shared.key_prefix)
    }

    /// The longest wait for one answer.
    pub fn response_timeout(&self) -> Duration {
        self.shared.response_timeout
    }

    /// Asks one command.
    pub(crate) async fn query<T: FromRedisValue>(
        &self,
        command: &redis::Cmd,
    ) -> Result<T, RedisError> {
        self.run(async move |mut connection| command.query_async(&mut connection).await).await
    }

    /// Asks whatever `questions` asks (a script, a pipeline); all of it has the time of one answer.
    pub(crate) async fn run<T, F>(
        &self,
        questions: impl FnOnce(MultiplexedConnection) -> F,
    ) -> Result<T, RedisError>
    where
        F: Future<Output = redis::RedisResult<T>>,
    {
        let (generation, connection) = self.shared.current().ok_or(RedisError::Away)?;
        let asked = tokio::time::timeout(self.shared.response_timeout, questions(connection));
        let error = match asked.await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) if !is_outage(&error) => return Err(RedisError::Failed(error)),
            // The driver has the same budget for each answer; either clock may be first.
            Ok(Err(error)) if !error.is_timeout() => RedisError::Failed(error),
            Ok(Err(_)) | Err(_) => RedisError::TimedOut,
        };
        self.lost(generation, &error);
        Err(error)
    }

    /// A connection of its own that listens to channels; it ends with the server, and the listener
    /// asks for another.
    pub(crate) async fn listen(&self) -> Result<PubSub, RedisError> {
        let connecting = self.shared.client.get_async_pubsub();
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await;
        connected.map_err(|_| RedisError::TimedOut)?.map_err(RedisError::Failed)
    }

    /// Empties the slot, unless somebody has done so, and lets the connection be mended.
    fn lost(&self, generation: u64, error: &RedisError) {
        let mut slot = self.shared.slot.write().unwrap_or_else(PoisonError::into_inner);
        if slot.generation == generation && slot.connection.take().is_some() {
            tracing::warn!(?error, "redis is away; the shop goes on without it");
            metrics::gauge!("redis_up").set(0.0);
            tokio::spawn(mend(Arc::downgrade(&self.shared)));
        }
    }
}

impl Shared {
    fn current(&self) -> Option<(u64, MultiplexedConnection)> {
        let slot = self.slot.read().unwrap_or_else(PoisonError::into_inner);
        slot.connection.clone().map(|connection| (slot.generation, connection))
    }

    /// Makes a connection, sees it answer, and fills the slot.
    async fn connect(&self) -> redis::RedisResult<()> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(self.response_timeout));
        let mut connection =
            self.client.get_multiplexed_async_connection_with_config(&config).await?;
        redis::cmd("PING").query_async::<()>(&mut connection).await?;
        let mut slot = self.slot.write().unwrap_or_else(PoisonError::into_inner);
        slot.generation += 1;
        slot.connection = Some(connection);
        metrics::gauge!("redis_up").set(1.0);
        Ok(())
    }
}

/// Tries until the server answers or nobody needs it any more.
async fn mend(shared: Weak<Shared>) {
    while let Some(shared) = shared.upgrade() {
        match shared.connect().await {
            Ok(()) => return tracing::info!("redis is back"),
            Err(error) => tracing::debug!(?error, "redis is still away"),
        }
        drop(shared);
        tokio::time::sleep(RETRY_EVERY).await;
    }
}

/// Whether the server cannot be asked at all, as opposed to: it did not like the question.
fn is_outage(error: &redis::RedisError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Io
            | ErrorKind::AuthenticationFailed
            | ErrorKind::Server(
                ServerErrorKind::BusyLoading
                    | ServerErrorKind::MasterDown
                    | ServerErrorKind::ReadOnly
                    | ServerErrorKind::TryAgain
            )
    ) || error.is_unrecoverable_error()
}
