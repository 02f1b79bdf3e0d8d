//! Configuration to adapters to use cases: the only crate that names every adapter.
//!
//! [`Config`] says what is wanted, [`Opened::open`] makes it: database, keys, providers, the
//! payment simulator, the event relay, and the [`Shop`] with every use case. [`Background`] runs
//! what nobody asks for: relay and jobs. [`process`] is what every program shares.

mod announced;
mod background;
mod carts;
mod config;
mod database;
pub mod demo;
mod gauges;
pub mod jobs;
mod locks;
mod opened;
mod placer;
pub mod process;
mod providers;
pub mod scale;
mod scheduler;
mod sealed;
mod shop;

pub use announced::Announced;
pub use background::Background;
pub use carts::CartCombiner;
pub use config::{
    BackgroundConfig, BillingConfig, BreakerConfig, BulkheadConfig, CacheConfig, Config,
    ConfigError, CountersConfig, DatabaseConfig, DemoConfig, InternalConfig, JobsConfig,
    KakaoPayConfig, LimitsConfig, LogConfig, LogFormat, MailConfig, Network, NetworkError,
    OrdersConfig, ReconciliationConfig, RedisConfig, ResilienceConfig, RetryConfig, SealingConfig,
    ServerConfig, SessionConfig, SimulatorConfig, SubscriptionsConfig, TossPaymentsConfig,
};
pub use database::Database;
pub use gauges::Pools;
pub use locks::ShopLocks;
pub use opened::Opened;
pub use placer::{OrderPlacer, OrderStrategy};
pub use scheduler::Scheduler;
pub use shop::{Shop, ShopSettings, ShopStore, Surroundings};
