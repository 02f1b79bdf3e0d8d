//! Typed ids: `ord_…`, `pro_…`; an order's id does not fit a product's parameter.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// What an [`Id`] identifies; gives the id its public prefix.
pub trait Kind {
    /// Three lower-case letters in front of the underscore, for example `ord`.
    const PREFIX: &'static str;
}

/// A `UUIDv7` of one kind of thing; sorts by creation time.
///
/// In text it is the kind's prefix, an underscore and 32 lower-case hexadecimal digits. Parsing is
/// strict: exactly one spelling is accepted.
pub struct Id<T: ?Sized>(Uuid, PhantomData<fn() -> T>);

/// The text is not an id of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}_ followed by 32 lower-case hexadecimal digits")]
pub struct IdError {
    prefix: &'static str,
}

impl<T: ?Sized> Id<T> {
    /// Wraps a value made by an [`IdGenerator`](crate::IdGenerator) or read from a database.
    pub const fn new(value: Uuid) -> Self {
        Self(value, PhantomData)
    }

    /// The value without its kind; for adapters.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl<T: Kind + ?Sized> FromStr for Id<T> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let refused = IdError { prefix: T::PREFIX };
        let digits = text
            .strip_prefix(T::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .filter(|rest| rest.len() == 32)
            .filter(|rest| rest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
            .ok_or(refused)?;
        Uuid::try_parse(digits).map(Self::new).map_err(|_| refused)
    }
}

impl<T: Kind + ?Sized> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", T::PREFIX, self.0.as_simple())
    }
}

impl<T: Kind + ?Sized> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<T: Kind + ?Sized> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, T: Kind + ?Sized> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

// Derives would demand the same traits of `T`, which is only a marker.
impl<T: ?Sized> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: ?Sized> Copy for Id<T> {}
impl<T: ?Sized> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T: ?Sized> Eq for Id<T> {}
impl<T: ?Sized> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T: ?Sized> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T: ?Sized> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Order;
    impl Kind for Order {
        const PREFIX: &'static str = "ord";
    }

    #[test]
    fn text_and_back() {
        let id = Id::<Order>::new(Uuid::from_u128(7));
        assert_eq!(id.to_string(), "ord_00000000000000000000000000000007");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn only_one_spelling_is_accepted() {
        for bad in [
            "",
            "ord_",
            "pro_00000000000000000000000000000007",
            "00000000000000000000000000000007",
            "ord_0000000000000000000000000000000A",
            "ord_00000000-0000-0000-0000-000000000007",
            "ord_000000000000000000000000000000070",
            " ord_00000000000000000000000000000007",
        ] {
            assert!(bad.parse::<Id<Order>>().is_err(), "{bad}");
        }
    }
}
