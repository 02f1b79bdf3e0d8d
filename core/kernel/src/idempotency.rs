//! Idempotency keys: a client-chosen key makes a repeated request harmless.
//!
//! The claim is recorded in the transaction that makes the effect, so key and effect commit
//! together or not at all: there is no window in which one exists without the other.

use async_trait::async_trait;
use uuid::Uuid;

use crate::{StoreError, Timestamp};

/// A key as one caller uses it on one operation. Another caller's equal key is another key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// Who sent it.
    pub principal: Uuid,
    /// What it was sent to, for example `place-order`.
    pub operation: &'static str,
    /// The client's text, 1–255 visible ASCII characters.
    pub key: String,
    /// What the request asked for; the same key with another request is refused.
    pub fingerprint: Fingerprint,
}

/// A SHA-256 of the request's meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 32]);

/// What a key was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// The request that it came with.
    pub fingerprint: Fingerprint,
    /// What the request made: an order, a payment attempt …
    pub effect: Uuid,
}

/// The key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The key was used for another request (RFC draft `Idempotency-Key`: 422).
    #[error("this idempotency key was used for another request")]
    Reused,
}

crate::fault!(KeyError { Reused: Unprocessable = "idempotency-key-reused" });

impl IdempotencyKey {
    /// What the same request made before, as this transaction sees it; `None` when it is new.
    pub async fn earlier_effect(
        &self,
        keys: &mut dyn IdempotencyRepository,
    ) -> Result<Result<Option<Uuid>, KeyError>, StoreError> {
        let recorded = keys.find(std::slice::from_ref(self)).await?.pop();
        Ok(self.repeats(recorded.flatten().as_ref()))
    }

    /// The effect to answer again, `None` when the request is new.
    pub fn repeats(&self, recorded: Option<&Recorded>) -> Result<Option<Uuid>, KeyError> {
        match recorded {
            None => Ok(None),
            Some(found) if found.fingerprint == self.fingerprint => Ok(Some(found.effect)),
            Some(_) => Err(KeyError::Reused),
        }
    }
}

/// Keeps keys beside the effects that they made.
#[async_trait]
pub trait IdempotencyRepository: Send {
    /// What each key was used for, in the order of `keys`.
    async fn find(&mut self, keys: &[IdempotencyKey]) -> Result<Vec<Option<Recorded>>, StoreError>;

    /// Records what each key makes in this transaction.
    ///
    /// # Guarantees
    /// Of any number of transactions that record one key exactly one commits.
    ///
    /// # Errors
    /// Retryable when a key was recorded meanwhile: tried again, [`find`](Self::find) sees it.
    async fn record(
        &mut self,
        effects: &[(IdempotencyKey, Uuid)],
        now: Timestamp,
    ) -> Result<(), StoreError>;
}
