//! Money as integer minor units; no floats, no silent overflow.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An ISO 4217 currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    /// South Korean won, no minor unit.
    #[default]
    Krw,
    /// Japanese yen, no minor unit.
    Jpy,
    /// United States dollar, two decimals.
    Usd,
}

impl Currency {
    /// The ISO 4217 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Krw => "KRW",
            Self::Jpy => "JPY",
            Self::Usd => "USD",
        }
    }

    /// Decimals of the minor unit (ISO 4217).
    pub const fn exponent(self) -> u32 {
        match self {
            Self::Krw | Self::Jpy => 0,
            Self::Usd => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, MoneyError> {
        match code {
            "KRW" => Ok(Self::Krw),
            "JPY" => Ok(Self::Jpy),
            "USD" => Ok(Self::Usd),
            _ => Err(MoneyError::UnknownCurrency),
        }
    }
}

/// An amount in minor units of one currency. May be negative (a difference, a ledger entry).
///
/// There is no `Add`: every operation is checked and says what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// A share in hundredths of a per cent: 10 000 is the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct BasisPoints(u32);

/// Money arithmetic refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result does not fit 64 bits.
    #[error("amount out of range")]
    Overflow,
    /// Two currencies met.
    #[error("amounts are in different currencies")]
    CurrencyMismatch,
    /// The code is not one we know.
    #[error("unknown currency")]
    UnknownCurrency,
    /// A share above the whole.
    #[error("a share is between 0 and 10000 basis points")]
    ShareOutOfRange,
}

impl Money {
    /// An amount of `minor` units.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// An amount in won, the default currency.
    pub const fn won(amount: i64) -> Self {
        Self::new(amount, Currency::Krw)
    }

    /// Nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The amount in minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether the amount is above zero.
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// The sum of two amounts of one currency.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference of two amounts of one currency.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    /// The amount taken `times` times.
    pub fn checked_mul(self, times: i64) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(times).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    /// The given share of the amount, rounded half up to the minor unit.
    pub fn share(self, share: BasisPoints) -> Result<Self, MoneyError> {
        // 128 bits: 64 bits times 10 000 cannot overflow them.
        let scaled = i128::from(self.minor) * i128::from(share.0) + 5_000;
        let minor = i64::try_from(scaled.div_euclid(10_000)).map_err(|_| MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    fn combine(
        self,
        other: Self,
        operation: fn(i64, i64) -> Option<i64>,
    ) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch);
        }
        let minor = operation(self.minor, other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let scale = 10_u64.pow(self.currency.exponent());
        let minor = self.minor.unsigned_abs();
        write!(f, "{sign}{}", minor / scale)?;
        if scale > 1 {
            let width = self.currency.exponent() as usize;
            write!(f, ".{:0width$}", minor % scale)?;
        }
        write!(f, " {}", self.currency.code())
    }
}

impl BasisPoints {
    /// A share of at most the whole (10 000).
    pub const fn try_new(value: u32) -> Result<Self, MoneyError> {
        if value > 10_000 {
            return Err(MoneyError::ShareOutOfRange);
        }
        Ok(Self(value))
    }

    /// The number of basis points.
    pub const fn get(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn currencies_do_not_mix() {
        let won = Money::won(1);
        let dollar = Money::new(1, Currency::Usd);
        assert_eq!(won.checked_add(dollar), Err(MoneyError::CurrencyMismatch));
    }

    #[test]
    fn shares_round_half_up() {
        let half = BasisPoints::try_new(5_000).unwrap();
        assert_eq!(Money::won(1).share(half), Ok(Money::won(1)));
        assert_eq!(Money::won(3).share(half), Ok(Money::won(2)));
        assert_eq!(Money::won(i64::MAX).share(half).unwrap().minor(), i64::MAX / 2 + 1);
    }

    #[test]
    fn text_uses_the_currency_s_decimals() {
        assert_eq!(Money::won(12_900).to_string(), "12900 KRW");
        assert_eq!(Money::new(-1_905, Currency::Usd).to_string(), "-19.05 USD");
    }

    proptest! {
        #[test]
        fn adding_and_taking_away_is_neutral(a: i64, b: i64) {
            if let Ok(sum) = Money::won(a).checked_add(Money::won(b)) {
                prop_assert_eq!(sum.checked_sub(Money::won(b)), Ok(Money::won(a)));
            } else {
                prop_assert!(a.checked_add(b).is_none());
            }
        }

        #[test]
        fn a_share_lies_between_nothing_and_the_whole(a in 0..i64::MAX, bps in 0_u32..=10_000) {
            let part = Money::won(a).share(BasisPoints::try_new(bps).unwrap()).unwrap();
            prop_assert!(part.minor() >= 0 && part.minor() <= a);
        }
    }
}
