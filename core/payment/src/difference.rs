//! What our books and a provider's can disagree about.

use jangbogo_kernel::Money;

use crate::{
    Attempt, AttemptId, AttemptState, BookedMovement, Looked, ProviderName, ProviderTransaction,
};

/// One thing that is not the same in both books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What kind of difference it is.
    pub class: DifferenceClass,
    /// Whose books ours were compared with.
    pub provider: ProviderName,
    /// Our name for the payment.
    pub merchant_ref: String,
    /// Our attempt, if there is one.
    pub attempt: Option<AttemptId>,
    /// The provider's name for the movement, in its books or in ours.
    pub movement: Option<String>,
    /// How much our books say moved.
    pub ours: Option<Money>,
    /// How much the provider's books say moved.
    pub theirs: Option<Money>,
    /// Settled by what the provider said; otherwise a person must look.
    pub is_repaired: bool,
}

/// The kinds of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DifferenceClass {
    /// The provider moved money, and our books say that nothing moved.
    MissingHere,
    /// Our books say that money moved, and the provider moved none.
    MissingThere,
    /// Both say that money moved, and not how much.
    OtherAmount,
    /// We do not know, and the provider does.
    OtherState,
}

impl DifferenceClass {
    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MissingHere => "missing_here",
            Self::MissingThere => "missing_there",
            Self::OtherAmount => "other_amount",
            Self::OtherState => "other_state",
        }
    }

    /// The class of a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::MissingHere, Self::MissingThere, Self::OtherAmount, Self::OtherState];
        all.into_iter().find(|class| class.name() == name)
    }
}

impl Difference {
    /// A movement of a payment that we have never heard of.
    pub(crate) fn stranger(provider: &ProviderName, booked: &BookedMovement) -> Self {
        Self {
            class: DifferenceClass::MissingHere,
            provider: provider.clone(),
            merchant_ref: booked.merchant_ref.clone(),
            attempt: None,
            movement: Some(booked.id.clone()),
            ours: None,
            theirs: Some(booked.amount),
            is_repaired: false,
        }
    }

    fn of(class: DifferenceClass, attempt: &Attempt, theirs: Option<&ProviderTransaction>) -> Self {
        let moved =
            attempt.state == AttemptState::Succeeded && class != DifferenceClass::MissingHere;
        let ours = attempt.provider_transaction.clone();
        Self {
            class,
            provider: attempt.provider.clone(),
            merchant_ref: attempt.merchant_ref.clone(),
            attempt: Some(attempt.id),
            movement: theirs.map(|movement| movement.id.clone()).or(ours),
            ours: moved.then_some(attempt.amount),
            theirs: theirs.map(|movement| movement.amount),
            is_repaired: false,
        }
    }
}

/// What is not the same about one payment: all of its attempts, at least one, against all of its
/// movements.
pub(crate) fn compare(attempts: &[Attempt], looked: &Looked) -> Vec<Difference> {
    let captured = looked.captured.as_slice();
    let mut found = side(attempts, true, captured, looked.is_over);
    found.extend(side(attempts, false, &looked.refunds, false));
    found
}

/// One direction of the money.
fn side(
    all: &[Attempt],
    is_capture: bool,
    movements: &[ProviderTransaction],
    is_over: bool,
) -> Vec<Difference> {
    let attempts: Vec<&Attempt> = all.iter().filter(|a| a.is_capture() == is_capture).collect();
    let mut found = Vec::new();
    let mut unclaimed: Vec<&ProviderTransaction> = movements.iter().collect();
    for attempt in attempts.iter().filter(|attempt| attempt.state == AttemptState::Succeeded) {
        let id = attempt.provider_transaction.as_deref();
        match unclaimed.iter().position(|movement| Some(movement.id.as_str()) == id) {
            None => found.push(Difference::of(DifferenceClass::MissingThere, attempt, None)),
            Some(place) => {
                let movement = unclaimed.remove(place);
                if movement.amount != attempt.amount {
                    let class = DifferenceClass::OtherAmount;
                    found.push(Difference::of(class, attempt, Some(movement)));
                }
            }
        }
    }
    let mut open = attempts.iter().filter(|attempt| attempt.state.is_open());
    // Whose name a movement goes by that nobody here asked for.
    let closed = attempts.last().copied().or(all.first());
    for movement in unclaimed {
        // Whose outcome is open may have made it; otherwise money moved behind our back.
        let (class, attempt) = match open.next() {
            Some(attempt) if attempt.amount == movement.amount => {
                (DifferenceClass::OtherState, Some(*attempt))
            }
            Some(attempt) => (DifferenceClass::OtherAmount, Some(*attempt)),
            None => (DifferenceClass::MissingHere, closed),
        };
        found.extend(attempt.map(|attempt| Difference::of(class, attempt, Some(movement))));
    }
    if is_over {
        let told = |attempt: &&Attempt| Difference::of(DifferenceClass::OtherState, attempt, None);
        found.extend(open.map(told));
    }
    found
}

#[cfg(test)]
#[path = "difference_tests.rs"]
mod tests;
