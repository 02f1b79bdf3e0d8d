//! Rate limits (GCRA): by address, by member, and by address and account for log-ins.
//!
//! Counters live in this process; several processes behind one address each count on their own.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use jangbogo_member::MemberId;
use jangbogo_setup::LimitsConfig;
use moka::future::Cache;
use sha2::{Digest as _, Sha256};

use crate::problem::Problem;

/// The most keys that one limiter remembers.
const KEYS_MAX: usize = 100_000;

/// How long an address stays known to the account that logged in from it.
const KNOWN_FOR: Duration = Duration::from_hours(30 * 24);

type Account = [u8; 32];

/// All limits of the process.
pub(crate) struct Limits {
    enabled: bool,
    address: Keyed<IpAddr>,
    member: Keyed<MemberId>,
    login_address: Keyed<IpAddr>,
    login_account: Keyed<Account>,
    /// From where an account was logged in to. Guessing from elsewhere must not lock its owner out.
    known: Cache<(Account, IpAddr), ()>,
}

impl Limits {
    /// Limits with nobody counted yet.
    pub(crate) fn new(config: &LimitsConfig) -> Self {
        let login = |per_minute| quota(per_minute, config.login_burst);
        Self {
            enabled: config.enabled,
            address: Keyed::new(quota(config.address_per_minute, config.address_burst)),
            member: Keyed::new(quota(config.member_per_minute, config.member_burst)),
            login_address: Keyed::new(login(config.login_address_per_minute)),
            login_account: Keyed::new(login(config.login_account_per_minute)),
            known: Cache::builder().max_capacity(KEYS_MAX as u64).time_to_idle(KNOWN_FOR).build(),
        }
    }

    /// Counts a request of this address.
    pub(crate) fn address(&self, address: IpAddr) -> Result<(), Problem> {
        self.take(&self.address, network(address))
    }

    /// Counts a request of this member.
    pub(crate) fn member(&self, member: MemberId) -> Result<(), Problem> {
        self.take(&self.member, member)
    }

    /// Counts a log-in, sign-up or refresh of this address.
    pub(crate) fn login_address(&self, address: IpAddr) -> Result<(), Problem> {
        self.take(&self.login_address, network(address))
    }

    /// Counts a log-in to this account, unless it comes from where its owner has been before.
    pub(crate) async fn login_account(&self, email: &str, from: IpAddr) -> Result<(), Problem> {
        let account = account(email);
        if self.known.get(&(account, network(from))).await.is_some() {
            return Ok(());
        }
        self.take(&self.login_account, account)
    }

    /// Counts a logged-in member's try to prove the password once more, as a thief of tokens would.
    pub(crate) fn password_guess(&self, member: MemberId) -> Result<(), Problem> {
        self.take(&self.login_account, account(&member.to_string()))
    }

    /// The owner of this account has logged in from here.
    pub(crate) async fn remember_login(&self, email: &str, from: IpAddr) {
        self.known.insert((account(email), network(from)), ()).await;
    }

    /// Forgets whoever has been quiet; to be called now and then.
    pub(crate) fn sweep(&self) {
        self.address.sweep();
        self.member.sweep();
        self.login_address.sweep();
        self.login_account.sweep();
    }

    fn take<K: Hash + Eq + Clone>(&self, limiter: &Keyed<K>, key: K) -> Result<(), Problem> {
        if !self.enabled {
            return Ok(());
        }
        limiter.take(&key).map_err(|wait| {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            Problem::of("rate-limited").with_retry_after(seconds)
        })
    }
}

fn quota(per_minute: u32, burst: u32) -> Quota {
    // The configuration refuses zero.
    let at_least_one = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
    Quota::per_minute(at_least_one(per_minute)).allow_burst(at_least_one(burst))
}

/// One subscriber's network: a single IPv4 address, or the /64 that an IPv6 host chooses from.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn account(email: &str) -> Account {
    Sha256::digest(email).into()
}

type Limiter<K, C> =
    RateLimiter<K, DefaultKeyedStateStore<K>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// A limiter per key that never remembers more than [`KEYS_MAX`] of them.
struct Keyed<K: Hash + Eq + Clone, C: Clock + Clone = DefaultClock> {
    quota: Quota,
    clock: C,
    limiter: RwLock<Limiter<K, C>>,
}

impl<K: Hash + Eq + Clone> Keyed<K> {
    fn new(quota: Quota) -> Self {
        Self::with_clock(quota, DefaultClock::default())
    }
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Keyed<K, C> {
    fn with_clock(quota: Quota, clock: C) -> Self {
        let limiter = RwLock::new(fresh(quota, &clock));
        Self { quota, clock, limiter }
    }

    /// Counts one for `key`, or says how long to wait.
    fn take(&self, key: &K) -> Result<(), Duration> {
        self.make_room();
        let limiter = self.limiter.read().unwrap_or_else(PoisonError::into_inner);
        limiter.check_key(key).map_err(|not_until| {
            let now = self.clock.now();
            let until = not_until.earliest_possible();
            until.duration_since(now).into()
        })
    }

    /// Keeps the map bounded. When almost everybody in a full map was here just now, all begin
    /// anew: so many different keys at once are not an abuse that counting by key could stop.
    fn make_room(&self) {
        let limiter = self.limiter.read().unwrap_or_else(PoisonError::into_inner);
        if limiter.len() < KEYS_MAX {
            return;
        }
        limiter.retain_recent();
        // Sweeping costs a walk over all keys, so it must make room for many.
        let full = limiter.len() > KEYS_MAX / 4 * 3;
        drop(limiter);
        if full {
            let mut limiter = self.limiter.write().unwrap_or_else(PoisonError::into_inner);
            *limiter = fresh(self.quota, &self.clock);
        }
    }

    fn sweep(&self) {
        let limiter = self.limiter.read().unwrap_or_else(PoisonError::into_inner);
        limiter.retain_recent();
        limiter.shrink_to_fit();
    }
}

fn fresh<K: Hash + Eq + Clone, C: Clock + Clone>(quota: Quota, clock: &C) -> Limiter<K, C> {
    RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock.clone())
}

#[cfg(test)]
mod tests;
