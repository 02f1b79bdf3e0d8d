//! What the relay delivers to.

use std::error::Error;

use async_trait::async_trait;
use jangbogo_kernel::{DomainEvent, Event, StoreError};
use serde::de::DeserializeOwned;

/// Handles events of some names.
#[async_trait]
pub trait Consumer: Send + Sync {
    /// Stable and unlike any other consumer's: subscriptions, inbox and dead letters are kept
    /// under it.
    fn name(&self) -> &'static str;

    /// The names of the events that it gets.
    fn subscriptions(&self) -> &'static [&'static str];

    /// Handles the event and records it in the inbox under [`name`](Self::name).
    ///
    /// # Guarantees
    /// A repeat changes nothing: every event comes at least once.
    async fn handle(&self, event: &Event) -> Result<(), ConsumeError>;
}

/// The event was not handled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsumeError {
    /// Try again later.
    #[error("{0}")]
    Transient(String),
    /// Trying again is no use.
    #[error("{0}")]
    Permanent(String),
}

/// Reads the event's body.
///
/// # Errors
/// Permanent when the event has another name or its body is not of that form.
pub fn parse<E: DomainEvent + DeserializeOwned>(event: &Event) -> Result<E, ConsumeError> {
    if event.name != E::NAME {
        let cause = format!("{} came where {} was expected", event.name, E::NAME);
        return Err(ConsumeError::Permanent(cause));
    }
    serde_json::from_str(&event.payload)
        .map_err(|error| ConsumeError::Permanent(format!("not a body of {}: {error}", E::NAME)))
}

/// The error and what is behind it, for the person who reads the dead letter.
pub(crate) fn told(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}

// A lasting failure of the store is tried again too: often it is an operator's mistake that the
// operator corrects, and the attempts are few.
impl From<StoreError> for ConsumeError {
    fn from(error: StoreError) -> Self {
        Self::Transient(told(&error))
    }
}

#[cfg(test)]
mod tests {
    use jangbogo_kernel::{Id, Timestamp, Uuid};
    use jangbogo_member::{MemberId, MemberSignedUp, MemberWithdrew};

    use super::*;

    fn signed_up(payload: String) -> Event {
        Event {
            id: Id::new(Uuid::from_u128(1)),
            name: MemberSignedUp::NAME.to_owned(),
            aggregate: Uuid::from_u128(7),
            sequence: 1,
            occurred_at: Timestamp::from_micros(0),
            payload,
        }
    }

    #[test]
    fn a_body_is_read_back() {
        let member = MemberId::new(Uuid::from_u128(7));
        let payload = serde_json::to_string(&MemberSignedUp { member }).unwrap();
        let read: MemberSignedUp = parse(&signed_up(payload)).unwrap();
        assert_eq!(read.member, member);
    }

    #[test]
    fn a_body_or_name_that_does_not_fit_is_refused_for_good() {
        let broken = parse::<MemberSignedUp>(&signed_up("{}".to_owned()));
        let Err(ConsumeError::Permanent(cause)) = broken else {
            panic!("{broken:?}");
        };
        assert!(cause.contains("missing field `member`"), "{cause}");
        let other = parse::<MemberWithdrew>(&signed_up("{}".to_owned()));
        let Err(ConsumeError::Permanent(cause)) = other else {
            panic!("{other:?}");
        };
        assert!(cause.contains(MemberSignedUp::NAME), "{cause}");
    }

    #[test]
    fn every_failure_of_the_store_is_tried_again_and_tells_its_source() {
        for error in [
            StoreError::new("count sales", "disk full"),
            StoreError::retryable("count sales", "disk full"),
        ] {
            let expected = "the store failed to count sales: disk full".to_owned();
            assert_eq!(ConsumeError::from(error), ConsumeError::Transient(expected));
        }
    }
}
