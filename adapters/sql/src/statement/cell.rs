//! Values of many rows, before an engine has taken them.

use std::borrow::Cow;

use uuid::Uuid;

/// One value of a row, or nothing of its type.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A number, or microseconds.
    Int(Option<i64>),
    /// A text.
    Text(Option<Cow<'static, str>>),
    /// An id.
    Id(Option<Uuid>),
    /// A truth.
    Flag(Option<bool>),
    /// Bytes.
    Bytes(Option<Vec<u8>>),
}

macro_rules! cells {
    ($($kind:ident: $type:ty),+) => {
        $(
            impl From<$type> for Cell {
                fn from(value: $type) -> Self {
                    Self::$kind(Some(value))
                }
            }

            impl From<Option<$type>> for Cell {
                fn from(value: Option<$type>) -> Self {
                    Self::$kind(value)
                }
            }
        )+
    };
}

cells!(Int: i64, Text: Cow<'static, str>, Id: Uuid, Flag: bool, Bytes: Vec<u8>);

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(Some(text.into()))
    }
}

/// A name that the program knows, which need not be copied for each row.
impl From<&'static str> for Cell {
    fn from(name: &'static str) -> Self {
        Self::Text(Some(name.into()))
    }
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        Self::Text(text.map(Cow::from))
    }
}
