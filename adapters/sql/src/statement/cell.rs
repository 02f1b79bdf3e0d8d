//! Values of many rows, before an engine has taken them.

use uuid::Uuid;

/// One value of a row, or nothing of its type.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A number, or microseconds.
    Int(Option<i64>),
    /// A text.
    Text(Option<String>),
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

cells!(Int: i64, Text: String, Id: Uuid, Flag: bool, Bytes: Vec<u8>);
