//! Programmable faults: which call fails, how often, before or after the effect, and how.

use std::sync::Mutex;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::backstage::lock;

/// The provider calls a fault can hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// A payment is announced.
    Ready,
    /// The authenticated payment is captured.
    Approve,
    /// The state of a payment is looked up.
    Order,
    /// A capture is refunded, in part or whole.
    Cancel,
}

/// On which side of the effect a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Before the transaction that moves the money: an action that ends the call leaves no effect.
    Before,
    /// After its commit: the effect is done, whatever the client sees.
    After,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Waits, then goes on, even when the client has left: `Before` makes a late effect, `After`
    /// a late answer.
    Latency {
        /// How long, in real milliseconds.
        ms: u64,
    },
    /// Closes the connection with a TCP RST and no answer at all.
    Reset,
    /// Answers with this status and body, as a broken proxy would.
    Status {
        /// The HTTP status.
        code: u16,
        /// The body, sent as it is.
        body: String,
    },
    /// Answers 200 with JSON that breaks off.
    Garbage,
    /// Answers with an amount that differs from what was charged (`approve` and `order`; `when`
    /// makes no difference).
    WrongAmount {
        /// Added to the true amount.
        delta: i64,
    },
    /// Answers with a scripted decline. `Before` nothing is charged; `After` it is charged all
    /// the same, and the answer lies.
    Decline {
        /// For example -780 (approval failure) or -781 (cancel failure).
        error_code: i64,
        /// For example `NOT_ENOUGH_BALANCE`, or four digits of a card company.
        method_result_code: String,
    },
}

impl Action {
    /// Whether the call is over with this action, so that no later rule is asked.
    fn ends_call(&self) -> bool {
        matches!(self, Self::Reset | Self::Status { .. } | Self::Garbage)
    }
}

/// One rule of the fault program.
///
/// Rules are asked in order, and every rule that fires acts, up to the first that ends the call.
/// Each rule throws its own dice, seeded by the simulator's seed and its place in the program:
/// which of its calls it hits depends on nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The call it hits.
    pub call: Call,
    /// The share of such calls it hits, 0 to 100.
    #[serde(default = "always")]
    pub share_percent: u8,
    /// It acts at most so many times; `None` means without end.
    #[serde(default)]
    pub times: Option<u32>,
    /// Before or after the effect. `After` rules are asked only when the call succeeded.
    pub when: When,
    /// What happens.
    pub action: Action,
}

impl Fault {
    /// Why the rule makes no sense, if it does not.
    pub(crate) fn flaw(&self) -> Option<&'static str> {
        if self.share_percent > 100 {
            return Some("share_percent must be 0 to 100");
        }
        match self.action {
            Action::Status { code, .. } if !(200..=599).contains(&code) => {
                Some("status code must be 200 to 599")
            }
            _ => None,
        }
    }
}

/// The rules in force.
#[derive(Debug)]
pub(crate) struct FaultProgram {
    seed: u64,
    rules: Mutex<Vec<Rule>>,
}

#[derive(Debug)]
struct Rule {
    fault: Fault,
    dice: StdRng,
}

impl FaultProgram {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, rules: Mutex::new(Vec::new()) }
    }

    /// Replaces the program; the same rules throw the same dice again.
    pub(crate) fn replace(&self, program: Vec<Fault>) {
        let rules = (1_u64..).zip(program).map(|(place, fault)| {
            let seed = self.seed ^ place.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            Rule { fault, dice: StdRng::seed_from_u64(seed) }
        });
        *lock(&self.rules) = rules.collect();
    }

    /// The rules in force, with the times they have left.
    pub(crate) fn current(&self) -> Vec<Fault> {
        lock(&self.rules).iter().map(|rule| rule.fault.clone()).collect()
    }

    /// What befalls this call now, in the order of the program.
    pub(crate) fn draw(&self, call: Call, when: When) -> Vec<Action> {
        let mut actions = Vec::new();
        for rule in lock(&self.rules).iter_mut() {
            if rule.fault.call != call || rule.fault.when != when || !rule.fires() {
                continue;
            }
            let action = rule.fault.action.clone();
            let ends_call = action.ends_call();
            actions.push(action);
            if ends_call {
                break;
            }
        }
        actions
    }
}

impl Rule {
    fn fires(&mut self) -> bool {
        if self.fault.times == Some(0)
            || self.dice.random_range(0..100_u8) >= self.fault.share_percent
        {
            return false;
        }
        self.fault.times = self.fault.times.map(|times| times - 1);
        true
    }
}

fn always() -> u8 {
    100
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(seed: u64, share_percent: u8) -> FaultProgram {
        let program = FaultProgram::new(seed);
        program.replace(vec![Fault {
            call: Call::Approve,
            share_percent,
            times: None,
            when: When::Before,
            action: Action::Reset,
        }]);
        program
    }

    fn hits(program: &FaultProgram) -> Vec<usize> {
        let hit = |_: &usize| !program.draw(Call::Approve, When::Before).is_empty();
        (0..1_000).filter(hit).collect()
    }

    #[test]
    fn a_share_of_a_fifth_is_decided_by_the_seed() {
        let first = hits(&program(11, 20));
        assert!((160..=240).contains(&first.len()), "{} of 1000 calls hit", first.len());
        assert_eq!(first, hits(&program(11, 20)));
        assert_ne!(first, hits(&program(12, 20)));
    }

    #[test]
    fn replacing_a_program_by_itself_starts_its_dice_again() {
        let again = program(11, 20);
        let first = hits(&again);
        assert_ne!(first, hits(&again), "the dice went on");
        again.replace(again.current());
        assert_eq!(first, hits(&again));
    }

    #[test]
    fn shares_of_zero_and_a_hundred_are_never_and_always() {
        assert_eq!(hits(&program(3, 0)).len(), 0);
        assert_eq!(hits(&program(3, 100)).len(), 1_000);
    }

    #[test]
    fn a_rule_reads_as_the_admin_port_documents_it() {
        let text = r#"{"call":"approve","share_percent":20,"times":3,"when":"after",
            "action":{"decline":{"error_code":-780,"method_result_code":"USER_LOCKED"}}}"#;
        let fault: Fault = serde_json::from_str(text).unwrap();
        assert_eq!(fault.times, Some(3));
        let reset = r#"{"call":"order","when":"before","action":"reset"}"#;
        let fault: Fault = serde_json::from_str(reset).unwrap();
        assert_eq!((fault.share_percent, fault.times), (100, None));
        let typo = r#"{"call":"order","when":"before","action":"reset","time":1}"#;
        assert!(serde_json::from_str::<Fault>(typo).is_err());
    }
}
