//! How well the calls to a provider go, as far as one process can tell.

/// How a provider does; one that nobody watches has no operations and counts as well.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProviderHealth {
    /// Each kind of call.
    pub operations: Vec<OperationHealth>,
}

/// How one kind of call goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationHealth {
    /// Which.
    pub operation: ProviderOperation,
    /// Whether calls are let through.
    pub circuit: Circuit,
    /// Calls among the last ones that the circuit looks at.
    pub calls: u32,
    /// How many of them failed.
    pub failures: u32,
    /// Calls under way.
    pub running: u32,
    /// Calls that wait to begin.
    pub waiting: u32,
}

/// A kind of call to a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProviderOperation {
    /// Open a session.
    Open,
    /// Take money.
    Capture,
    /// Give money back.
    Refund,
    /// Take money without the buyer.
    Charge,
    /// Ask what the books say.
    Lookup,
}

/// Whether calls are let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Circuit {
    /// All are.
    Closed,
    /// A few are, to see whether the provider is well again.
    HalfOpen,
    /// None is: too many have failed.
    Open,
}

impl ProviderOperation {
    /// Its name in metrics and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Capture => "capture",
            Self::Refund => "refund",
            Self::Charge => "charge",
            Self::Lookup => "lookup",
        }
    }
}

impl Circuit {
    /// Its name in metrics and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Open => "open",
        }
    }
}

impl ProviderHealth {
    /// Whether a payment can be begun now: a session opened and its money taken.
    pub fn is_available(&self) -> bool {
        let needed =
            |operation| matches!(operation, ProviderOperation::Open | ProviderOperation::Capture);
        let mut needed = self.operations.iter().filter(|health| needed(health.operation));
        needed.all(|health| health.circuit != Circuit::Open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health(operation: ProviderOperation, circuit: Circuit) -> ProviderHealth {
        let (calls, failures, running, waiting) = (0, 0, 0, 0);
        let one = OperationHealth { operation, circuit, calls, failures, running, waiting };
        ProviderHealth { operations: vec![one] }
    }

    #[test]
    fn a_payment_can_be_begun_unless_opening_or_taking_would_be_refused() {
        use ProviderOperation::{Capture, Lookup, Open, Refund};
        assert!(ProviderHealth::default().is_available());
        for operation in [Open, Capture, Refund, Lookup] {
            for circuit in [Circuit::Closed, Circuit::HalfOpen] {
                assert!(health(operation, circuit).is_available(), "{operation:?} {circuit:?}");
            }
            let is_needed = matches!(operation, Open | Capture);
            assert_eq!(health(operation, Circuit::Open).is_available(), !is_needed);
        }
    }
}
