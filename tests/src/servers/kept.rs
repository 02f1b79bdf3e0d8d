//! A server's process with its folder, both gone when the owner is.
//!
//! A watcher, a shell that waits at the end of a pipe, outlives us however we die: when the pipe
//! closes it kills the server and removes the folder. Signals that a terminal sends to all of its
//! foreground processes reach neither: both have a group of their own.

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::programs::account;

/// How a server is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// It breaks off what is under way, writes down what it must, and ends.
    Fast,
    /// It drops everything at once and recovers at its next start.
    Immediate,
    /// `kill -9`.
    Kill,
}

/// A folder and at most one process that runs in it.
#[derive(Debug)]
pub(super) struct Kept {
    folder: PathBuf,
    account: Option<(u32, u32)>,
    child: Option<Child>,
    said: Arc<Mutex<String>>,
    watcher: Child,
}

/// A server that is not ready by then has failed.
const START_MAX: Duration = Duration::from_mins(1);

/// Waits until the owner is gone; `$0` is the folder. SIGQUIT lets PostgreSQL give its shared
/// memory back, SIGKILL ends what is left.
const WATCHER: &str = r#"
read -r _
server=$(cat "$0/pid" 2>/dev/null)
if [ -n "$server" ]; then
    kill -QUIT "$server" 2>/dev/null
    tries=0
    while kill -0 "$server" 2>/dev/null && [ "$tries" -lt 30 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    kill -KILL "$server" 2>/dev/null
fi
rm -rf "$0" || { sleep 1; rm -rf "$0"; }
"#;

impl Kept {
    /// A new folder for a server of this name, and its watcher.
    pub(super) fn new(name: &str) -> anyhow::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let account = account()?;
        let folder = loop {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let name = format!("jangbogo-{name}-{}-{number}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            // What an earlier process of this number left behind is not ours to remove.
            if !folder.exists() {
                break folder;
            }
        };
        fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let watcher = Command::new("sh")
            .args(["-c", WATCHER])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot start sh")?;
        if let Some((user, group)) = account {
            chown(&folder, Some(user), Some(group))?;
        }
        let said = Arc::default();
        Ok(Self { folder, account, child: None, said, watcher })
    }

    /// A command of the server's own account, in its folder.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder).process_group(0).stdin(Stdio::null());
        // What servers say is read; it must be said in English.
        command.env("LC_ALL", "C");
        if let Some((user, group)) = self.account {
            command.uid(user).gid(group);
        }
        command
    }

    /// Starts the server and waits until it says that it is ready.
    pub(super) fn start(
        &mut self,
        mut command: Command,
        ready: &'static str,
    ) -> anyhow::Result<()> {
        if self.child.is_some() {
            bail!("the server runs already");
        }
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let written = fs::write(self.folder.join("pid"), child.id().to_string());
        let (tell, hear) = channel();
        if let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) {
            self.listen(stdout, ready, tell.clone());
            self.listen(stderr, ready, tell);
        }
        self.child = Some(child);
        written?;
        if is_ready(&hear) {
            return Ok(());
        }
        self.stop(Stop::Kill)?;
        bail!("{command:?} did not start:\n{}", self.said());
    }

    /// Stops the server, if it runs, and waits for its end.
    pub(super) fn stop(&mut self, how: Stop) -> anyhow::Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        match how {
            Stop::Kill => child.kill()?,
            Stop::Fast => signal(&child, "INT")?,
            Stop::Immediate => signal(&child, "QUIT")?,
        }
        child.wait()?;
        fs::remove_file(self.folder.join("pid"))?;
        Ok(())
    }

    /// What it has said so far.
    fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads to the end, so that the server is never stopped by a full pipe.
    fn listen(&self, stream: impl Read + Send + 'static, ready: &'static str, tell: Sender<()>) {
        let said = Arc::clone(&self.said);
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if line.contains(ready) {
                    let _ = tell.send(());
                }
                let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                // The beginning tells why a start failed; the rest is as long as the run.
                if said.len() < SAID_MAX {
                    said.push_str(&line);
                    said.push('\n');
                }
            }
        });
    }
}

/// How much of what a server says is kept, bytes.
const SAID_MAX: usize = 64 * 1024;

/// Not ready is also a server whose streams have ended: the senders are gone.
fn is_ready(hear: &Receiver<()>) -> bool {
    hear.recv_timeout(START_MAX).is_ok()
}

fn signal(child: &Child, name: &str) -> anyhow::Result<()> {
    let script = format!("kill -{name} {}", child.id());
    let sent = Command::new("sh").args(["-c", &script]).status()?;
    if !sent.success() {
        bail!("{script} failed: {sent}");
    }
    Ok(())
}

impl Drop for Kept {
    fn drop(&mut self) {
        // One way to clean up, whether we are dropped or die: the watcher's.
        drop(self.watcher.stdin.take());
        if let Some(child) = &mut self.child {
            // Reaped at once, or the watcher would take it for alive.
            let _ = child.wait();
        }
        let _ = self.watcher.wait();
    }
}
