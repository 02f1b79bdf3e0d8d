//! Which faults befall a call: a hash decides, so that the order of calls does not.

use std::collections::HashMap;
use std::sync::Mutex;

use super::{Action, Call, Fault, Provider, When};
use crate::backstage::lock;

/// The rules in force.
#[derive(Debug)]
pub(crate) struct FaultProgram {
    seed: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    rules: Vec<Fault>,
    began_us: i64,
    /// How often each call of each payment has come, by their hash.
    attempts: HashMap<u64, u32>,
}

/// One call that faults may befall.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    provider: Provider,
    call: Call,
    /// The hash of provider, call and the merchant's reference.
    name: u64,
    /// 1, 2, 3 … per name.
    attempt: u32,
    now_us: i64,
}

impl FaultProgram {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, state: Mutex::default() }
    }

    /// Replaces the program and begins to count again: the same calls meet the same faults.
    pub(crate) fn replace(&self, rules: Vec<Fault>, now_us: i64) {
        *lock(&self.state) = State { rules, began_us: now_us, attempts: HashMap::new() };
    }

    /// The rules in force, with the times they have left.
    pub(crate) fn current(&self) -> Vec<Fault> {
        lock(&self.state).rules.clone()
    }

    /// Whether there is nothing to draw.
    pub(crate) fn is_empty(&self) -> bool {
        lock(&self.state).rules.is_empty()
    }

    /// Whether connections are refused.
    pub(crate) fn refuses_connections(&self) -> bool {
        lock(&self.state).rules.iter().any(|rule| rule.call == Call::Connect)
    }

    /// Counts a call; what befalls it is [drawn](Self::draw) for each side of its effect.
    pub(crate) fn hit(&self, provider: Provider, call: Call, reference: &str, now_us: i64) -> Hit {
        let name = hash(&[provider.name().as_bytes(), &[call as u8], reference.as_bytes()]);
        let mut state = lock(&self.state);
        if state.rules.is_empty() {
            return Hit { provider, call, name, attempt: 0, now_us };
        }
        let attempt = state.attempts.entry(name).or_default();
        *attempt += 1;
        Hit { provider, call, name, attempt: *attempt, now_us }
    }

    /// What befalls this call now, in the order of the program.
    pub(crate) fn draw(&self, hit: &Hit, when: When) -> Vec<Action> {
        let mut actions = Vec::new();
        let mut state = lock(&self.state);
        let elapsed_ms = hit.now_us.saturating_sub(state.began_us) / 1_000;
        for (place, rule) in (1_u64..).zip(&mut state.rules) {
            if !rule.concerns(hit, when) || rule.times == Some(0) {
                continue;
            }
            let dice = hash(
                &[self.seed.to_le_bytes(), place.to_le_bytes(), hit.name.to_le_bytes()]
                    .each_ref()
                    .map(<[u8; 8]>::as_slice),
            );
            let throw = mixed(dice ^ mixed(u64::from(hit.attempt))) % 10_000;
            if throw >= rule.share_now(elapsed_ms) {
                continue;
            }
            rule.times = rule.times.map(|times| times - 1);
            actions.push(rule.action.clone());
            if rule.action.ends_call() {
                break;
            }
        }
        actions
    }
}

impl Fault {
    fn concerns(&self, hit: &Hit, when: When) -> bool {
        self.call == hit.call
            && self.when == when
            && self.provider.is_none_or(|provider| provider == hit.provider)
            && self.attempts.is_none_or(|attempts| hit.attempt <= attempts)
    }

    /// The share after so much time, in hundredths of a per cent.
    fn share_now(&self, elapsed_ms: i64) -> u64 {
        let from = u64::from(self.share_percent) * 100;
        let Some(ramp) = self.ramp else {
            return from;
        };
        let to = u64::from(ramp.to_percent) * 100;
        let elapsed = u64::try_from(elapsed_ms).unwrap_or(0).min(ramp.over_ms);
        let part = |whole: u64| whole.saturating_mul(elapsed) / ramp.over_ms.max(1);
        if to >= from { from + part(to - from) } else { from - part(from - to) }
    }
}

