//! What many readers are shown, and what was made of it.

use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use jangbogo_kernel::Timestamp;

/// A value that is shown to many readers, with room for one thing that was made of it, such as its
/// rendered form: made by the first who needs it, gone with the value, and so never older than it.
pub struct Shown<T> {
    value: T,
    until: Timestamp,
    made: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl<T> Shown<T> {
    /// A value that readers may keep until then.
    pub fn new(value: T, until: Timestamp) -> Self {
        Self { value, until, made: OnceLock::new() }
    }

    /// Until when a reader may show it again without asking.
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// What was made of the value, made now if nobody has needed it; `None` when something of
    /// another type was made of it before.
    pub fn made<M: Any + Send + Sync>(&self, make: impl FnOnce(&T) -> M) -> Option<&M> {
        self.made.get_or_init(|| Box::new(make(&self.value))).downcast_ref()
    }
}

impl<T> Deref for Shown<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shown").field(&self.value).field(&self.until).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_made_once() {
        let shown = Shown::new(7, Timestamp::from_micros(1));
        assert_eq!(shown.made(|n| format!("{n}")), Some(&"7".to_owned()));
        assert_eq!(shown.made(|_| "again".to_owned()), Some(&"7".to_owned()));
        assert_eq!(shown.made(|n| n + 1), None, "of another type");
        assert_eq!(*shown, 7);
    }
}
