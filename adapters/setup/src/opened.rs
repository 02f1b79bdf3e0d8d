//! From configuration to a shop that is ready to serve.

use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use jangbogo_cache::{MemoryVisitors, Sharing};
use jangbogo_catalog::VisitorSketch;
use jangbogo_credentials::{
    Argon2Hasher, Ed25519AccessTokens, HashedVisitors, RandomRefreshSecrets, Sealer, SealingKey,
    SigningKey,
};
use jangbogo_event_outbox::consumers::{self, ConsumerParts};
use jangbogo_event_outbox::{Relay, RelaySettings};
use jangbogo_gateway_simulator::{Simulator, SimulatorConfig};
use jangbogo_kernel::{Clock, IdGenerator, LockTimes};
use jangbogo_mail::FileMailer;
use jangbogo_ordering::PlaceSettings;
use jangbogo_payment::Providers;
use jangbogo_redis::{Listening, RedisCache, RedisConnection, RedisNotices, RedisVisitors};
use jangbogo_runtime::{CombinerSettings, RandomIds, SystemClock};
use rand::RngExt as _;
use secrecy::{ExposeSecret as _, SecretString};

use crate::demo::DemoAccounts;
use crate::providers::{self, ProviderKeys};
use crate::{Config, Database, Shop, ShopLocks, ShopSettings, Surroundings};

/// Most batches of orders of one lane under way, while other lanes need no place: one writes its
/// orders while another's stock is committed.
const IN_LANE_MAX: u32 = 3;

/// Everything that one process of the shop holds open.
pub struct Opened {
    /// Every use case.
    pub shop: Shop,
    /// What the use cases were assembled from.
    pub around: Surroundings,
    /// The database.
    pub database: Database,
    /// Redis, when there is one.
    pub redis: Option<RedisConnection>,
    /// Brings the other processes' notices to the cache, as long as it is held.
    pub listening: Option<Listening>,
    /// Delivers events.
    pub relay: Arc<Relay>,
    /// The payment simulator, when it runs in this process.
    pub simulator: Option<Simulator>,
    /// Where buyers' browsers reach the shop.
    pub public_url: String,
    simulates_alone: Option<File>,
}

