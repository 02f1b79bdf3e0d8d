//! `cargo xtask openapi`: keeps the committed OpenAPI document equal to the handlers.

use std::process::Stdio;

use anyhow::{Context, bail};

use crate::workspace::{cargo, root};

/// The committed document, from the root folder.
const PATH: &str = "api-server/openapi.json";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only compare; fail when the committed document is stale
    #[arg(long)]
    pub(crate) check: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let generated = generate()?;
    let path = root().join(PATH);
    if !args.check {
        std::fs::write(&path, generated).with_context(|| format!("cannot write {PATH}"))?;
        println!("wrote {PATH}");
        return Ok(());
    }
    let committed = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {PATH}; make it with `cargo xtask openapi`"))?;
    match first_difference(&committed, &generated) {
        None => {
            println!("{PATH} is fresh");
            Ok(())
        }
        Some(hint) => bail!("{PATH} is stale; run `cargo xtask openapi`\n{hint}"),
    }
}

/// Asks the server itself, so that the document cannot differ from what is served.
fn generate() -> anyhow::Result<String> {
    let mut command = cargo(&["run", "--quiet", "-p", "jangbogo-api-server", "--locked", "--"]);
    command.arg("--print-openapi").stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed ({})", output.status);
    }
    let text = String::from_utf8(output.stdout).context("the document is not UTF-8")?;
    let parsed = serde_json::from_str::<serde::de::IgnoredAny>(&text);
    parsed.context("the server did not print a JSON document")?;
    Ok(format!("{}\n", text.trim_end()))
}

/// The first line that differs, for a person to see what kind of change it is.
fn first_difference(committed: &str, generated: &str) -> Option<String> {
    if committed == generated {
        return None;
    }
    let mut old = committed.lines();
    let mut new = generated.lines();
    for number in 1.. {
        match (old.next(), new.next()) {
            (None, None) => break,
            (before, after) if before == after => {}
            (before, after) => {
                let shown = |line: Option<&str>| line.unwrap_or("(end of document)").to_owned();
                let (before, after) = (shown(before), shown(after));
                return Some(format!("line {number}:\n- {before}\n+ {after}"));
            }
        }
    }
    Some("only line endings differ".to_owned())
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn equal_documents_do_not_differ() {
        assert_eq!(first_difference("{\n}\n", "{\n}\n"), None);
    }

    #[test]
    fn the_first_changed_line_is_shown_with_its_number() {
        let hint = first_difference("{\n  \"a\": 1\n}\n", "{\n  \"a\": 2\n}\n");
        assert_eq!(hint.as_deref(), Some("line 2:\n-   \"a\": 1\n+   \"a\": 2"));
    }

    #[test]
    fn a_document_that_only_grew_differs_where_the_old_one_ends() {
        let hint = first_difference("{\n", "{\n}\n");
        assert_eq!(hint.as_deref(), Some("line 2:\n- (end of document)\n+ }"));
    }

    #[test]
    fn a_missing_last_newline_is_a_difference() {
        assert!(first_difference("{}", "{}\n").is_some());
    }
}
