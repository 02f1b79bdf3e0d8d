//! What every process does alike: command line, configuration, logs, signals, one-line errors.

use std::future::Future;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::pin::Pin;
use std::process::{ExitCode, Termination};

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

use crate::{Config, ConfigError, LogFormat};

/// What every command line understands.
#[derive(Debug, Clone, clap::Args)]
pub struct ProcessArgs {
    /// A TOML file with settings; the environment goes over it.
    #[arg(long, env = "JANGBOGO_CONFIG", global = true)]
    config: Option<PathBuf>,
    /// Print the configuration, secrets masked, and stop.
    #[arg(long, global = true)]
    print_config: bool,
}

/// Resolves when the process is told to stop (Ctrl-C or SIGTERM).
pub type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A process of the shop, as the person who starts it sees it.
#[derive(Debug, Clone, Copy)]
pub struct ProcessKind {
    /// What could not be done when the start fails: "the shop cannot open".
    pub failure: &'static str,
    /// What this process needs beyond what every one does.
    pub check: fn(&Config) -> Result<(), ConfigError>,
}

/// The exit code of a command line that is not understood, as `sysexits.h` has it. Not clap's own,
/// which is 2: that is `batch`'s word for "some items need attention".
pub const MISUSED: u8 = 64;
/// The exit code of a configuration that cannot be used, as `sysexits.h` has it.
pub const MISCONFIGURED: u8 = 78;

/// The command line of this process; else what is wrong with it has been said, or the help that
/// was asked for given, and the process ends.
pub fn command_line<P: clap::Parser>() -> Result<P, ExitCode> {
    P::try_parse().map_err(|error| {
        // What cannot be written cannot be reported either.
        let _ = error.print();
        if error.use_stderr() { ExitCode::from(MISUSED) } else { ExitCode::SUCCESS }
    })
}

/// Reads the configuration and runs `work` with it until it ends.
///
/// Exit codes: the work's own after it, 1 when it failed, 78 when the configuration cannot be used.
pub fn run<F, W, R>(kind: ProcessKind, arguments: &ProcessArgs, work: F) -> anyhow::Result<ExitCode>
where
    F: FnOnce(Config, Stop) -> W,
    W: Future<Output = anyhow::Result<R>>,
    R: Termination,
{
    let config = Config::load(arguments.config.as_deref(), std::env::vars());
    let config = match config {
        Ok(config) if arguments.print_config => {
            print(&config.masked()?)?;
            return Ok(ExitCode::SUCCESS);
        }
        config => config.and_then(|config| (kind.check)(&config).map(|()| config)),
    };
    let config = match config {
        Ok(config) => config,
        Err(error) => {
            writeln!(std::io::stderr(), "{error}")?;
            return Ok(ExitCode::from(MISCONFIGURED));
        }
    };
    start_logging(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let running = async {
        // Asked for first: a signal during the start stops the process as one after it does.
        let stop = stop_signal()?;
        work(config, stop).await
    };
    match runtime.block_on(running) {
        Ok(done) => Ok(done.report()),
        Err(error) => {
            // One line with every cause; a port that is taken needs no backtrace.
            writeln!(std::io::stderr(), "{}: {error:#}", kind.failure)?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Standard output is the process's word to its owner; logs go to standard error.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

fn stop_signal() -> anyhow::Result<Stop> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(Box::pin(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }))
}

fn start_logging(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log.filter).context("the setting log.filter")?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Colours are for people, not for files.
    let lines = lines.with_ansi(std::io::stderr().is_terminal());
    match config.log.format {
        LogFormat::Readable => lines.compact().init(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(true).init(),
    }
    Ok(())
}
