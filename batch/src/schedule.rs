//! Show or change when jobs run by themselves.

use std::process::ExitCode;

use anyhow::bail;
use clap::Subcommand;
use jangbogo_job::{JobName, Schedule, ScheduleChange};
use jangbogo_setup::jobs::Jobs;
use jangbogo_setup::{Config, Opened};
use serde_json::json;

use crate::show::Lines;

#[derive(Debug, Subcommand)]
pub(crate) enum Change {
    /// Show all schedules.
    List,
    /// Set when a job runs. Every process sees it within a second.
    Set {
        /// The job.
        job: JobName,
        /// Five fields as cron has them, or six with seconds first.
        cron: String,
        /// In whose time, for example Asia/Seoul; without it, as before.
        #[arg(long)]
        zone: Option<String>,
    },
    /// Let a job run by itself again; what was missed is not made up for.
    Enable {
        /// The job.
        job: JobName,
    },
    /// Let a job run by itself no more.
    Disable {
        /// The job.
        job: JobName,
    },
}

pub(crate) async fn run(
    config: &Config,
    opened: &Opened,
    change: Change,
) -> anyhow::Result<ExitCode> {
    let jobs = Jobs::of(config, opened)?;
    jobs.introduce().await?;
    let lines = Lines::of_this_process();
    let (job, change) = match change {
        Change::List => {
            for schedule in jobs.queries().schedules().await? {
                say(lines, &schedule)?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        Change::Set { job, cron, zone } => (job, ScheduleChange::Set { cron, zone }),
        Change::Enable { job } => (job, ScheduleChange::Enable),
        Change::Disable { job } => (job, ScheduleChange::Disable),
    };
    if jobs.find(job.as_str()).is_none() {
        bail!("there is no job {job}: `batch list` tells which there are");
    }
    say(lines, &jobs.change_schedule().run(&job, &change).await?)?;
    Ok(ExitCode::SUCCESS)
}

fn say(lines: Lines, schedule: &Schedule) -> anyhow::Result<()> {
    let next = schedule.next_at.to_string();
    let when = if schedule.is_enabled { next.as_str() } else { "disabled" };
    lines.say(
        &format!(
            "{:<16} {:<16} {:<12} {when}",
            schedule.job.as_str(),
            schedule.cron,
            schedule.zone
        ),
        &json!({
            "job": schedule.job.as_str(),
            "cron": schedule.cron,
            "zone": schedule.zone,
            "enabled": schedule.is_enabled,
            "next_at": next,
        }),
    )
}
