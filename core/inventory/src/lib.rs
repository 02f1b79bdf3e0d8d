//! Stock, holds and the stock ledger.
