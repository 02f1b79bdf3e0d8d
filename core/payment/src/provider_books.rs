//! The port to a provider's own list of what it moved.

use async_trait::async_trait;
use jangbogo_kernel::{Money, Timestamp};

use crate::{ProviderError, ProviderName};

/// A time to look at: from its beginning, up to but without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first moment of it.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

/// A movement as the provider lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedMovement {
    /// The provider's name for it, as in [`ProviderTransaction`](crate::ProviderTransaction).
    pub id: String,
    /// The provider's name for the session that it belongs to.
    pub reference: String,
    /// Our name for the payment, as the provider kept it.
    pub merchant_ref: String,
    /// Whether it took money from the buyer; else it gave some back.
    pub is_capture: bool,
    /// How much.
    pub amount: Money,
}

/// The books of a provider that lists its movements. Not every provider does.
#[async_trait]
pub trait ProviderBooks: Send + Sync {
    /// Whose books they are.
    fn provider(&self) -> ProviderName;

    /// Every movement that was booked in the period, oldest first.
    ///
    /// # Guarantees
    /// Complete: all of them, or an error.
    async fn movements(&self, period: Period) -> Result<Vec<BookedMovement>, ProviderError>;
}
