//! Tell which jobs there are.

use std::process::ExitCode;

use jangbogo_setup::jobs::Jobs;
use jangbogo_setup::{Config, Opened};
use serde_json::json;

use crate::show::Lines;

pub(crate) async fn run(config: &Config, opened: &Opened) -> anyhow::Result<ExitCode> {
    let jobs = Jobs::of(config, opened)?;
    let schedules = jobs.queries().schedules().await?;
    let lines = Lines::of_this_process();
    for job in jobs.all() {
        let schedule = schedules.iter().find(|schedule| schedule.job == job.name);
        let steps: Vec<&str> = job.steps.iter().map(|step| step.name).collect();
        let when = match schedule {
            Some(schedule) if schedule.is_enabled => schedule.cron.as_str(),
            Some(_) => "disabled",
            None => "no schedule yet",
        };
        lines.say(
            &format!("{:<16} {:<16} {}", job.name.as_str(), when, job.about),
            &json!({
                "job": job.name.as_str(),
                "about": job.about,
                "steps": steps,
                "cron": schedule.map(|schedule| &schedule.cron),
                "enabled": schedule.map(|schedule| schedule.is_enabled),
            }),
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
