//! Run one job now.

use std::io::Write as _;
use std::process::ExitCode;

use jangbogo_job::{
    BusinessDate, Job, JobName, PreviewJob, Ran, Run, RunState, RunWanted, StepProgress, Tally,
    Trigger,
};
use jangbogo_setup::jobs::Jobs;
use jangbogo_setup::process::{MISUSED, Stop};
use jangbogo_setup::{Config, Opened};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::STOPPED;
use crate::show::{Lines, Shown, numbers, words};

/// The exit code of a run after which somebody should look at some items.
const ATTENTION: u8 = 2;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The job; `batch list` tells which there are.
    job: JobName,
    /// The day of business that it is for, 2026-11-26; without it, today.
    #[arg(long)]
    as_of: Option<BusinessDate>,
    /// Tell what it would find, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(crate) async fn run(
    config: &Config,
    opened: &Opened,
    args: Args,
    stop: Stop,
) -> anyhow::Result<ExitCode> {
    let jobs = Jobs::of(config, opened)?;
    let Some(job) = jobs.find(args.job.as_str()) else {
        let known: Vec<&str> = jobs.all().map(|job| job.name.as_str()).collect();
        let (job, known) = (&args.job, known.join(", "));
        writeln!(std::io::stderr(), "there is no job {job}; there are {known}")?;
        return Ok(ExitCode::from(MISUSED));
    };
    let as_of = match args.as_of {
        Some(as_of) => as_of,
        None => jobs.today()?,
    };
    let lines = Lines::of_this_process();
    if args.dry_run {
        return preview(lines, job, as_of).await;
    }
    let token = CancellationToken::new();
    let runner = jobs.runner(token.clone());
    let shown = Shown::new(lines);
    let wanted = RunWanted { as_of, trigger: Trigger::Command };
    let running = runner.run(job, wanted, &shown);
    tokio::pin!(running);
    let ran = tokio::select! {
        ran = &mut running => ran,
        () = stop => {
            token.cancel();
            running.await
        }
    };
    shown.end();
    tell(lines, job, &ran?)
}

async fn preview(lines: Lines, job: &Job, as_of: BusinessDate) -> anyhow::Result<ExitCode> {
    for step in PreviewJob::run(job, as_of).await? {
        let (name, waiting, items) = (step.step, step.waiting, step.items.join(" "));
        lines.say(
            &format!("{name}: {waiting} would be looked at {items}"),
            &json!({
                "event": "preview", "job": job.name.as_str(), "as_of": as_of.to_string(),
                "step": name, "waiting": waiting, "items": step.items,
            }),
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(lines: Lines, job: &Job, ran: &Ran) -> anyhow::Result<ExitCode> {
    let (run, steps): (&Run, &[StepProgress]) = match ran {
        Ran::Idle => return Ok(ExitCode::SUCCESS),
        Ran::Left(run) => (run, &[]),
        Ran::Over(run, steps) => (run, steps),
    };
    let tally = Tally::sum(steps.iter().map(|step| step.tally));
    let state = if matches!(ran, Ran::Left(_)) { "stopped" } else { run.state.name() };
    let mut people = format!("{} {}: {state}; {}", job.name, run.as_of, words(tally));
    if !run.reason.is_empty() {
        people = format!("{people}: {}", run.reason);
    }
    lines.say(
        &people,
        &json!({
            "event": "finished", "job": job.name.as_str(), "as_of": run.as_of.to_string(),
            "run": run.id, "state": state, "reason": run.reason, "total": numbers(tally),
        }),
    )?;
    Ok(match (ran, run.state) {
        (Ran::Left(_), _) => ExitCode::from(STOPPED),
        (_, RunState::DoneWithAttention) => ExitCode::from(ATTENTION),
        (_, RunState::Failed | RunState::Abandoned) => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    })
}
