//! Not faster than a provider takes.

use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use jangbogo_payment::ProviderName;

/// A bucket of tokens for each provider: who has no token waits for the next one. It is this
/// process's own; several share a provider by having a part of its pace each.
pub struct Pace(Option<DefaultKeyedRateLimiter<String>>);

/// So much of a second's tokens may be used at once, so that a provider that counts by the second
/// sees no more than its pace from the first second on.
const BURST_OF_SECOND: u32 = 10;

impl Pace {
    /// So many charges a second at each provider; without a number there is no limit.
    pub fn per_second(charges: Option<NonZeroU32>) -> Self {
        let limiter = charges.map(|charges| {
            let burst = NonZeroU32::new(charges.get() / BURST_OF_SECOND);
            let burst = burst.unwrap_or(NonZeroU32::MIN);
            RateLimiter::keyed(Quota::per_second(charges).allow_burst(burst))
        });
        Self(limiter)
    }

    /// Waits until the provider takes another charge.
    pub async fn wait(&self, provider: &ProviderName) {
        if let Some(limiter) = &self.0 {
            limiter.until_key_ready(&provider.0).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[tokio::test]
    async fn charges_come_at_the_providers_pace() {
        let pace = Pace::per_second(NonZeroU32::new(100));
        let one = ProviderName("one".to_owned());
        let began = Instant::now();
        for _ in 0..30 {
            pace.wait(&one).await;
        }
        // Ten at once, then one each 10 ms.
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(195), "{took:?}");
        let other = ProviderName("other".to_owned());
        let began = Instant::now();
        pace.wait(&other).await;
        assert!(began.elapsed() < Duration::from_millis(5), "providers do not wait for each other");
    }

    #[tokio::test]
    async fn no_number_is_no_limit() {
        let pace = Pace::per_second(None);
        let began = Instant::now();
        for _ in 0..100_000 {
            pace.wait(&ProviderName("one".to_owned())).await;
        }
        assert!(began.elapsed() < Duration::from_secs(5));
    }
}
