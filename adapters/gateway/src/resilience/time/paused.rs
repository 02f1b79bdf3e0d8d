//! A clock that stands still while anybody can do anything, and then jumps.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use failsafe::clock;

struct Paused {
    begun: Instant,
    gone: Duration,
    next: u64,
    sleepers: BTreeMap<(Duration, u64), Waker>,
}

thread_local! {
    static CLOCK: RefCell<Option<Paused>> = const { RefCell::new(None) };
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Runs a story on a clock of its own, which the circuit breakers' machine sees as well. It ends
/// when the story does; a story in which everybody waits for nobody is a failure.
pub(crate) fn story<T>(story: impl Future<Output = T>) -> T {
    clock::freeze(|breakers| {
        let paused = Paused {
            begun: Instant::now(),
            gone: Duration::ZERO,
            next: 0,
            sleepers: BTreeMap::new(),
        };
        CLOCK.set(Some(paused));
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        let mut story = pin!(story);
        let told = loop {
            if woken.0.swap(false, Ordering::SeqCst) {
                match story.as_mut().poll(&mut context) {
                    Poll::Ready(told) => break told,
                    Poll::Pending => continue,
                }
            }
            breakers.advance(jump().expect("everybody waits for nobody"));
        };
        CLOCK.set(None);
        told
    })
}

/// Goes to the next moment at which somebody wakes up, and tells how far that was.
fn jump() -> Option<Duration> {
    let (time, waker) = with(|paused| {
        let ((at, _), waker) = paused.sleepers.pop_first()?;
        let time = at.saturating_sub(paused.gone);
        paused.gone = paused.gone.max(at);
        Some((time, waker))
    })??;
    waker.wake();
    Some(time)
}

/// The story's present; `None` outside of a story.
pub(crate) fn now() -> Option<Instant> {
    with(|paused| paused.begun + paused.gone)
}

/// How long the story has taken.
pub(crate) fn gone() -> Duration {
    with(|paused| paused.gone).unwrap_or_default()
}

/// Waits so long.
pub(crate) async fn pause(time: Duration) {
    let until = gone() + time;
    poll_fn(|context| {
        let waits = with(|paused| {
            if paused.gone >= until {
                return false;
            }
            paused.next += 1;
            paused.sleepers.insert((until, paused.next), context.waker().clone());
            true
        });
        if waits == Some(true) { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
}

fn with<T>(action: impl FnOnce(&mut Paused) -> T) -> Option<T> {
    CLOCK.with_borrow_mut(|clock| clock.as_mut().map(action))
}
