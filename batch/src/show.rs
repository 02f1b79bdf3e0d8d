//! Words for people on a terminal, lines of JSON for everybody else.

use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jangbogo_job::{ItemNote, Progress, Tally};
use jangbogo_setup::process::print;
use serde_json::{Value, json};

/// To whom standard output leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    ForPeople,
    ForMachines,
}

impl Lines {
    pub(crate) fn of_this_process() -> Self {
        let is_terminal = std::io::stdout().is_terminal();
        if is_terminal { Self::ForPeople } else { Self::ForMachines }
    }

    pub(crate) fn say(self, people: &str, machines: &Value) -> anyhow::Result<()> {
        match self {
            Self::ForPeople => print(&format!("{people}\n")),
            Self::ForMachines => print(&format!("{machines}\n")),
        }
    }
}

/// How a run goes on, as it is shown.
pub(crate) struct Shown {
    lines: Lines,
    bar: ProgressBar,
    so_far: Mutex<(String, Tally)>,
}

impl Shown {
    pub(crate) fn new(lines: Lines) -> Self {
        let bar = match lines {
            Lines::ForPeople => ProgressBar::new_spinner(),
            Lines::ForMachines => ProgressBar::hidden(),
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed_precise} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { lines, bar, so_far: Mutex::default() }
    }

    /// Takes the bar away.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn say(&self, people: &str, machines: &Value) {
        // The run goes on when nobody listens any more.
        let _ = self.bar.suspend(|| self.lines.say(people, machines));
    }
}

impl Progress for Shown {
    fn settled(&self, step: &str, more: Tally) {
        let mut so_far = self.so_far.lock().unwrap_or_else(PoisonError::into_inner);
        if so_far.0 != step {
            *so_far = (step.to_owned(), Tally::default());
        }
        so_far.1 = so_far.1.plus(more);
        let tally = so_far.1;
        self.bar.set_message(format!("{step}: {}", words(tally)));
        if self.lines == Lines::ForMachines {
            let line = json!({"event": "settled", "step": step, "so_far": numbers(tally)});
            let _ = self.lines.say("", &line);
        }
    }

    fn noted(&self, step: &str, note: &ItemNote) {
        let (item, outcome, why) = (&note.item, note.outcome.name(), note.outcome.reason());
        self.say(
            &format!("{step}: {item} {outcome}: {why}"),
            &json!({
                "event": "noted", "step": step, "item": item, "outcome": outcome, "reason": why,
            }),
        );
    }
}

pub(crate) fn words(tally: Tally) -> String {
    let Tally { read, done, skipped, failed, later } = tally;
    format!("{read} read, {done} done, {skipped} skipped, {failed} failed, {later} later")
}

pub(crate) fn numbers(tally: Tally) -> Value {
    let Tally { read, done, skipped, failed, later } = tally;
    json!({
        "read": read, "done": done, "skipped": skipped, "failed": failed, "later": later,
    })
}
