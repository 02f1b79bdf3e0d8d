//! Where the checkout is, and how to call cargo in it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// The root folder of the checkout that this program was built from.
pub(crate) fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

/// `cargo <args>` in the root folder.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root()).args(args);
    command
}

/// Runs a command that must succeed.
pub(crate) fn run(mut command: Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} failed ({status})");
    }
    Ok(())
}

/// Whether `cargo <name>` is installed.
pub(crate) fn has_cargo_command(name: &str) -> bool {
    let mut probe = cargo(&[name, "--version"]);
    probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// Runs a command, shows its output as it comes and gives every line to `read`.
///
/// Both outputs go through one pipe: cargo announces a suite on one and the suite reports on the
/// other, and only together do they keep their order.
pub(crate) fn run_reading(
    mut command: Command,
    mut read: impl FnMut(&str),
) -> anyhow::Result<bool> {
    let (reader, writer) = std::io::pipe().context("cannot make a pipe")?;
    command.stdout(writer.try_clone().context("cannot share the pipe")?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
    // The command keeps the writing ends open; without this the reader would never see the end.
    drop(command);
    let mut output = BufReader::new(reader);
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line).context("cannot read the output")? > 0 {
        let text = String::from_utf8_lossy(&line);
        print!("{text}");
        read(text.trim_end());
        line.clear();
    }
    Ok(child.wait().context("cannot wait for the command")?.success())
}
