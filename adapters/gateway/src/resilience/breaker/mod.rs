//! The third layer: nothing is let through to a provider that is sick.
//!
//! failsafe has the three states, the timer and the events. It has no window of calls, decides
//! after failures only, lets everybody through when half open, and takes the first result for the
//! verdict. The gate here adds what is missing: it gives out exactly so many trial calls, asks
//! failsafe to look again after a success that is one too few, ignores results of an earlier
//! state, takes back the place of a call that was dropped, and takes results in the order in which
//! their calls began.

mod mirror;
mod order;
mod window;

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod transitions;

use std::future::Future;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use failsafe::StateMachine;
use jangbogo_payment::{Circuit, NotSentCause, ProviderOperation};

use super::answer::{Answer, Sign};
use super::settings::BreakerSettings;
use super::time;
use mirror::{Mirror, State};
use order::Order;
use window::{CountWindow, Counts, is_too_much};

/// failsafe's time is over strictly after it has passed.
const AFTER: Duration = Duration::from_millis(1);

/// A circuit breaker for one kind of call to one provider.
#[derive(Clone)]
pub(super) struct Breaker(Arc<Inner>);

struct Inner {
    settings: BreakerSettings,
    machine: StateMachine<CountWindow, Mirror>,
    state: Arc<State>,
    counts: Arc<Counts>,
    // The machine is touched only under this lock: its step and ours are one.
    trials: Mutex<Trials>,
}

/// The calls of the present state: those of a closed breaker in their order, and the trial calls
/// of a half-open one.
#[derive(Debug, Default)]
struct Trials {
    /// One more with each change of state.
    epoch: u64,
    order: Order,
    given: u32,
    done: u32,
    failed: u32,
}

/// Leave for one call. Dropped without a result it was no evidence, and its place is free again.
pub(super) struct Permit {
    inner: Arc<Inner>,
    epoch: u64,
    /// Its place in the order of a closed breaker.
    number: u64,
    is_trial: bool,
    is_used: bool,
}

impl Breaker {
    /// A closed breaker.
    pub(super) fn new(
        provider: &str,
        operation: ProviderOperation,
        settings: BreakerSettings,
    ) -> Self {
        let (state, counts) = (Arc::new(State::default()), Arc::new(Counts::default()));
        let mirror = Mirror::new(provider, operation, Arc::clone(&state));
        let machine = failsafe::Config::new()
            .failure_policy(CountWindow::new(settings, Arc::clone(&counts)))
            .instrument(mirror)
            .build();
        Self(Arc::new(Inner { settings, machine, state, counts, trials: Mutex::default() }))
    }

    /// Runs the call if it is let through, and learns from its answer.
    pub(super) async fn run<A, F>(&self, call: impl FnOnce() -> F) -> A
    where
        A: Answer,
        F: Future<Output = A>,
    {
        let Some(permit) = self.acquire() else {
            let reason = "the payment provider has been failing and is left alone for a moment";
            return A::not_sent(NotSentCause::CircuitOpen, reason);
        };
        let answer = call().await;
        match answer.sign() {
            Sign::Well => permit.succeeded(),
            Sign::Sick => permit.failed(),
            Sign::Nothing => drop(permit),
        }
        answer
    }

    /// Leave for a call, if there is any.
    pub(super) fn acquire(&self) -> Option<Permit> {
        let inner = &self.0;
        let mut trials = inner.lock();
        if !inner.is_permitted(&mut trials) {
            return None;
        }
        let is_trial = inner.state.get() == Circuit::HalfOpen;
        let number = if is_trial {
            if trials.given == inner.settings.trial_calls {
                return None;
            }
            trials.given += 1;
            0
        } else {
            trials.order.begin()
        };
        let (inner, epoch) = (Arc::clone(inner), trials.epoch);
        Some(Permit { inner, epoch, number, is_trial, is_used: false })
    }

    /// Lets time that has passed take effect: open becomes half open, with no trial used.
    pub(super) fn tick(&self) {
        let mut trials = self.0.lock();
        if self.0.state.get() == Circuit::Open {
            self.0.is_permitted(&mut trials);
        }
    }