impl Opened {
    /// Opens everything; `server` is the address that the HTTP server listens on.
    pub async fn open(config: &Config, server: SocketAddr) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn IdGenerator> = Arc::new(RandomIds::new(Arc::clone(&clock)));
        Self::open_with(config, server, clock, ids).await
    }

    /// The same for a process that serves nobody and stands beside those that do. The payment
    /// simulator is theirs: here it is a provider like any other, at its configured address.
    pub async fn open_beside(config: &Config) -> anyhow::Result<Self> {
        let mut config = config.clone();
        if config.simulator.enabled {
            let simulator = &config.simulator;
            let url = simulator.public_url.clone();
            let url = url.unwrap_or_else(|| format!("http://{}", simulator.bind));
            config.kakaopay.base_url.get_or_insert_with(|| url.clone());
            config.tosspayments.base_url.get_or_insert(url);
            if config.tosspayments.secret_key.is_none() {
                config.tosspayments.secret_key.clone_from(&config.kakaopay.secret_key);
            }
            config.simulator.enabled = false;
        }
        Self::open(&config, config.server.bind).await
    }

    /// The same with a given clock and ids; for tests that move time.
    pub async fn open_with(
        config: &Config,
        server: SocketAddr,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> anyhow::Result<Self> {
        // Two providers are in the dependency tree's reach; which one counts is said once.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let folder = &config.data_dir;
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let keys = ProviderKeys::of(config);
        let public_url =
            config.server.public_url.clone().unwrap_or_else(|| format!("http://{server}"));
        let webhooks = format!("{public_url}/api/v1/webhooks/tosspayments");
        let (simulator, simulates_alone) = start_simulator(config, &keys, webhooks).await?.unzip();
        let mailer =
            FileMailer::open(folder.join("outbox-mail"), &config.mail.from, clock.clone()).await?;
        let redis = match config.redis.settings() {
            Some(settings) => Some(RedisConnection::open(&settings).await?),
            None => None,
        };
        let sharing = redis.as_ref().map(|redis| Sharing {
            cache: Arc::new(RedisCache::new(redis.clone())),
            notices: Arc::new(RedisNotices::new(redis.clone())),
            ids: ids.clone(),
        });
        let key = signing_key(config)?;
        let sealer = Arc::new(sealer(config)?);
        let (providers, provider_books) =
            providers::open(config, simulator.as_ref(), keys, &sealer)?;
        let around = Surroundings {
            locks: Arc::new(ShopLocks::new(clock.clone(), redis.as_ref())),
            clock,
            ids,
            sharing,
            hasher: Arc::new(Argon2Hasher::new(
                config.session.hashing_parallel,
                config.session.hashing_queue_max,
            )),
            access_tokens: Arc::new(Ed25519AccessTokens::new(&key, "jangbogo", "jangbogo-api")),
            refresh_secrets: Arc::new(RandomRefreshSecrets),
            mailer: Arc::new(mailer),
            providers,
            provider_books,
            visitors: visitors(redis.as_ref()),
            visitor_names: Arc::new(HashedVisitors::new(&key)),
        };
        let database = Database::open(config).await?;
        let shop = database.shop(around.clone(), shop_settings(config, public_url.clone()));
        let listening = redis.clone().zip(shop.cache.clone());
        let listening = listening.map(|(redis, cache)| Listening::start(redis, cache));
        let relay = Arc::new(relay(config, &shop));
        relay.subscribe().await?;
        Ok(Self {
            shop,
            around,
            database,
            redis,
            listening,
            relay,
            simulator,
            public_url,
            simulates_alone,
        })
    }

    /// Fills an empty shop with the demo catalogue and returns the ready-made accounts, whose
    /// passwords are also kept in `demo-accounts.txt` in the data folder.
    pub async fn seed_when_empty(&self, config: &Config) -> anyhow::Result<Option<DemoAccounts>> {
        if !config.demo.enabled {
            return Ok(None);
        }
        let file = Self::accounts_file(config);
        let keep = |accounts: &DemoAccounts| keep_accounts(file, accounts);
        self.database.seed(&self.around, config.demo.products, keep).await
    }

    /// Where the passwords of the ready-made accounts are kept.
    pub fn accounts_file(config: &Config) -> PathBuf {
        config.data_dir.join("demo-accounts.txt")
    }

    /// Every use case over the same store, with other payment providers.
    pub fn shop_with(&self, config: &Config, providers: Providers) -> Shop {
        let around = Surroundings { providers, ..self.around.clone() };
        self.database.shop(around, shop_settings(config, self.public_url.clone()))
    }

    /// Closes what is open, simulator and database last.
    pub async fn close(self) {
        self.shop.place_orders.shutdown().await;
        self.shop.change_carts.shutdown().await;
        if let Some(simulator) = self.simulator {
            simulator.shutdown().await;
        }
        drop(self.simulates_alone);
        self.database.close().await;
    }
}

fn shop_settings(config: &Config, public_url: String) -> ShopSettings {
    ShopSettings {
        session: config.session.settings(),
        place: PlaceSettings {
            payment_window: Duration::from_secs(config.orders.payment_window_s),
        },
        subscriptions: config
            .subscriptions
            .settings(Duration::from_secs(config.orders.payment_window_s)),
        calendar: config.jobs.calendar(),
        strategy: config.orders.strategy,
        combiner: CombinerSettings {
            queue_max: config.orders.queue_max,
            batch_max: config.orders.batch_max,
            // Batches that wait for their turn keep their connections meanwhile: there must be
            // enough of them for those that they wait for.
            parallel_max: if config.database.pool_max as usize >= 2 * config.orders.lanes {
                IN_LANE_MAX
            } else {
                1
            },
        },
        lanes: config.orders.lanes,
        lock: LockTimes {
            wait: Duration::from_millis(config.orders.wait_ms),
            lease: Duration::from_millis(config.orders.lock_lease_ms),
        },
        cache: config.cache.settings(Duration::from_millis(config.redis.response_timeout_ms)),
        public_url,
    }
}

fn signing_key(config: &Config) -> anyhow::Result<SigningKey> {
    match &config.session.signing_key {
        Some(key) => SigningKey::from_text(key).context("the setting session.signing_key"),
        None => kept_key(config),
    }
}

/// With Redis all processes count visitors together; without it each on its own, and the database
/// unites them.
fn visitors(redis: Option<&RedisConnection>) -> Arc<dyn VisitorSketch> {
    match redis {
        Some(redis) => Arc::new(RedisVisitors::new(redis.clone())),
        None => Arc::new(MemoryVisitors::default()),
    }
}

