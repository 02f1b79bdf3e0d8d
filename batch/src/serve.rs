//! Run jobs at their times.

use std::process::ExitCode;

use jangbogo_setup::jobs::Jobs;
use jangbogo_setup::process::{Stop, print};
use jangbogo_setup::{Background, Config, Opened};

pub(crate) async fn run(config: &Config, opened: &Opened, stop: Stop) -> anyhow::Result<ExitCode> {
    let mut background = Background::idle();
    background.schedule(Jobs::of(config, opened)?).await?;
    print(&format!("batch is running ({})\n", opened.database.engine()))?;
    stop.await;
    background.stop().await;
    print("stopped.\n")?;
    Ok(ExitCode::SUCCESS)
}