    /// Whether calls are let through.
    pub(super) fn circuit(&self) -> Circuit {
        self.0.state.get()
    }

    /// How many calls the window holds, and how many of them failed.
    pub(super) fn counts(&self) -> (u32, u32) {
        let counts = &self.0.counts;
        (counts.calls.load(Ordering::Relaxed), counts.failures.load(Ordering::Relaxed))
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Trials> {
        self.trials.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the machine, which may become half open by it.
    fn is_permitted(&self, trials: &mut Trials) -> bool {
        let before = self.state.get();
        let is_permitted = self.machine.is_call_permitted();
        if self.state.get() != before {
            trials.next_epoch();
        }
        is_permitted
    }

    fn settle(self: &Arc<Self>, permit: &Permit, has_failed: bool) {
        let mut trials = self.lock();
        if trials.epoch != permit.epoch {
            return; // a late result of an earlier state is no evidence
        }
        let before = self.state.get();
        if permit.is_trial {
            self.judge(&mut trials, has_failed);
        } else {
            trials.order.end(permit.number, has_failed);
            self.take_in(&mut trials);
        }
        self.after(&mut trials, before);
    }

    /// A call has no result.
    fn forget(self: &Arc<Self>, permit: &Permit) {
        let mut trials = self.lock();
        if trials.epoch != permit.epoch {
            return;
        }
        let before = self.state.get();
        if permit.is_trial {
            trials.given -= 1;
        } else {
            trials.order.leave(permit.number);
            self.take_in(&mut trials);
        }
        self.after(&mut trials, before);
    }

    /// Results of a closed breaker whose turn it is. As many may wait for older calls as the window
    /// holds.
    fn take_in(&self, trials: &mut Trials) {
        let waiting_max = usize::try_from(self.settings.window).unwrap_or(usize::MAX);
        while self.state.get() == Circuit::Closed {
            let Some(has_failed) = trials.order.next(waiting_max) else { return };
            if has_failed {
                self.machine.on_error();
                continue;
            }
            self.machine.on_success();
            if self.counts.is_due.load(Ordering::Relaxed) {
                // One more failure lowers no share, and the window is emptied when it closes.
                self.machine.on_error();
            }
        }
    }

    /// A change of state is a new beginning for everybody.
    fn after(self: &Arc<Self>, trials: &mut Trials, before: Circuit) {
        let after = self.state.get();
        if after != before {
            trials.next_epoch();
        }
        if after == Circuit::Open && before != Circuit::Open {
            self.wake();
        }
    }

    /// The last trial call decides for all of them.
    fn judge(&self, trials: &mut Trials, has_failed: bool) {
        trials.done += 1;
        trials.failed += u32::from(has_failed);
        if trials.done < self.settings.trial_calls {
            return;
        }
        if is_too_much(trials.failed, trials.done, self.settings.failure_percent) {
            self.machine.on_error();
        } else {
            // Not `on_success`: that would record a success that nobody had.
            self.machine.reset();
        }
    }

    /// Half open comes by itself, also when nobody calls.
    fn wake(self: &Arc<Self>) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return; // the next call does it
        };
        let (weak, open_for) = (Arc::downgrade(self), self.settings.open_for);
        runtime.spawn(async move {
            time::pause(open_for + AFTER).await;
            if let Some(inner) = Weak::upgrade(&weak) {
                Breaker(inner).tick();
            }
        });
    }
}

impl Trials {
    fn next_epoch(&mut self) {
        *self = Self { epoch: self.epoch + 1, ..Self::default() };
    }
}

impl Permit {
    /// The provider is well.
    pub(super) fn succeeded(mut self) {
        self.is_used = true;
        self.inner.settle(&self, false);
    }

    /// The provider is sick.
    pub(super) fn failed(mut self) {
        self.is_used = true;
        self.inner.settle(&self, true);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.is_used {
            self.inner.forget(self);
        }
    }
}
