//! Time and ids are given, never taken.

use uuid::Uuid;

use crate::{Id, Timestamp};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present, truncated to microseconds.
    ///
    /// # Guarantees
    /// May go back when the machine's clock is set back; nothing in the core relies on more.
    fn now(&self) -> Timestamp;
}

/// Makes ids that nobody else makes.
pub trait IdGenerator: Send + Sync {
    /// A fresh `UUIDv7`.
    ///
    /// # Guarantees
    /// Never repeats; ids made later in one process sort after earlier ones.
    fn next_uuid(&self) -> Uuid;
}

impl dyn IdGenerator + '_ {
    /// A fresh id of the wanted kind.
    pub fn next<T: ?Sized>(&self) -> Id<T> {
        Id::new(self.next_uuid())
    }
}
