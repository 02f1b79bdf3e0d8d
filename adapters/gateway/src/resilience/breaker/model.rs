//! A reference model of a count-based breaker, written from resilience4j's documentation, and a
//! property: the breaker and the model say the same whatever happens.

use std::collections::VecDeque;
use std::time::Duration;

use failsafe::clock;
use jangbogo_payment::Circuit;
use proptest::prelude::*;

use super::tests::breaker;
use super::{BreakerSettings, Permit};

enum Model {
    Closed(VecDeque<bool>),
    Open { until_ms: u64 },
    HalfOpen { given: usize, outcomes: Vec<bool> },
}

/// What may happen.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// A call, and whether it fails.
    Call(bool),
    /// Time goes by.
    Wait(u64),
    /// A call that is dropped.
    Drop,
}

const WINDOW: usize = 40;
const MINIMUM: usize = 20;
const TRIALS: usize = 10;
const OPEN_MS: u64 = 10_000;

fn are_too_many<'a>(outcomes: impl ExactSizeIterator<Item = &'a bool>) -> bool {
    let all = outcomes.len();
    outcomes.filter(|has_failed| **has_failed).count() * 10 >= all * 6
}

impl Model {
    fn acquire(&mut self, now_ms: u64) -> bool {
        if matches!(self, Self::Open { until_ms } if now_ms > *until_ms) {
            *self = Self::HalfOpen { given: 0, outcomes: Vec::new() };
        }
        match self {
            Self::Closed(_) => true,
            Self::Open { .. } => false,
            Self::HalfOpen { given, .. } if *given == TRIALS => false,
            Self::HalfOpen { given, .. } => {
                *given += 1;
                true
            }
        }
    }

    fn settle(&mut self, has_failed: bool, now_ms: u64) {
        let open = Self::Open { until_ms: now_ms + OPEN_MS };
        match self {
            Self::Closed(window) => {
                window.push_back(has_failed);
                if window.len() > WINDOW {
                    window.pop_front();
                }
                if window.len() >= MINIMUM && are_too_many(window.iter()) {
                    *self = open;
                }
            }
            Self::HalfOpen { outcomes, .. } => {
                outcomes.push(has_failed);
                if outcomes.len() == TRIALS {
                    let is_sick = are_too_many(outcomes.iter());
                    *self = if is_sick { open } else { Self::Closed(VecDeque::new()) };
                }
            }
            Self::Open { .. } => {}
        }
    }

    fn drop_call(&mut self) {
        if let Self::HalfOpen { given, .. } = self {
            *given -= 1;
        }
    }

    fn circuit(&self) -> Circuit {
        match self {
            Self::Closed(_) => Circuit::Closed,
            Self::Open { .. } => Circuit::Open,
            Self::HalfOpen { .. } => Circuit::HalfOpen,
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = |failing: u32| {
        prop_oneof![
            3 => (1_u64..12_000).prop_map(Step::Wait),
            3 => Just(Step::Drop),
            94 => (0_u32..100).prop_map(move |luck| Step::Call(luck < failing)),
        ]
    };
    (0_u32..=100).prop_flat_map(move |failing| prop::collection::vec(step(failing), 1..400))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn the_breaker_does_what_the_model_does(steps in steps()) {
        clock::freeze(|time| {
            let breaker = breaker(BreakerSettings::default());
            let (mut model, mut now_ms) = (Model::Closed(VecDeque::new()), 0);
            for step in steps {
                if let Step::Wait(ms) = step {
                    time.advance(Duration::from_millis(ms));
                    now_ms += ms;
                    continue;
                }
                let (permit, is_given) = (breaker.acquire(), model.acquire(now_ms));
                prop_assert_eq!(permit.is_some(), is_given);
                match (permit, step) {
                    (Some(permit), Step::Call(true)) => {
                        Permit::failed(permit);
                        model.settle(true, now_ms);
                    }
                    (Some(permit), Step::Call(false)) => {
                        permit.succeeded();
                        model.settle(false, now_ms);
                    }
                    (Some(permit), _) => {
                        drop(permit);
                        model.drop_call();
                    }
                    (None, _) => {}
                }
                prop_assert_eq!(breaker.circuit(), model.circuit());
            }
            Ok(())
        })?;
    }
}
