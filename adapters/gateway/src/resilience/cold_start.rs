//! A crowd that comes at once: failures are quick and successes slow, and yet only their shares
//! count.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use jangbogo_payment::{Circuit, NotSentCause, Outcome, PaymentProvider as _, ProviderOperation};

use super::answer::Answer as _;
use super::fake::{Fake, capture, declined, unreachable};
use super::time::paused::{gone, story};
use super::{ResilienceSettings, Resilient, time};

/// A number below a hundred that looks like chance.
fn dice(seed: u64, n: u32) -> u64 {
    let mut hash = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(n);
    for _ in 0..3 {
        hash = (hash ^ (hash >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    }
    (hash >> 32) % 100
}

/// Refuses this share of connections at once, and takes its time for the others.
fn network(seed: u64, failing_percent: u64, takes: Duration) -> Arc<Fake> {
    Fake::new(move |n| async move {
        if dice(seed, n) < failing_percent {
            return unreachable();
        }
        time::pause(takes).await;
        declined()
    })
}

/// The default numbers; a wait between two tries that is shorter than a success, so that failures
/// pile up.
fn resilient(fake: Arc<Fake>) -> Resilient {
    let mut settings = ResilienceSettings::default();
    settings.retry.wait = Duration::from_millis(20);
    Resilient::new(fake, &settings).unwrap()
}

fn circuit(resilient: &Resilient) -> Circuit {
    let all = resilient.health().operations;
    all.iter().find(|health| health.operation == ProviderOperation::Capture).unwrap().circuit
}

/// How many of so many buyers, who all come at once and buy so often, were turned away.
async fn turned_away(resilient: &Resilient, buyers: usize, times: usize) -> usize {
    let away = Cell::new(0);
    join_all((0..buyers).map(|_| async {
        for _ in 0..times {
            let answer: Outcome = resilient.capture(&capture()).await;
            if answer.not_sent_cause() == Some(NotSentCause::CircuitOpen) {
                away.set(away.get() + 1);
            }
        }
    }))
    .await;
    away.get()
}

#[test]
fn a_hundred_cold_buyers_of_whom_one_in_five_fails_open_nothing() {
    for seed in 0..200 {
        let takes = Duration::from_millis(300);
        story(async {
            let resilient = resilient(network(seed, 20, takes));
            assert_eq!(turned_away(&resilient, 100, 3).await, 0, "seed {seed}");
            assert_eq!(circuit(&resilient), Circuit::Closed, "seed {seed}");
        });
    }
}

#[test]
fn a_crowd_after_a_quiet_time_opens_nothing() {
    for seed in 0..100 {
        story(async {
            let resilient = resilient(network(seed, 20, Duration::from_millis(300)));
            turned_away(&resilient, 1, 60).await;
            time::pause(Duration::from_mins(10)).await;
            assert_eq!(turned_away(&resilient, 100, 1).await, 0, "seed {seed}");
        });
    }
}

#[test]
fn a_crowd_at_a_provider_that_is_away_is_turned_away_at_once() {
    story(async {
        let resilient = resilient(network(1, 100, Duration::ZERO));
        assert!(turned_away(&resilient, 100, 1).await > 0);
        assert_eq!(
            (circuit(&resilient), gone() < Duration::from_millis(100)),
            (Circuit::Open, true)
        );
    });
}

#[test]
fn a_crowd_of_whom_three_in_four_fail_opens_it() {
    story(async {
        let resilient = resilient(network(1, 75, Duration::from_secs(5)));
        assert!(turned_away(&resilient, 100, 3).await > 0);
        assert_eq!(circuit(&resilient), Circuit::Open);
    });
}