/// A number below `sides` that depends on nothing but seed, purpose and reference.
pub(crate) fn luck(seed: u64, purpose: &str, reference: &str, sides: u64) -> u64 {
    mixed(hash(&[&seed.to_le_bytes(), purpose.as_bytes(), reference.as_bytes()])) % sides.max(1)
}

/// FNV-1a. Written out, because the standard library's hashes may change between versions, and a
/// seed must mean the same next year.
fn hash(parts: &[&[u8]]) -> u64 {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for part in parts {
        for byte in part.iter().chain(&[0xFF]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }
    hash
}

/// Spreads a hash over all its bits (the end of splitmix64).
fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(seed: u64, fault: Fault) -> FaultProgram {
        let program = FaultProgram::new(seed);
        program.replace(vec![fault], 0);
        program
    }

    fn reset() -> Fault {
        Fault::new(Call::Approve, When::Before, Action::Reset)
    }

    fn is_hit(program: &FaultProgram, reference: &str, now_us: i64) -> bool {
        let hit = program.hit(Provider::KakaoPay, Call::Approve, reference, now_us);
        !program.draw(&hit, When::Before).is_empty()
    }

    /// Which of a thousand payments are hit at their first attempt.
    fn hits(program: &FaultProgram) -> Vec<u32> {
        (0..1_000).filter(|n| is_hit(program, &format!("pay_{n}"), 0)).collect()
    }

    #[test]
    fn a_share_of_a_fifth_is_decided_by_the_seed() {
        let first = hits(&program(11, reset().share(20)));
        assert!((160..=240).contains(&first.len()), "{} of 1000 calls hit", first.len());
        assert_eq!(first, hits(&program(11, reset().share(20))));
        assert_ne!(first, hits(&program(12, reset().share(20))));
        assert_eq!(hits(&program(3, reset().share(0))).len(), 0);
        assert_eq!(hits(&program(3, reset())).len(), 1_000);
    }

    #[test]
    fn the_order_of_the_calls_decides_nothing() {
        let forwards = hits(&program(11, reset().share(20)));
        let other = program(11, reset().share(20));
        let backwards: Vec<u32> =
            (0..1_000).rev().filter(|n| is_hit(&other, &format!("pay_{n}"), 0)).collect();
        assert_eq!(forwards, backwards.into_iter().rev().collect::<Vec<_>>());
    }

    #[test]
    fn each_attempt_of_a_payment_throws_anew_until_the_program_begins_again() {
        let twice = program(11, reset().share(20));
        let first = hits(&twice);
        assert_ne!(first, hits(&twice), "the second attempts");
        twice.replace(twice.current(), 0);
        assert_eq!(first, hits(&twice));
    }

    #[test]
    fn a_rule_for_first_attempts_leaves_the_second_alone() {
        let program = program(11, reset().attempts(1));
        assert!(is_hit(&program, "pay_1", 0));
        assert!(!is_hit(&program, "pay_1", 0), "the second attempt");
        assert!(is_hit(&program, "pay_2", 0), "another payment");
    }

    #[test]
    fn a_share_grows_along_its_ramp() {
        let program = program(11, reset().share(0).ramp(75, 60_000));
        let mut shares = Vec::new();
        for ms in [0, 30_000, 60_000, 600_000] {
            let hit = |n: &u32| is_hit(&program, &format!("pay_{ms}_{n}"), ms * 1_000);
            shares.push((0..1_000).filter(hit).count());
        }
        assert_eq!(shares[0], 0);
        assert!((335..=415).contains(&shares[1]), "{shares:?}");
        assert!((700..=800).contains(&shares[2]), "{shares:?}");
        assert!((700..=800).contains(&shares[3]), "{shares:?}");
        let falling = reset().share(60).ramp(20, 100);
        assert_eq!([0, 50, 100].map(|ms| falling.share_now(ms)), [6_000, 4_000, 2_000]);
    }

    #[test]
    fn luck_is_the_same_for_the_same_purpose_and_reference() {
        let throws = |seed| (0..100).map(move |n| luck(seed, "method", &format!("{n}"), 6));
        assert!(throws(1).eq(throws(1)));
        assert!(!throws(1).eq(throws(2)));
        assert!((0..6).all(|side| throws(1).any(|throw| throw == side)), "every side falls");
    }
}