/// The key in the data folder, made by whoever is first.
fn kept_key(config: &Config) -> anyhow::Result<SigningKey> {
    Ok(SigningKey::load_or_create(key_folder(config)?.join("access-token.pk8"))?)
}

fn key_folder(config: &Config) -> anyhow::Result<PathBuf> {
    let folder = config.data_dir.join("keys");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    Ok(folder)
}

/// What seals the keys of agreements: the configured key, or one in the data folder.
fn sealer(config: &Config) -> anyhow::Result<Sealer> {
    let mut keys = config.sealing.keys().context("the section [sealing]")?;
    if keys.is_empty() {
        keys.push(SealingKey::load_or_create(key_folder(config)?.join("agreements.key"))?);
    }
    Ok(Sealer::new(&keys)?)
}

async fn start_simulator(
    config: &Config,
    keys: &ProviderKeys,
    webhooks: String,
) -> anyhow::Result<Option<(Simulator, File)>> {
    if !config.simulator.enabled {
        return Ok(None);
    }
    let alone = alone(&config.data_dir)?;
    let secret_of = |key: &SecretString| key.expose_secret().to_owned();
    let wanted = SimulatorConfig {
        bind: config.simulator.bind,
        admin_bind: config.simulator.admin_bind,
        public_url: config.simulator.public_url.clone(),
        ledger: Some(config.data_dir.join("simulator.db")),
        tosspayments_secret_key: keys.tosspayments.as_ref().map(secret_of),
        webhook_url: Some(webhooks),
        seed: rand::rng().random(),
        ..SimulatorConfig::new(keys.kakaopay.as_ref().map(secret_of).unwrap_or_default())
    };
    let started = match Simulator::start(wanted.clone()).await {
        // Nobody asked for these very ports: a second shop on the machine takes any others.
        Err(error) if is_default(&config.simulator) => {
            tracing::warn!(%error, "the simulator's usual ports are taken; using free ones");
            let (mut bind, mut admin_bind) = (wanted.bind, wanted.admin_bind);
            bind.set_port(0);
            admin_bind.set_port(0);
            Simulator::start(SimulatorConfig { bind, admin_bind, ..wanted }).await
        }
        started => started,
    };
    Ok(Some((started.context("cannot start the payment simulator")?, alone)))
}

/// The simulator's books are kept by one process: two would not know of each other's payments.
/// The lock ends with its process, however that ends.
fn alone(folder: &Path) -> anyhow::Result<File> {
    let path = folder.join("simulator.lock");
    let failed = || format!("cannot open {}", path.display());
    let file = File::options().create(true).append(true).open(&path).with_context(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "another process runs the payment simulator of {}; set simulator.enabled to false and \
             kakaopay.base_url and kakaopay.secret_key to that simulator's",
            folder.display()
        ),
        Err(TryLockError::Error(error)) => Err(error).with_context(failed),
    }
}

/// Whether the simulator's addresses are the ones that come without being set.
fn is_default(config: &crate::SimulatorConfig) -> bool {
    let usual = crate::SimulatorConfig::default();
    (config.bind, config.admin_bind, &config.public_url)
        == (usual.bind, usual.admin_bind, &usual.public_url)
}

fn relay(config: &Config, shop: &Shop) -> Relay {
    let parts = ConsumerParts {
        remove_bought: shop.remove_bought.clone(),
        count_sales: shop.count_sales.clone(),
        execute_refund: shop.execute_refund.clone(),
        end_agreement: shop.end_agreement.clone(),
        follow_order: shop.follow_order.clone(),
        follow_member: shop.follow_member.clone(),
        members: shop.members.clone(),
        mailer: shop.mailer.clone(),
        inbox: shop.inbox.clone(),
        clock: shop.clock.clone(),
    };
    let poll = Duration::from_millis(config.background.relay_poll_ms);
    let settings = RelaySettings { poll, ..RelaySettings::default() };
    let consumers = consumers::all(parts);
    Relay::new(shop.publications.clone(), consumers, shop.clock.clone(), settings)
}

fn keep_accounts(file: PathBuf, accounts: &DemoAccounts) -> anyhow::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    let mut open = options.write(true).create(true).truncate(true).mode(0o600).open(&file)?;
    for (role, account) in [("buyer", &accounts.buyer), ("seller", &accounts.seller)] {
        writeln!(open, "{role} {} {}", account.email, account.password)?;
    }
    open.sync_all().with_context(|| format!("cannot write {}", file.display()))
}
