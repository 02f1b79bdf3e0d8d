//! Load: many clients at once, in a closed loop or at an offered rate.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::bail;
use tokio::time::{MissedTickBehavior, interval};

use super::http::Connection;

/// What is asked, and which answers are right.
pub(crate) trait Traffic: Send + Sync + 'static {
    /// Writes the `n`th request of all.
    fn request(&self, n: usize, out: &mut Vec<u8>);

    /// Whether this is a right answer; others end the bench.
    fn is_right(&self, status: u16) -> bool;
}

/// What a load came to.
pub(crate) struct Measured {
    what: &'static str,
    clients: usize,
    elapsed: Duration,
    times: Vec<Duration>,
    statuses: BTreeMap<u16, usize>,
}

/// One client's share.
#[derive(Default)]
struct Share {
    times: Vec<Duration>,
    statuses: BTreeMap<u16, usize>,
}

/// Each client sends its next request when its last one is answered, until `requests` are sent.
pub(crate) async fn closed_loop(
    what: &'static str,
    address: SocketAddr,
    (clients, requests): (usize, usize),
    traffic: Arc<dyn Traffic>,
) -> anyhow::Result<Measured> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut connections = Vec::with_capacity(clients);
    for _ in 0..clients {
        connections.push(Connection::open(address).await?);
    }
    let started = Instant::now();
    let workers: Vec<_> = connections
        .into_iter()
        .map(|connection| {
            let (next, traffic) = (Arc::clone(&next), Arc::clone(&traffic));
            tokio::spawn(client(connection, traffic, move || {
                let n = next.fetch_add(1, Ordering::Relaxed);
                (n < requests).then_some(n)
            }))
        })
        .collect();
    let mut all = Share::default();
    for worker in workers {
        all.add(worker.await??);
    }
    Ok(Measured::of(what, clients, started.elapsed(), all))
}

async fn client(
    mut connection: Connection,
    traffic: Arc<dyn Traffic>,
    mut next: impl FnMut() -> Option<usize>,
) -> anyhow::Result<Share> {
    let (mut share, mut request) = (Share::default(), Vec::new());
    while let Some(n) = next() {
        request.clear();
        traffic.request(n, &mut request);
        let begun = Instant::now();
        share.note(&*traffic, begun, connection.send(&request).await?)?;
    }
    Ok(share)
}

/// Requests begin at a steady rate whether or not earlier ones are answered; times count from the
/// moment at which a request should have begun, so that waiting for a free client is not hidden.
pub(crate) async fn offered(
    what: &'static str,
    address: SocketAddr,
    (per_second, lasting): (u32, Duration),
    traffic: Arc<dyn Traffic>,
) -> anyhow::Result<Measured> {
    const CLIENTS: usize = 256;
    let (due, waiting) = tokio::sync::mpsc::unbounded_channel::<(usize, Instant)>();
    let waiting = Arc::new(tokio::sync::Mutex::new(waiting));
    let mut workers = Vec::with_capacity(CLIENTS);
    for _ in 0..CLIENTS {
        let mut connection = Connection::open(address).await?;
        let (waiting, traffic) = (Arc::clone(&waiting), Arc::clone(&traffic));
        workers.push(tokio::spawn(async move {
            let (mut share, mut request) = (Share::default(), Vec::new());
            loop {
                let next = waiting.lock().await.recv().await;
                let Some((n, begun)) = next else { return anyhow::Ok(share) };
                request.clear();
                traffic.request(n, &mut request);
                share.note(&*traffic, begun, connection.send(&request).await?)?;
            }
        }));
    }
    let started = Instant::now();
    let total = usize::try_from(u64::from(per_second) * lasting.as_secs())?;
    // Timers tick in milliseconds: what has become due since the last tick begins together.
    let mut ticks = interval(Duration::from_millis(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut sent = 0;
    while sent < total {
        ticks.tick().await;
        while sent < total {
            let at = started + Duration::from_secs(1) * u32::try_from(sent)? / per_second;
            if at > Instant::now() {
                break;
            }
            due.send((sent, at))?;
            sent += 1;
        }
    }
    drop(due);
    let mut all = Share::default();
    for worker in workers {
        all.add(worker.await??);
    }
    Ok(Measured::of(what, CLIENTS, started.elapsed(), all))
}

impl Share {
    fn note(
        &mut self,
        traffic: &dyn Traffic,
        begun: Instant,
        answer: super::http::Answer<'_>,
    ) -> anyhow::Result<()> {
        self.times.push(begun.elapsed());
        *self.statuses.entry(answer.status).or_default() += 1;
        if !traffic.is_right(answer.status) {
            bail!("{}: {}", answer.status, String::from_utf8_lossy(answer.body));
        }
        Ok(())
    }

    fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
    }
}

impl Measured {
    fn of(what: &'static str, clients: usize, elapsed: Duration, mut share: Share) -> Self {
        share.times.sort_unstable();
        Self { what, clients, elapsed, times: share.times, statuses: share.statuses }
    }

    /// Answers per second.
    pub(crate) fn rate(&self) -> f64 {
        let answers = u32::try_from(self.times.len()).unwrap_or(u32::MAX);
        f64::from(answers) / self.elapsed.as_secs_f64()
    }

    /// The time that so many percent of the requests took at most.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let at = (self.times.len() * percent / 100).min(self.times.len().saturating_sub(1));
        self.times.get(at).copied().unwrap_or_default()
    }

    /// How many answers had this status.
    pub(crate) fn count(&self, status: u16) -> usize {
        self.statuses.get(&status).copied().unwrap_or(0)
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (p50, p99) = (self.percentile(50), self.percentile(99));
        write!(
            f,
            "{}: {:.0}/s with {} clients, p50 {p50:.1?}, p99 {p99:.1?}, answers {:?}",
            self.what,
            self.rate(),
            self.clients,
            self.statuses
        )
    }
}
