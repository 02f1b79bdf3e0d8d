//! The batch processes, and what is done to them.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::process::{Child, Command};
use tokio::time::Instant;

use super::Args;
use super::world::World;
use crate::AS_BATCH;

/// Running processes of one day.
pub(super) struct Batches {
    running: Vec<Option<Child>>,
    environment: Vec<(String, String)>,
    dice: StdRng,
    pub(super) killed: u32,
    pub(super) rss_max_kib: u64,
}

impl Batches {
    pub(super) fn start(world: &World, args: &Args) -> anyhow::Result<Self> {
        let mut batches = Self {
            running: Vec::new(),
            environment: world.environment(args),
            dice: StdRng::seed_from_u64(args.seed),
            killed: 0,
            rss_max_kib: 0,
        };
        for _ in 0..args.processes {
            let child = batches.one()?;
            batches.running.push(Some(child));
        }
        Ok(batches)
    }

    fn one(&self) -> anyhow::Result<Child> {
        let own = std::env::current_exe().context("find our own program")?;
        let mut command = Command::new(own);
        command.args(["run", "billing"]).env_clear().env(AS_BATCH, "1");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        command.spawn().context("start a batch process")
    }

    /// Kills one of them at random and starts another in its place, so many times over the time.
    pub(super) async fn are_killed(&mut self, kills: u32, over: Duration) -> anyhow::Result<()> {
        if kills == 0 {
            return Ok(());
        }
        let mut ticks = tokio::time::interval_at(Instant::now() + over / kills, over / kills);
        for _ in 0..kills {
            ticks.tick().await;
            self.look();
            if !self.are_at_it()? {
                break; // the day's work is done
            }
            let victim = self.dice.random_range(0..self.running.len());
            let next = self.one()?;
            if let Some(slot) = self.running.get_mut(victim)
                && let Some(mut child) = slot.replace(next)
            {
                child.start_kill()?;
                child.wait().await?;
                self.killed += 1;
            }
        }
        Ok(())
    }

    /// Waits for the end of all.
    pub(super) async fn end(&mut self) -> anyhow::Result<()> {
        while self.are_at_it()? {
            self.look();
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    }

    /// Whether any still works. One that ended otherwise than with 0 or 2 is started again.
    fn are_at_it(&mut self) -> anyhow::Result<bool> {
        let mut is_any = false;
        for place in 0..self.running.len() {
            let Some(Some(child)) = self.running.get_mut(place) else { continue };
            match child.try_wait()? {
                None => is_any = true,
                Some(status) if matches!(status.code(), Some(0 | 2)) => {
                    if let Some(slot) = self.running.get_mut(place) {
                        *slot = None;
                    }
                }
                Some(status) if matches!(status.code(), Some(64 | 78)) => {
                    bail!("a batch process does not understand us ({status})");
                }
                Some(_) => {
                    let next = self.one()?;
                    if let Some(slot) = self.running.get_mut(place) {
                        *slot = Some(next);
                    }
                    is_any = true;
                }
            }
        }
        Ok(is_any)
    }

    /// Notes the largest memory that any of them has had.
    fn look(&mut self) {
        for child in self.running.iter().flatten() {
            let Some(id) = child.id() else { continue };
            let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
            let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = peak.and_then(|text| text.split_whitespace().next()?.parse().ok());
            self.rss_max_kib = self.rss_max_kib.max(kib.unwrap_or(0));
        }
    }
}
