//! Every lock service: inside one process, on Redis, and as the shop assembles it from both.

use std::sync::Arc;
use std::time::Duration;

use jangbogo_kernel::LockService;
use jangbogo_redis::{RedisConnection, RedisLocks, RedisSettings};
use jangbogo_runtime::{ProcessLocks, SequentialIds, SystemClock};
use jangbogo_setup::ShopLocks;
use jangbogo_tests::servers::Redis;

/// The same locks as two processes see them, and how to make them forget everything.
pub(crate) struct Locks {
    here: Arc<dyn LockService>,
    elsewhere: Arc<dyn LockService>,
    /// Makes them forget, and returns what a process sees afterwards.
    forget: Box<dyn AsyncForget>,
}

#[async_trait::async_trait]
pub(crate) trait AsyncForget: Send + Sync {
    async fn forget(&self) -> Arc<dyn LockService>;
}

/// A process that ends forgets its locks.
struct NewProcess(fn() -> Arc<dyn LockService>);

#[async_trait::async_trait]
impl AsyncForget for NewProcess {
    async fn forget(&self) -> Arc<dyn LockService> {
        (self.0)()
    }
}

fn of_one_process(make: fn() -> Arc<dyn LockService>) -> Locks {
    let here = make();
    Locks { elsewhere: Arc::clone(&here), here, forget: Box::new(NewProcess(make)) }
}

async fn process() -> Locks {
    of_one_process(|| Arc::new(ProcessLocks::new(Arc::new(SystemClock))))
}

/// Two connections to a server of their own, which can be flushed.
struct OnRedis {
    server: Redis,
    make: fn(RedisConnection) -> Arc<dyn LockService>,
}

impl OnRedis {
    async fn connect(&self) -> Arc<dyn LockService> {
        let settings = RedisSettings {
            url: self.server.url().into(),
            // What is proved is not how fast a busy machine is.
            response_timeout: Duration::from_secs(10),
            key_prefix: "shop:".to_owned(),
        };
        (self.make)(RedisConnection::open(&settings).await.unwrap())
    }
}

#[async_trait::async_trait]
impl AsyncForget for OnRedis {
    async fn forget(&self) -> Arc<dyn LockService> {
        self.server.flush().unwrap();
        self.connect().await
    }
}

async fn on_redis(make: fn(RedisConnection) -> Arc<dyn LockService>) -> Locks {
    let redis = OnRedis { server: Redis::start().unwrap(), make };
    let (here, elsewhere) = (redis.connect().await, redis.connect().await);
    Locks { here, elsewhere, forget: Box::new(redis) }
}

async fn redis() -> Locks {
    on_redis(|connection| Arc::new(RedisLocks::new(connection))).await
}

async fn shop_with_redis() -> Locks {
    on_redis(|connection| Arc::new(ShopLocks::new(Arc::new(SystemClock), Some(&connection)))).await
}

async fn shop_without_redis() -> Locks {
    of_one_process(|| Arc::new(ShopLocks::new(Arc::new(SystemClock), None)))
}

macro_rules! lock_contract {
    ($service:ident: $($name:ident,)+) => {
        pub(crate) const LISTED: &[&str] =
            &[$(stringify!($name),)+ "lock_service_fences_only_grow"];

        $(
            #[tokio::test]
            async fn $name() {
                let locks = super::$service().await;
                let (here, elsewhere) = (&*locks.here, &*locks.elsewhere);
                let ids = SequentialIds::new();
                jangbogo_kernel::contract::$name(here, elsewhere, &ids).await.unwrap();
            }
        )+

        #[tokio::test]
        async fn lock_service_fences_only_grow() {
            let locks = super::$service().await;
            let forget = async || locks.forget.forget().await;
            jangbogo_kernel::contract::lock_service_fences_only_grow(
                &*locks.here,
                forget,
                &SequentialIds::new(),
            )
            .await
            .unwrap();
        }
    };
}

macro_rules! lock_services {
    ($($service:ident)+) => {$(
        pub(crate) mod $service {
            use super::SequentialIds;

            lock_contract! { $service:
                lock_service_gives_a_key_to_one,
                lock_service_gives_all_keys_or_none,
                lock_service_waits_for_the_holder,
                lock_service_knows_no_deadlock,
                lock_service_ends_a_lease,
                lock_service_releases_what_is_dropped,
            }
        }
    )+};
}

lock_services! { process redis shop_with_redis shop_without_redis }
