//! A provider that gets slow and sick, and well again.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::ensure;
use jangbogo_gateway::{ResilienceSettings, Resilient};
use jangbogo_gateway_simulator::{Action, Call, Fault, When};
use jangbogo_payment::{
    Circuit, NotSentCause, OperationHealth, Outcome, PaymentProvider, ProviderOperation,
};
use tokio::task::JoinSet;

use super::payer::Payer;

/// 100 buyers at a provider that takes 5 s and whose failures rise to 75 %; prints the timeline.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many buyers at once.
    #[arg(long, default_value_t = 100)]
    users: usize,
    /// How long the provider takes, milliseconds.
    #[arg(long, default_value_t = 5_000)]
    latency_ms: u64,
    /// How long each share of failures (0, 25, 50, 75 %) lasts, seconds.
    #[arg(long, default_value_t = 15)]
    step_s: u64,
}

/// An open breaker answers within this time.
const OPEN_ANSWER_MAX: Duration = Duration::from_millis(1);
/// A buyer who is told "not now" tries again after this time.
const THINKS: Duration = Duration::from_millis(100);

/// What the buyers saw since the last line.
#[derive(Default)]
struct Seen {
    done: AtomicU32,
    unknown: AtomicU32,
    busy: AtomicU32,
    refused: AtomicU32,
    /// How long an open breaker took.
    answers: Mutex<Vec<Duration>>,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let payer = Arc::new(Payer::start().await?);
    let provider = Arc::new(payer.adapter()?);
    let resilient = Arc::new(Resilient::new(provider, &ResilienceSettings::default())?);
    let (seen, stop) = (Arc::new(Seen::default()), Arc::new(AtomicBool::new(false)));
    let mut users = JoinSet::new();
    for _ in 0..args.users {
        let (payer, resilient) = (Arc::clone(&payer), Arc::clone(&resilient));
        users.spawn(buyer(payer, resilient, Arc::clone(&seen), Arc::clone(&stop)));
    }
    println!("second  failing  circuit    window  running waiting  done unknown busy not_tried");
    let begun = Instant::now();
    let mut opened = 0;
    for failing in [0, 25, 50, 75] {
        payer.simulator.faults(sickness(args.latency_ms, failing)).await;
        for _ in 0..args.step_s {
            tokio::time::sleep(Duration::from_secs(1)).await;
            opened += u32::from(line(begun, failing, &resilient, &seen) == Circuit::Open);
        }
    }
    payer.simulator.faults(Vec::new()).await;
    let mut is_well = false;
    for _ in 0..30 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        is_well = line(begun, 0, &resilient, &seen) == Circuit::Closed;
        if is_well {
            break;
        }
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(user) = users.join_next().await {
        user??;
    }
    let mut answers = seen.answers.lock().unwrap_or_else(PoisonError::into_inner).clone();
    answers.sort_unstable();
    let at = |percent: usize| {
        answers.get(answers.len().saturating_sub(1) * percent / 100).copied().unwrap_or_default()
    };
    println!(
        "an open breaker answered {} times: p50 {:?}, p99 {:?}, longest {:?}",
        answers.len(),
        at(50),
        at(99),
        at(100)
    );
    ensure!(opened > 0, "the breaker never opened");
    ensure!(is_well, "the breaker did not close again");
    println!("open_answer_p99_ms {:.3} opened_s {opened}", at(99).as_secs_f64() * 1_000.0);
    ensure!(at(99) <= OPEN_ANSWER_MAX, "an open breaker is too slow");
    Ok(())
}

/// Slow whatever happens, and so many of a hundred captures are cut.
fn sickness(latency_ms: u64, failing_percent: u8) -> Vec<Fault> {
    let slow = Fault::new(Call::Approve, When::Before, Action::Latency { ms: latency_ms });
    let cut = Fault::new(Call::Approve, When::Before, Action::Reset).share(failing_percent);
    vec![slow, cut]
}

async fn buyer(
    payer: Arc<Payer>,
    resilient: Arc<Resilient>,
    seen: Arc<Seen>,
    stop: Arc<AtomicBool>,
) -> anyhow::Result<()> {
    let mut agreed = None;
    while !stop.load(Ordering::Relaxed) {
        let Some(request) = (match agreed.take() {
            Some(request) => Some(request),
            None => payer.agreed(&*resilient).await?,
        }) else {
            tokio::time::sleep(THINKS).await;
            continue;
        };
        let begun = Instant::now();
        let outcome = resilient.capture(&request).await;
        let elapsed = begun.elapsed();
        match outcome {
            Outcome::Done { .. } | Outcome::Declined { .. } => {
                seen.done.fetch_add(1, Ordering::Relaxed);
            }
            Outcome::Unknown { .. } => {
                seen.unknown.fetch_add(1, Ordering::Relaxed);
            }
            Outcome::NotSent { cause, .. } => {
                if cause == NotSentCause::CircuitOpen {
                    seen.refused.fetch_add(1, Ordering::Relaxed);
                    seen.answers.lock().unwrap_or_else(PoisonError::into_inner).push(elapsed);
                } else {
                    seen.busy.fetch_add(1, Ordering::Relaxed);
                }
                // Nothing has happened: the same payment can be tried again.
                agreed = Some(request);
                tokio::time::sleep(THINKS).await;
            }
        }
    }
    Ok(())
}

/// Prints one second and tells the circuit.
fn line(begun: Instant, failing: u8, resilient: &Resilient, seen: &Seen) -> Circuit {
    let health = resilient.health().operations;
    let is_capture = |h: &&OperationHealth| h.operation == ProviderOperation::Capture;
    let Some(capture) = health.iter().find(is_capture) else {
        return Circuit::Closed;
    };
    let take = |count: &AtomicU32| count.swap(0, Ordering::Relaxed);
    println!(
        "{:>6}  {failing:>6}%  {:<9}  {:>2}/{:<2}   {:>7} {:>7}  {:>4} {:>7} {:>4} {:>9}",
        begun.elapsed().as_secs(),
        capture.circuit.name(),
        capture.failures,
        capture.calls,
        capture.running,
        capture.waiting,
        take(&seen.done),
        take(&seen.unknown),
        take(&seen.busy),
        take(&seen.refused),
    );
    capture.circuit
}
