//! Payment intents, attempts, refunds and the double-entry ledger.
