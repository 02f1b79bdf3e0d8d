//! Ids that depend on the charge that makes them, and not on when it makes them.

use std::sync::atomic::{AtomicU64, Ordering};

use jangbogo_kernel::{IdGenerator, Uuid};

tokio::task_local! {
    /// The charge that is being worked on, and the ids that it has made.
    static CHARGE: (u32, AtomicU64);
}

/// Ids by charge; those of nobody's charge are counted.
#[derive(Debug, Default)]
pub(super) struct ChargeIds(AtomicU64);

impl ChargeIds {
    /// Works in the name of a charge.
    pub(super) async fn within<F: Future>(charge: u32, work: F) -> F::Output {
        CHARGE.scope((charge, AtomicU64::new(0)), work).await
    }
}

impl IdGenerator for ChargeIds {
    fn next_uuid(&self) -> Uuid {
        let next = |count: &AtomicU64| count.fetch_add(1, Ordering::Relaxed) + 1;
        let of_charge = CHARGE.try_with(|(charge, count)| (u64::from(*charge) + 1, next(count)));
        let (charge, number) = of_charge.unwrap_or_else(|_nobody| (0, next(&self.0)));
        // Version 7, variant 1; the charge in the upper half.
        let upper = (charge << 16) | 0x7000;
        Uuid::from_u64_pair(upper, 0x8000_0000_0000_0000 | number)
    }
}
