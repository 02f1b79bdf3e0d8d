//! Doing a transaction again that another writer was in the way of.

use crate::Fault;

/// How often the work of [`retried`] is tried, the first time included.
pub const TRIES_MAX: u32 = 4;

/// Does the work until no other writer is in its way, at most [`TRIES_MAX`] times.
///
/// `work` is everything from `begin` to `commit`: reads are made again, and decisions with them.
/// Only contention is tried again, which leaves nothing behind; after a lost connection the commit
/// may have happened, and its caller must ask. Nobody waits in between: who was in the way has
/// ended, or this would have waited for them.
///
/// ```
/// # use std::cell::Cell;
/// # use std::pin::pin;
/// # use std::task::{Context, Poll, Waker};
/// use jangbogo_kernel::{StoreError, retried};
///
/// let tries = Cell::new(0);
/// let work = retried(async || {
///     tries.set(tries.get() + 1);
///     if tries.get() < 3 { Err(StoreError::conflict("save")) } else { Ok("saved") }
/// });
/// # let done = pin!(work).poll(&mut Context::from_waker(Waker::noop()));
/// # let Poll::Ready(done) = done else { panic!("nothing waits here") };
/// assert_eq!(done.unwrap(), "saved");
/// ```
pub async fn retried<T, E, F>(work: impl Fn() -> F) -> Result<T, E>
where
    E: Fault,
    F: Future<Output = Result<T, E>>,
{
    let mut tries_left = TRIES_MAX;
    loop {
        tries_left -= 1;
        match work().await {
            Err(error) if error.is_contended() && tries_left > 0 => {}
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::StoreError;

    /// How often work was done that fails like this until the given try.
    fn tries(error: fn(&'static str) -> StoreError, succeeds_at: u32) -> (u32, bool) {
        let tries = Cell::new(0);
        let work = || async {
            tries.set(tries.get() + 1);
            if tries.get() < succeeds_at { Err(error("commit")) } else { Ok(()) }
        };
        let mut work = pin!(retried(work));
        match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => (tries.get(), done.is_ok()),
            Poll::Pending => panic!("nothing waits here"),
        }
    }

    #[test]
    fn contended_work_is_done_again_so_often_and_not_more() {
        let contended = |operation| StoreError::contended(operation, "deadlock");
        assert_eq!(tries(contended, 1), (1, true));
        assert_eq!(tries(contended, TRIES_MAX), (TRIES_MAX, true));
        assert_eq!(tries(contended, TRIES_MAX + 1), (TRIES_MAX, false));
    }

    #[test]
    fn what_may_have_happened_is_not_done_again() {
        let lost = |operation| StoreError::retryable(operation, "connection reset");
        assert_eq!(tries(lost, 2), (1, false));
        assert_eq!(tries(|operation| StoreError::new(operation, "defect"), 2), (1, false));
    }
}
