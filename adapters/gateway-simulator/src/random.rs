//! Names that never repeat.

use rand::RngExt;

/// Random hexadecimal digits, deliberately not from the seed: ids must not repeat when a ledger is
/// opened again under the same seed.
pub(crate) fn hex(digits: usize) -> String {
    let mut rng = rand::rng();
    let digit = |_| char::from(b"0123456789abcdef"[rng.random_range(0..16_usize)]);
    (0..digits).map(digit).collect()
}
