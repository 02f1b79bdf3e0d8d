//! Tell what has run.

use std::process::ExitCode;

use jangbogo_job::{ItemNote, JobName, RunState, RunView, Tally};
use jangbogo_setup::jobs::Jobs;
use jangbogo_setup::{Config, Opened};
use serde_json::{Value, json};

use crate::show::Lines;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Of this job only.
    #[arg(long)]
    job: Option<JobName>,
    /// So many runs, the youngest first.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
}

/// Most items of a run that are named.
const NOTES_MAX: u32 = 20;

pub(crate) async fn run(config: &Config, opened: &Opened, args: Args) -> anyhow::Result<ExitCode> {
    let jobs = Jobs::of(config, opened)?;
    let lines = Lines::of_this_process();
    for view in jobs.queries().runs(args.job.as_ref(), args.limit).await? {
        let is_clean = matches!(view.run.state, RunState::Done);
        let notes = if is_clean {
            Vec::new()
        } else {
            jobs.queries().notes(view.run.id, NOTES_MAX).await?
        };
        lines.say(&for_people(&view, &notes), &for_machines(&view, &notes))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn for_people(view: &RunView, notes: &[ItemNote]) -> String {
    let RunView { run, steps } = view;
    let Tally { read, done, skipped, failed, later } = Tally::sum(steps.iter().map(|s| s.tally));
    let mut text = format!(
        "{} {:<16} {} {:<19} {:<8} read {read} done {done} skipped {skipped} failed {failed} \
         later {later}",
        run.started_at,
        run.job.as_str(),
        run.as_of,
        run.state.name(),
        run.trigger.name(),
    );
    if !run.reason.is_empty() {
        text = format!("{text}\n    {}", run.reason);
    }
    for note in notes {
        let (item, outcome, why) = (&note.item, note.outcome.name(), note.outcome.reason());
        text = format!("{text}\n    {item} {outcome}: {why}");
    }
    text
}

fn for_machines(view: &RunView, notes: &[ItemNote]) -> Value {
    let RunView { run, steps } = view;
    json!({
        "run": run.id,
        "job": run.job.as_str(),
        "as_of": run.as_of.to_string(),
        "trigger": run.trigger.name(),
        "state": run.state.name(),
        "reason": run.reason,
        "taken_up": run.taken_up,
        "started_at": run.started_at.to_string(),
        "finished_at": run.finished_at.map(|time| time.to_string()),
        "steps": steps.iter().map(|step| json!({
            "step": step.name,
            "over": step.is_over(),
            "read": step.tally.read,
            "done": step.tally.done,
            "skipped": step.tally.skipped,
            "failed": step.tally.failed,
            "later": step.tally.later,
        })).collect::<Vec<_>>(),
        "notes": notes.iter().map(|note| json!({
            "item": note.item,
            "outcome": note.outcome.name(),
            "reason": note.outcome.reason(),
        })).collect::<Vec<_>>(),
    })
}
