//! The double-entry ledger: every movement of money is written twice and sums to zero.

use jangbogo_kernel::{Money, Timestamp};

use crate::{Attempt, AttemptId, Operation};

/// The entries of one settled attempt. Debits equal credits by construction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerTransaction {
    /// The attempt that moved the money; one ledger transaction each.
    pub attempt: AttemptId,
    /// Debits and credits.
    pub entries: Vec<LedgerEntry>,
    /// When.
    pub at: Timestamp,
}

/// One line: an amount on one side of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The account.
    pub account: String,
    /// On the debit side.
    pub debit: Money,
    /// On the credit side.
    pub credit: Money,
}

impl LedgerTransaction {
    /// The entries of an attempt that succeeded. A capture: the provider owes us what the buyer
    /// paid. A refund: the other way round.
    pub fn of(attempt: &Attempt, at: Timestamp) -> Self {
        let provider = format!("receivable:{}", attempt.provider.0);
        let sales = "sales".to_owned();
        let (debit, credit) = match attempt.operation {
            Operation::Capture => (provider, sales),
            Operation::Refund(_) => (sales, provider),
        };
        let nothing = Money::zero(attempt.amount.currency());
        let entries = vec![
            LedgerEntry { account: debit, debit: attempt.amount, credit: nothing },
            LedgerEntry { account: credit, debit: nothing, credit: attempt.amount },
        ];
        Self { attempt: attempt.id, entries, at }
    }
}
