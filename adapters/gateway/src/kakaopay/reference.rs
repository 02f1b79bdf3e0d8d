//! Our name for a payment at KakaoPay: its tid, and the terms that it was made on. Every later call
//! about it is made on the same terms, or KakaoPay does not know it.

use std::fmt;

/// What a payment was made on: one merchant code each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Terms {
    /// The buyer agrees once.
    OneTime,
    /// The buyer agrees to later charges as well, or is charged without being there.
    Recurring,
}

/// A payment's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reference<'a> {
    pub(super) terms: Terms,
    pub(super) tid: &'a str,
}

const RECURRING: &str = "recurring:";

impl<'a> Reference<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        match text.strip_prefix(RECURRING) {
            Some(tid) => Self { terms: Terms::Recurring, tid },
            None => Self { terms: Terms::OneTime, tid: text },
        }
    }
}

impl fmt::Display for Reference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = match self.terms {
            Terms::OneTime => "",
            Terms::Recurring => RECURRING,
        };
        write!(f, "{before}{}", self.tid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for terms in [Terms::OneTime, Terms::Recurring] {
            let text = Reference { terms, tid: "T1" }.to_string();
            assert_eq!(Reference::parse(&text), Reference { terms, tid: "T1" });
        }
        assert_eq!(Reference::parse("T1").to_string(), "T1", "as it always was");
    }
}
