//! What a check found, for people and for tests.

use std::fmt;

use super::Invariant;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Broken invariants.
    pub breaches: Vec<Breach>,
    /// The ids of all invariants that were checked, broken ones included.
    pub checked: Vec<&'static str>,
    /// Invariants that this check could say nothing about.
    pub not_checked: Vec<NotChecked>,
}

/// A broken invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The invariant's id.
    pub invariant: &'static str,
    /// What should hold.
    pub name: &'static str,
    /// The first offenders, at most [`Breach::SUBJECTS_MAX`].
    pub subjects: Vec<String>,
    /// How many there are.
    pub count: usize,
}

/// An invariant that was not checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotChecked {
    /// The invariant's id.
    pub invariant: &'static str,
    /// What should hold.
    pub name: &'static str,
    /// Why nobody looked.
    pub reason: &'static str,
}

impl Breach {
    /// The most offenders that are named.
    pub const SUBJECTS_MAX: usize = 10;
}

impl Report {
    /// Whether nothing that was checked is broken.
    pub fn is_clean(&self) -> bool {
        self.breaches.is_empty()
    }

    pub(super) fn checked(&mut self, invariant: &Invariant, mut subjects: Vec<String>) {
        self.checked.push(invariant.id);
        let count = subjects.len();
        if count > 0 {
            subjects.truncate(Breach::SUBJECTS_MAX);
            self.breaches.push(Breach {
                invariant: invariant.id,
                name: invariant.name,
                subjects,
                count,
            });
        }
    }

    pub(super) fn leave_out(&mut self, invariant: &Invariant, reason: &'static str) {
        self.not_checked.push(NotChecked { invariant: invariant.id, name: invariant.name, reason });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (checked, broken) = (self.checked.len(), self.breaches.len());
        writeln!(f, "{checked} invariants checked, {broken} broken")?;
        for breach in &self.breaches {
            write!(f, "{breach}")?;
        }
        for left_out in &self.not_checked {
            writeln!(f, "{left_out}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "BROKEN {}: {}", self.invariant, self.name)?;
        for subject in &self.subjects {
            writeln!(f, "    {subject}")?;
        }
        match self.count - self.subjects.len() {
            0 => Ok(()),
            more => writeln!(f, "    … and {more} more"),
        }
    }
}

impl fmt::Display for NotChecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, name, reason) = (self.invariant, self.name, self.reason);
        write!(f, "not checked {id}: {name} ({reason})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_sees_what_is_broken_and_what_nobody_looked_at() {
        let mut invariants = super::super::all();
        let (broken, left_out) = (invariants.next().unwrap(), invariants.next().unwrap());
        let mut report = Report::default();
        report.checked(broken, (1..=12).map(|n| format!("pro_{n}")).collect());
        report.leave_out(left_out, "too dark");

        assert!(!report.is_clean());
        let text = report.to_string();
        assert!(text.starts_with("1 invariants checked, 1 broken\nBROKEN I1: "));
        assert!(text.contains("    pro_10\n    … and 2 more\nnot checked I2: "));
        assert!(text.ends_with(" (too dark)\n"));
    }
}
