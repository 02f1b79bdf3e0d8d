//! One shop and one provider, in a time of their own.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jangbogo_catalog::{NewProduct, ProductChanges, ProductId};
use jangbogo_gateway::{KakaoPay, KakaoPaySettings, TossPayments, TossPaymentsSettings};
use jangbogo_gateway_simulator::{
    Fault, LedgerEntry, LedgerOp, Provider, Simulator, SimulatorConfig,
};
use jangbogo_inventory::AddProductCommand;
use jangbogo_kernel::{Clock as _, Timestamp};
use jangbogo_member::{Caller, LogInCommand, Role, SignUpCommand};
use jangbogo_payment::{AttemptState, PaymentProvider, Period, ProviderName, Providers};
use jangbogo_runtime::ManualClock;
use jangbogo_setup::{Config, Opened, Shop};
use jangbogo_sql::invariants::{Moment, ProviderMovement};
use reqwest::redirect;

use super::charge::Known;
use super::ids::ChargeIds;
use super::{Tally, program};
use crate::scratch::Scratch;

/// What is broken as long as nobody delivers events, which nobody does here: every event has left
/// the outbox (I22), and every consumer has handled it (I24).
const NOT_DELIVERED: [&str; 2] = ["I22", "I24"];
/// Everybody that is simulated.
pub(super) const PROVIDERS: [Provider; 2] = [Provider::KakaoPay, Provider::TossPayments];

const KEY: &str = "bench-secret";
const PASSWORD: &str = "measure twice, cut once";
/// Both clocks begin here.
const START: &str = "2026-11-20T03:00:00Z";
/// Every tenth wave the provider cannot be reached.
const OUTAGE_EVERY: u32 = 10;
/// How long the books may take to come to rest after the last fault.
const REST_MAX: Duration = Duration::from_hours(12);

/// A shop, its provider, and the time.
pub(super) struct World {
    pub(super) shop: Shop,
    pub(super) buyer: Caller,
    pub(super) product: ProductId,
    pub(super) provider: ProviderName,
    pub(super) browser: reqwest::Client,
    pub(super) seed: u64,
    opened: Opened,
    simulator: Simulator,
    clock: ManualClock,
    _scratch: Scratch,
}

impl World {
    pub(super) async fn open(provider: Provider, seed: u64) -> anyhow::Result<Self> {
        let scratch = Scratch::new(&format!("faults-{}-{seed}-{}", provider.name(), number()))?;
        let start: Timestamp = START.parse().context("the start")?;
        let simulator = Simulator::start(SimulatorConfig {
            ledger: Some(scratch.path().join("provider.db")),
            seed,
            frozen_at: Some(START.parse()?),
            ..SimulatorConfig::new(KEY)
        })
        .await?;
        let mut config = Config { data_dir: scratch.path().to_owned(), ..Config::default() };
        config.simulator.enabled = false;
        config.demo.enabled = false;
        config.background.enabled = false;
        config.kakaopay.base_url = Some(simulator.base_url());
        config.kakaopay.secret_key = Some(KEY.into());
        config.tosspayments.base_url = Some(simulator.base_url());
        config.tosspayments.secret_key = Some(KEY.into());
        let clock = ManualClock::new(start);
        let ids = Arc::new(ChargeIds::default());
        let address = ([127, 0, 0, 1], 0).into();
        let opened = Opened::open_with(&config, address, Arc::new(clock.clone()), ids).await?;
        let bare = adapter(provider, &simulator.base_url())?;
        let shop = opened.shop_with(&config, Providers::new([bare]));
        let seller = member(&shop, Role::Seller).await?;
        let product = product(&shop, &seller).await?;
        Ok(Self {
            buyer: member(&shop, Role::Buyer).await?,
            product,
            provider: ProviderName(provider.name().to_owned()),
            browser: reqwest::Client::builder()
                .redirect(redirect::Policy::none())
                .no_proxy()
                .build()?,
            seed,
            shop,
            opened,
            simulator,
            clock,
            _scratch: scratch,
        })
    }

    /// What the provider does in this wave.
    pub(super) async fn wave(&self, program: &[Fault], wave: u32) {
        let is_out = wave % OUTAGE_EVERY == OUTAGE_EVERY - 1;
        let program = if is_out { program::outage() } else { program.to_vec() };
        self.simulator.faults(program).await;
    }

    pub(super) async fn provider_is_well(&self) {
        self.simulator.faults(Vec::new()).await;
    }

    /// Time goes by on both sides; what was late until then has happened after it.
    pub(super) async fn time_goes_by(&self, duration: Duration) {
        self.simulator.advance(duration).await;
        self.clock.advance(duration);
    }

    /// The janitor makes rounds until there is nothing to do at this moment.
    pub(super) async fn janitor_works(&self) -> anyhow::Result<()> {
        loop {
            let round = self.shop.resolve_attempts.run().await?;
            if round.aborted + round.handled == 0 {
                return Ok(());
            }
        }
    }

