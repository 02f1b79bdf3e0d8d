//! What many readers are shown, and what was made of it.

use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use jangbogo_kernel::Timestamp;

/// A value that is shown to many readers, with room for one thing that was made of it, such as its
/// rendered form: made by the first who needs it, gone with the value, and so never older than it.
pub struct Shown<T> {
    value: T,
    until: Timestamp,
    current: Option<Current>,
    made: OnceLock<Box<dyn Any + Send + Sync>>,
}

/// For how long everybody who asks is shown the same: until a moment, and only while nothing has
/// changed.
#[derive(Debug, Clone)]
pub struct Current {
    until: Timestamp,
    changes: Arc<AtomicI64>,
    seen: i64,
}

impl Current {
    /// Until then, while `changes`, which counts them, is not above those that were surely `seen`.
    pub fn new(until: Timestamp, changes: Arc<AtomicI64>, seen: i64) -> Self {
        Self { until, changes, seen }
    }

    /// Whether who asks now is shown the same.
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.until && self.changes.load(Ordering::SeqCst) <= self.seen
    }
}

impl<T> Shown<T> {
    /// A value that readers may keep until then.
    pub fn new(value: T, until: Timestamp) -> Self {
        Self { value, until, current: None, made: OnceLock::new() }
    }

    /// The same, and the shop itself shows it to everybody for so long.
    #[must_use]
    pub fn to_everybody(self, current: Current) -> Self {
        Self { current: Some(current), ..self }
    }

    /// For how long the shop itself shows it to everybody; `None` when it is looked for each time.
    pub fn current(&self) -> Option<&Current> {
        self.current.as_ref()
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

    #[test]
    fn it_is_shown_to_everybody_for_a_time_and_until_something_changes() {
        let (changes, second) = (Arc::new(AtomicI64::new(3)), Timestamp::from_micros);
        assert!(Shown::new(7, second(9)).current().is_none());
        let current = Current::new(second(5), Arc::clone(&changes), 3);
        let shown = Shown::new(7, second(9)).to_everybody(current);
        let holds = |at| shown.current().unwrap().holds(second(at));
        assert!(holds(4) && !holds(5));
        changes.fetch_add(1, Ordering::SeqCst);
        assert!(!holds(4), "a later change");
    }
}
