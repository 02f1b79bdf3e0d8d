//! Amounts as people read them.

use std::fmt::{self, Display};

/// An amount with thousands separators.
pub(crate) struct Won(pub(crate) i64);

impl Display for Won {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn won_are_grouped_by_thousands() {
        let written = [7, 990, 1_000, 25_000, 123_456, 1_234_567].map(|won| Won(won).to_string());
        assert_eq!(written, ["7", "990", "1,000", "25,000", "123,456", "1,234,567"]);
    }
}