    /// The janitor, the sweeper and the reconciliation work until every attempt is known.
    pub(super) async fn comes_to_rest(&self) -> anyhow::Result<()> {
        let mut rested = Duration::ZERO;
        let mut wait = Duration::from_secs(10);
        while rested < REST_MAX {
            self.time_goes_by(wait).await;
            self.janitor_works().await?;
            while self.shop.expire_orders.run().await? > 0 {}
            rested += wait;
            wait = (wait * 2).min(Duration::from_hours(1));
        }
        // What only a person or a comparison of the books ends: lies that were found out.
        let period = Period {
            from: START.parse().context("the start")?,
            until: self.clock.now().plus(Duration::from_secs(1)),
        };
        let reconciled = self.shop.reconcile.run(&self.provider, period).await?;
        for difference in reconciled.raised() {
            println!("  raised: {difference:?}");
        }
        self.janitor_works().await
    }

    /// Compares the books.
    pub(super) async fn look(&self, charges: u32, known: &[Known]) -> anyhow::Result<Tally> {
        let ledger = self.simulator.ledger().await?;
        let movements: Vec<ProviderMovement> = ledger.iter().cloned().map(movement).collect();
        let now = self.clock.now();
        let report = self.opened.database.check(Moment::Quiet, now, Some(&movements)).await?;
        let mut tally = Tally {
            charges,
            movements: ledger.len(),
            fingerprint: fingerprint(&ledger),
            ..Tally::default()
        };
        for breach in &report.breaches {
            match breach.invariant {
                "I9" => tally.doubles += breach.count,
                "I13" | "I14" => tally.orphans += breach.count,
                id if NOT_DELIVERED.contains(&id) => continue,
                _ => {}
            }
            let first = breach.subjects.first().map_or("", String::as_str);
            let words = format!("{} {}: {first}", breach.invariant, breach.name);
            tally.breaches.push(words);
        }
        for one in known {
            let attempts = self.shop.payments.of_order(one.order).await?;
            let is_open = |state: AttemptState| state.is_open() || state == AttemptState::Created;
            tally.unresolved += attempts.iter().filter(|attempt| is_open(attempt.state)).count();
        }
        Ok(tally)
    }

    pub(super) async fn close(self) {
        self.opened.close().await;
        self.simulator.shutdown().await;
    }
}

/// Worlds of one process have folders of their own.
fn number() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static WORLDS: AtomicU32 = AtomicU32::new(1);
    WORLDS.fetch_add(1, Ordering::Relaxed)
}

fn adapter(provider: Provider, url: &str) -> anyhow::Result<Arc<dyn PaymentProvider>> {
    Ok(match provider {
        Provider::KakaoPay => Arc::new(KakaoPay::new(KakaoPaySettings::new(url, KEY.into()))?),
        Provider::TossPayments => {
            Arc::new(TossPayments::new(TossPaymentsSettings::new(url, KEY.into()))?)
        }
    })
}

async fn member(shop: &Shop, role: Role) -> anyhow::Result<Caller> {
    let name = format!("{role:?}").to_lowercase();
    let email = format!("{name}@bench.example");
    let command = SignUpCommand::parse(&email, PASSWORD, &name)?.with_role(role);
    shop.sign_up.run(command).await?;
    let logged_in = shop.log_in.run(LogInCommand::parse(&email, PASSWORD)?).await?;
    Ok(shop.authenticate.run(&logged_in.access_token).await?)
}

async fn product(shop: &Shop, seller: &Caller) -> anyhow::Result<ProductId> {
    let product = NewProduct::parse(ProductChanges {
        name: Some("홍삼".to_owned()),
        maker: Some("장보고".to_owned()),
        original_price: Some(10_000),
        discount_bps: Some(1_000),
        ..ProductChanges::default()
    })?;
    let command = AddProductCommand { product, stock: 1_000_000, key: None };
    Ok(shop.add_product.run(seller, command).await?.product.id)
}

fn movement(entry: LedgerEntry) -> ProviderMovement {
    ProviderMovement {
        provider: entry.provider,
        id: entry.pg_tx_id,
        merchant_ref: entry.merchant_ref,
        capture: entry.op == LedgerOp::Capture,
        amount: entry.amount,
        parent: entry.parent_tx_id,
    }
}

/// The same for the same movements, whatever their order and the provider's names for them.
fn fingerprint(ledger: &[LedgerEntry]) -> u64 {
    let mut lines: Vec<String> = ledger
        .iter()
        .map(|entry| format!("{} {:?} {}", entry.merchant_ref, entry.op, entry.amount))
        .collect();
    lines.sort_unstable();
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for byte in lines.join("\n").bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    }
    hash
}
