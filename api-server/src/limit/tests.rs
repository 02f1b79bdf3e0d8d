//! Who is stopped, for how long, and what is remembered.

use axum::http::header;
use axum::response::IntoResponse as _;
use governor::clock::FakeRelativeClock;
use jangbogo_kernel::{Id, Uuid};

use super::*;

fn limits(config: LimitsConfig) -> Limits {
    Limits::new(&config)
}

fn here() -> IpAddr {
    "192.0.2.1".parse().unwrap()
}

#[test]
fn the_burst_passes_and_the_next_one_waits() {
    let clock = FakeRelativeClock::default();
    let keyed = Keyed::with_clock(quota(60, 3), clock.clone());
    for _ in 0..3 {
        assert_eq!(keyed.take(&"a"), Ok(()));
    }
    assert_eq!(keyed.take(&"a"), Err(Duration::from_secs(1)));
    assert_eq!(keyed.take(&"b"), Ok(()), "others are not concerned");
    clock.advance(Duration::from_secs(1));
    assert_eq!(keyed.take(&"a"), Ok(()));
    assert!(keyed.take(&"a").is_err());
}

#[test]
fn a_refusal_says_when_to_come_back_in_whole_seconds() {
    let limits =
        limits(LimitsConfig { member_per_minute: 7, member_burst: 1, ..LimitsConfig::default() });
    let member = Id::new(Uuid::nil());
    assert!(limits.member(member).is_ok());
    let refused = limits.member(member).unwrap_err().into_response();
    assert_eq!(refused.status(), 429);
    // 60 s / 7 = 8.57 s
    assert_eq!(refused.headers()[header::RETRY_AFTER], "9");
}

#[test]
fn a_subscriber_has_one_key() {
    let network = |text: &str| super::network(text.parse().unwrap());
    assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::1"));
    assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    assert_eq!(network("::ffff:192.0.2.1"), here());
    assert_ne!(network("192.0.2.2"), here());
}

#[test]
fn switched_off_means_off() {
    let limits = limits(LimitsConfig {
        enabled: false,
        address_per_minute: 1,
        address_burst: 1,
        ..LimitsConfig::default()
    });
    for _ in 0..10 {
        assert!(limits.address(here()).is_ok());
    }
}

#[tokio::test]
async fn guessing_from_elsewhere_does_not_lock_the_owner_out() {
    let limits = limits(LimitsConfig {
        login_account_per_minute: 1,
        login_burst: 1,
        ..LimitsConfig::default()
    });
    let (email, elsewhere) = ("a@b.kr", "198.51.100.9".parse().unwrap());
    limits.remember_login(email, here()).await;
    assert!(limits.login_account(email, elsewhere).await.is_ok());
    assert!(limits.login_account(email, elsewhere).await.is_err());
    for _ in 0..5 {
        assert!(limits.login_account(email, here()).await.is_ok());
    }
    let other = limits.login_account("c@d.kr", elsewhere).await;
    assert!(other.is_ok(), "other accounts are not concerned");
}

#[test]
fn the_map_is_bounded_and_sweeping_empties_it() {
    let clock = FakeRelativeClock::default();
    let keyed = Keyed::with_clock(quota(60, 1), clock.clone());
    let len = || keyed.limiter.read().unwrap().len();
    for key in 0..KEYS_MAX + 10 {
        assert_eq!(keyed.take(&key), Ok(()));
        assert!(len() <= KEYS_MAX);
    }
    assert!(len() < KEYS_MAX / 2);
    clock.advance(Duration::from_mins(1));
    keyed.sweep();
    assert_eq!(len(), 0);
}
