//! Every number of the layers, and the rule that shorter times lie within longer ones.

use std::time::Duration;

use jangbogo_payment::ProviderProfile;

/// How a provider is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResilienceSettings {
    /// When calls are no longer let through.
    pub breaker: BreakerSettings,
    /// What is tried again.
    pub retry: RetrySettings,
    /// How many calls of each kind that opens sessions or moves money run at once.
    pub money: BulkheadSettings,
    /// How many lookups run at once.
    pub lookup: BulkheadSettings,
    /// Longest time for a call that moves money, waits and repeats included.
    pub money_deadline: Duration,
    /// The same for a call that moves none; somebody waits for its answer.
    pub question_deadline: Duration,
}

/// When calls are no longer let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerSettings {
    /// How many of the last calls are looked at; at most 64.
    pub window: u32,
    /// How many there must be before anything is decided.
    pub minimum_calls: u32,
    /// From this share of failures on, nothing is let through.
    pub failure_percent: u32,
    /// For so long; then trial calls decide.
    pub open_for: Duration,
    /// How many trial calls.
    pub trial_calls: u32,
}

/// What is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetrySettings {
    /// How often after the first time.
    pub retries: u32,
    /// So long after each.
    pub wait: Duration,
}

/// How many calls run at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkheadSettings {
    /// So many run.
    pub parallel: u32,
    /// So many when the queue is full.
    pub parallel_max: u32,
    /// So many wait.
    pub queue_max: u32,
    /// For so long.
    pub wait: Duration,
}

/// The numbers do not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResilienceError {
    /// A number by itself makes no sense.
    #[error("{0}")]
    Number(&'static str),
    /// A time is longer than the one around it.
    #[error(
        "the time budgets of {provider} do not nest: {inner} ({inner_ms} ms) is longer than \
        {outer} ({outer_ms} ms)"
    )]
    Budget {
        /// Whose.
        provider: String,
        /// What takes too long.
        inner: &'static str,
        /// How long.
        inner_ms: u128,
        /// What it must lie within.
        outer: &'static str,
        /// How long that is.
        outer_ms: u128,
    },
}

/// The most calls that a breaker's window can hold.
pub(super) const WINDOW_MAX: u32 = 64;
/// More repeats than this are no longer patience.
const RETRIES_MAX: u32 = 10;
/// A provider's own work after our last word, and clocks that differ.
const HORIZON_MARGIN: Duration = Duration::from_secs(30);

impl Default for ResilienceSettings {
    fn default() -> Self {
        Self {
            breaker: BreakerSettings::default(),
            retry: RetrySettings::default(),
            money: BulkheadSettings::money(),
            lookup: BulkheadSettings::lookup(),
            money_deadline: Duration::from_mins(1),
            question_deadline: Duration::from_secs(15),
        }
    }
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            window: 40,
            minimum_calls: 20,
            failure_percent: 60,
            open_for: Duration::from_secs(10),
            trial_calls: 10,
        }
    }
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self { retries: 3, wait: Duration::from_secs(3) }
    }
}

impl BulkheadSettings {
    /// For calls that open sessions or move money.
    pub fn money() -> Self {
        let wait = Duration::from_secs(10);
        Self { parallel: 50, parallel_max: 50, queue_max: 1_000, wait }
    }

    /// For lookups.
    pub fn lookup() -> Self {
        let wait = Duration::from_secs(10);
        Self { parallel: 20, parallel_max: 50, queue_max: 50, wait }
    }

    fn is_possible(&self) -> bool {
        let limits = [self.parallel, self.parallel_max, self.queue_max];
        let small = limits.iter().all(|limit| *limit <= 100_000);
        self.parallel >= 1 && self.parallel <= self.parallel_max && small
    }
}

impl BreakerSettings {
    fn is_possible(&self) -> bool {
        (1..=self.window).contains(&self.minimum_calls)
            && self.window <= WINDOW_MAX
            && (1..=100).contains(&self.failure_percent)
            && (1..=1_000).contains(&self.trial_calls)
            && !self.open_for.is_zero()
    }
}

impl ResilienceSettings {
    /// Whether every number makes sense, and every time lies within the one around it: a try with
    /// its wait, and all repeats, within the deadline; the deadline within the horizon before
    /// which the provider's "not found" proves nothing.
    pub fn check(&self, profile: &ProviderProfile) -> Result<(), ResilienceError> {
        let number = |is_so: bool, rule| if is_so { Ok(()) } else { Err(rule) };
        let numbers = [
            number(
                self.breaker.is_possible(),
                "a breaker needs 1 to window calls, a window of at \
                most 64, a share of 1 to 100 %, a time above zero and 1 to 1000 trial calls",
            ),
            number(self.retry.retries <= RETRIES_MAX, "at most 10 retries"),
            number(self.money.is_possible(), "payments in parallel: 1 to parallel_max"),
            number(self.lookup.is_possible(), "lookups in parallel: 1 to parallel_max"),
            number(!self.question_deadline.is_zero(), "a question needs some time"),
        ];
        numbers.into_iter().collect::<Result<(), _>>().map_err(ResilienceError::Number)?;
        let call = profile.call_deadline;
        let repeats = self.retry.wait.saturating_mul(self.retry.retries);
        let whole = ("the deadline of payments", self.money_deadline);
        for (inner, outer) in [
            (("a wait in the queue and a call", self.money.wait + call), whole),
            (("all repeats and a call", repeats + call), whole),
            (
                ("the deadline of payments and a margin", self.money_deadline + HORIZON_MARGIN),
                ("the provider's horizon", profile.horizon),
            ),
        ] {
            if inner.1 > outer.1 {
                return Err(ResilienceError::Budget {
                    provider: profile.name.0.clone(),
                    inner: inner.0,
                    inner_ms: inner.1.as_millis(),
                    outer: outer.0,
                    outer_ms: outer.1.as_millis(),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake::profile;
    use super::*;

    fn refused(change: impl FnOnce(&mut ResilienceSettings)) -> String {
        let mut settings = ResilienceSettings::default();
        change(&mut settings);
        settings.check(&profile()).unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_nest() {
        assert_eq!(ResilienceSettings::default().check(&profile()), Ok(()));
    }

    #[test]
    fn times_that_do_not_nest_are_refused() {
        let text = refused(|s| s.money.wait = Duration::from_secs(21));
        assert!(text.contains("queue and a call (61000 ms)"), "{text}");
        let text = refused(|s| s.retry.wait = Duration::from_secs(7));
        assert!(text.contains("all repeats and a call (61000 ms)"), "{text}");
        let text = refused(|s| s.money_deadline = Duration::from_secs(91));
        assert!(text.contains("the provider's horizon (120000 ms)"), "{text}");
    }

    #[test]
    fn impossible_numbers_are_refused() {
        for change in [
            |s: &mut ResilienceSettings| s.breaker.window = 65,
            |s: &mut ResilienceSettings| s.breaker.minimum_calls = 41,
            |s: &mut ResilienceSettings| s.breaker.minimum_calls = 0,
            |s: &mut ResilienceSettings| s.breaker.failure_percent = 101,
            |s: &mut ResilienceSettings| s.breaker.trial_calls = 0,
            |s: &mut ResilienceSettings| s.breaker.open_for = Duration::ZERO,
            |s: &mut ResilienceSettings| s.retry.retries = 11,
            |s: &mut ResilienceSettings| s.money.parallel = 0,
            |s: &mut ResilienceSettings| s.lookup.parallel = 51,
            |s: &mut ResilienceSettings| s.question_deadline = Duration::ZERO,
        ] {
            assert!(!refused(change).contains("nest"));
        }
    }
}
