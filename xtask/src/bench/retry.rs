//! Payments over connections of which one in five fails.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::ensure;
use async_trait::async_trait;
use jangbogo_gateway::{KakaoPay, ResilienceSettings, Resilient};
use jangbogo_gateway_simulator::LedgerOp;
use jangbogo_payment::{
    CaptureRequest, Looked, NotSentCause, OpenRequest, Outcome, PaymentProvider, ProviderError,
    ProviderProfile, ProviderSession, RefundRequest,
};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::task::JoinSet;

use super::payer::{Payer, adapter_at};

/// 100 buyers, one connection in five fails; 0.2⁴ of the captures may fail, and none twice.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many payments.
    #[arg(long, default_value_t = 25_000)]
    payments: usize,
    /// How many buyers at once.
    #[arg(long, default_value_t = 100)]
    users: usize,
    /// How many connections of a hundred fail.
    #[arg(long, default_value_t = 20)]
    failing_percent: u32,
    /// The wait between two tries, milliseconds; a shop's own is 3000.
    #[arg(long, default_value_t = 20)]
    wait_ms: u64,
    /// Decides which connections fail.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// A network in which some captures find the port closed: a real connection, really refused.
struct Network {
    there: KakaoPay,
    nobody: KakaoPay,
    failing_percent: u32,
    dice: Mutex<StdRng>,
    tries: AtomicUsize,
}

#[async_trait]
impl PaymentProvider for Network {
    fn profile(&self) -> ProviderProfile {
        self.there.profile()
    }

    async fn open(&self, request: &OpenRequest) -> Result<ProviderSession, ProviderError> {
        self.there.open(request).await
    }

    async fn capture(&self, request: &CaptureRequest) -> Outcome {
        self.tries.fetch_add(1, Ordering::Relaxed);
        let luck = {
            let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
            dice.random_range(0..100_u32)
        };
        let fails = luck < self.failing_percent;
        let provider = if fails { &self.nobody } else { &self.there };
        provider.capture(request).await
    }

    async fn refund(&self, request: &RefundRequest) -> Outcome {
        self.there.refund(request).await
    }

    async fn lookup(&self, reference: &str) -> Result<Looked, ProviderError> {
        self.there.lookup(reference).await
    }
}

#[derive(Debug, Default)]
struct Counts {
    done: usize,
    not_sent: usize,
    circuit_open: usize,
    other: usize,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let payer = Arc::new(Payer::start().await?);
    let closed_port = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let network = Arc::new(Network {
        there: payer.adapter()?,
        nobody: adapter_at(&format!("http://{closed_port}"))?,
        failing_percent: args.failing_percent,
        dice: Mutex::new(StdRng::seed_from_u64(args.seed)),
        tries: AtomicUsize::new(0),
    });
    let mut settings = ResilienceSettings::default();
    settings.retry.wait = Duration::from_millis(args.wait_ms);
    let provider = Arc::clone(&network) as Arc<dyn PaymentProvider>;
    let resilient = Arc::new(Resilient::new(provider, &settings)?);
    let begun = Instant::now();
    let counts = pay(args, &payer, &resilient).await?;
    let (elapsed, tries) = (begun.elapsed(), network.tries.load(Ordering::Relaxed));
    let mut captures: HashMap<String, usize> = HashMap::new();
    for entry in payer.simulator.ledger().await? {
        if entry.op == LedgerOp::Capture {
            *captures.entry(entry.merchant_ref).or_default() += 1;
        }
    }
    let doubles = captures.values().filter(|count| **count > 1).count();
    println!(
        "{} payments by {} users in {elapsed:.1?}: {} done, {} not sent, {} not tried, {} other; \
         {tries} tries",
        args.payments, args.users, counts.done, counts.not_sent, counts.circuit_open, counts.other
    );
    ensure!(captures.len() == counts.done, "the books have {} captures", captures.len());
    let failed = counts.not_sent + counts.circuit_open + counts.other;
    let share = as_float(failed)? / as_float(args.payments)?;
    let expected = (f64::from(args.failing_percent) / 100.0).powi(4);
    // Three standard deviations of so many throws.
    let noise = 3.0 * (expected * (1.0 - expected) / as_float(args.payments)?).sqrt();
    println!("expected {expected:.4}, noise {noise:.4}");
    println!("failed_share {share:.4} doubles {doubles}");
    ensure!(doubles == 0 && share <= expected + noise, "too many failed or were charged twice");
    Ok(())
}

async fn pay(
    args: &Args,
    payer: &Arc<Payer>,
    resilient: &Arc<Resilient>,
) -> anyhow::Result<Counts> {
    let next = Arc::new(AtomicUsize::new(0));
    let (mut users, payments) = (JoinSet::new(), args.payments);
    for _ in 0..args.users {
        let (next, payer, resilient) =
            (Arc::clone(&next), Arc::clone(payer), Arc::clone(resilient));
        users.spawn(async move {
            let mut counts = Counts::default();
            while next.fetch_add(1, Ordering::Relaxed) < payments {
                let request = loop {
                    if let Some(request) = payer.agreed(&*resilient).await? {
                        break request;
                    }
                };
                match resilient.capture(&request).await {
                    Outcome::Done { .. } => counts.done += 1,
                    Outcome::NotSent { cause: NotSentCause::Unreachable, .. } => {
                        counts.not_sent += 1;
                    }
                    Outcome::NotSent { cause: NotSentCause::CircuitOpen, .. } => {
                        counts.circuit_open += 1;
                    }
                    _ => counts.other += 1,
                }
            }
            anyhow::Ok(counts)
        });
    }
    let mut all = Counts::default();
    while let Some(counts) = users.join_next().await {
        let counts = counts??;
        all.done += counts.done;
        all.not_sent += counts.not_sent;
        all.circuit_open += counts.circuit_open;
        all.other += counts.other;
    }
    Ok(all)
}

fn as_float(count: usize) -> anyhow::Result<f64> {
    Ok(f64::from(u32::try_from(count)?))
}
