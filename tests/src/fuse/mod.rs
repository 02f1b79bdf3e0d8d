//! A process that dies at its n-th call to the world: its database and its payment provider, as the
//! use cases of payments see them.

mod provider;
mod store;

pub use provider::FusedProvider;
pub use store::{Defect, FusedStore};

use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Counts the calls of one process to the world, and ends the process at one of them.
#[derive(Debug)]
pub struct Fuse {
    calls: AtomicUsize,
    /// The call that it burns at; none is the 0th.
    at: usize,
    death: Death,
    is_burnt: AtomicBool,
    dropped: Notify,
}

/// How a process ends at a call. To die before a call has its effect is to die after the one
/// before it had: that the world cannot tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// After the call had its effect, whose answer is lost. Every later call fails.
    StopAfter,
    /// Whoever waits goes away while the call is on its way. A provider is then told: what becomes
    /// of half a request is the provider's business, and its simulator's.
    DropDuring,
    /// Whoever waits goes away after the call had its effect.
    DropAfter,
}

impl Death {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::StopAfter, Self::DropDuring, Self::DropAfter];
}

impl Fuse {
    /// Burns at the n-th call.
    pub fn at(call: usize, death: Death) -> Arc<Self> {
        Arc::new(Self {
            calls: AtomicUsize::new(0),
            at: call,
            death,
            is_burnt: AtomicBool::new(false),
            dropped: Notify::new(),
        })
    }

    /// Never burns.
    pub fn never() -> Arc<Self> {
        Self::at(0, Death::StopAfter)
    }

    /// How many calls were made.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Whether the process has died.
    pub fn is_burnt(&self) -> bool {
        self.is_burnt.load(Ordering::SeqCst)
    }

    /// Does the process's work up to its end or its death; `None` when it was dropped.
    pub async fn live<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            () = self.dropped.notified() => None,
        }
    }

    /// Makes a call to the database; `dead` is what a dead process gets for an answer.
    async fn pass<T>(&self, call: impl Future<Output = T> + Send, dead: fn() -> T) -> T {
        self.make(call, dead, self.death).await
    }

    /// Makes a call to another company.
    async fn pass_outside<T>(&self, call: impl Future<Output = T> + Send, dead: fn() -> T) -> T {
        let is_half_way = self.death == Death::DropDuring;
        let death = if is_half_way { Death::DropAfter } else { self.death };
        self.make(call, dead, death).await
    }

    async fn make<T>(
        &self,
        call: impl Future<Output = T> + Send,
        dead: fn() -> T,
        death: Death,
    ) -> T {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if self.is_burnt() {
            return dead();
        }
        if number != self.at {
            return call.await;
        }
        self.is_burnt.store(true, Ordering::SeqCst);
        match death {
            Death::StopAfter => {
                call.await;
                dead()
            }
            Death::DropDuring => {
                let mut call = pin!(call);
                let _on_its_way = futures::poll!(call.as_mut());
                self.hang().await
            }
            Death::DropAfter => {
                call.await;
                self.hang().await
            }
        }
    }

    /// Waits to be dropped.
    async fn hang<T>(&self) -> T {
        self.dropped.notify_one();
        pending().await
    }
}
