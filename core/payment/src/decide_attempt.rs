//! A person says what became of an attempt that waits for a person.

use std::sync::Arc;

use jangbogo_kernel::{Money, StoreError, fault};
use jangbogo_member::{AccessError, Caller, Role};

use crate::{
    Attempt, AttemptId, News, PaymentQueries, ProviderTransaction, Settle, SettleError, Statement,
    Verdict,
};

/// Takes in an admin's word for what the provider's books say, through [`Settle`] like all news.
///
/// Only what waits for a person is decided by one, and only within the limits of every other news:
/// another amount is not adopted. Who said it and how they knew is kept in the attempt's history.
/// Saying the same again changes nothing.
pub struct DecideAttempt {
    queries: Arc<dyn PaymentQueries>,
    settle: Arc<Settle>,
}

/// What the books say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecideAttemptCommand {
    /// The attempt.
    pub attempt: AttemptId,
    /// The provider's name for the movement and how much moved; `None` when nothing did.
    pub moved: Option<(String, i64)>,
    /// How the caller knows, 1 to 200 characters.
    pub reason: String,
}

/// Nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum DecideAttemptError {
    /// The reason is empty, too long, or has control characters.
    #[error("a reason has 1 to 200 characters and fits on a line")]
    Reason,
    /// What is given is not a provider's name for a movement.
    #[error("a movement's name has 1 to 200 visible ASCII characters")]
    Movement,
    /// The provider moved another amount, which is never adopted.
    #[error("the attempt is about {0}; what moved too much goes back at the provider first")]
    OtherAmount(Money),
    /// The movement is that of another attempt.
    #[error("this movement belongs to {0}")]
    MovementTaken(AttemptId),
    /// Nobody has to decide here, or it was decided otherwise.
    #[error("{0}")]
    NotUnderReview(String),
    /// Not an admin, or no such attempt.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// It could not be taken in.
    #[error(transparent)]
    Settle(#[from] SettleError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(DecideAttemptError {
    Reason: Invalid = "validation-failed",
    Movement: Invalid = "validation-failed",
    OtherAmount: Unprocessable = "payment-amount-differs",
    MovementTaken: Unprocessable = "payment-movement-taken",
    NotUnderReview: Conflict = "payment-not-under-review",
} passes on { Access, Settle, Store });

impl DecideAttempt {
    /// Assembles the use case.
    pub fn new(queries: Arc<dyn PaymentQueries>, settle: Arc<Settle>) -> Self {
        Self { queries, settle }
    }

    /// Decides, and gives the attempt as it is then.
    pub async fn run(
        &self,
        caller: &Caller,
        command: DecideAttemptCommand,
    ) -> Result<Attempt, DecideAttemptError> {
        caller.require_role(Role::Admin)?;
        if !is_line(&command.reason) {
            return Err(DecideAttemptError::Reason);
        }
        let attempt = self.queries.find(command.attempt).await?.ok_or(AccessError::Hidden)?;
        let verdict = match command.moved {
            None => Verdict::DidNotHappen,
            Some((id, minor)) => Verdict::Moved(self.movement(&attempt, id, minor).await?),
        };
        let statement = Statement { by: caller.member, verdict, reason: command.reason };
        let settled = self.settle.run(attempt.id, &News::Stated(statement)).await?;
        match settled.alarm {
            None => Ok(settled.attempt),
            Some(why) => Err(DecideAttemptError::NotUnderReview(why)),
        }
    }

    async fn movement(
        &self,
        attempt: &Attempt,
        id: String,
        minor: i64,
    ) -> Result<ProviderTransaction, DecideAttemptError> {
        if !(1..=200).contains(&id.len()) || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(DecideAttemptError::Movement);
        }
        if minor != attempt.amount.minor() {
            return Err(DecideAttemptError::OtherAmount(attempt.amount));
        }
        // The database would refuse it as well, in words that nobody can act on.
        match self.queries.find_by_movement(&attempt.provider, &id).await? {
            Some(other) if other.id != attempt.id => {
                Err(DecideAttemptError::MovementTaken(other.id))
            }
            _ => Ok(ProviderTransaction { id, amount: attempt.amount }),
        }
    }
}

fn is_line(reason: &str) -> bool {
    (1..=200).contains(&reason.chars().count()) && !reason.chars().any(char::is_control)
}
