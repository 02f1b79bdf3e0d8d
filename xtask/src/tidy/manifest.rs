//! Rules for a package's manifest: everything that can be shared is inherited, names are regular.

use anyhow::Context;
use toml::{Table, Value};

use super::Finding;

const PREFIX: &str = "jangbogo-";
/// Names that say nothing, or shadow the language's own crate.
const BANNED_NAMES: [&str; 3] = ["core", "common", "utils"];
const DEPENDENCY_TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Checks the manifest of the package in `folder`.
pub(super) fn check(folder: &str, text: &str) -> anyhow::Result<Vec<Finding>> {
    let path = format!("{folder}/Cargo.toml");
    let manifest: Table = text.parse().with_context(|| format!("cannot parse {path}"))?;
    let mut messages = Vec::new();
    check_name(folder, &manifest, &mut messages);
    if lookup(&manifest, "lints", "workspace") != Some(&Value::Boolean(true)) {
        messages.push("must inherit the lints: `[lints] workspace = true`".to_owned());
    }
    check_dependencies(&manifest, &mut messages);
    let targets = manifest.get("target").and_then(Value::as_table);
    for target in targets.into_iter().flat_map(Table::values).filter_map(Value::as_table) {
        check_dependencies(target, &mut messages);
    }
    Ok(messages.into_iter().map(|message| Finding::fault(&path, message)).collect())
}

fn lookup<'a>(manifest: &'a Table, table: &str, key: &str) -> Option<&'a Value> {
    manifest.get(table)?.get(key)
}

fn check_name(folder: &str, manifest: &Table, messages: &mut Vec<String>) {
    let name = lookup(manifest, "package", "name").and_then(Value::as_str).unwrap_or_default();
    let last = folder.rsplit('/').next().unwrap_or(folder);
    let expected = match folder {
        "xtask" => last.to_owned(),
        // The relay's library has the folder; its process lives in it.
        "event-outbox/process" => format!("{PREFIX}event-outbox-process"),
        _ => format!("{PREFIX}{last}"),
    };
    if name != expected {
        messages.push(format!("package `{name}` must be called `{expected}`, like its folder"));
    }
    let short = name.strip_prefix(PREFIX).unwrap_or(name);
    if BANNED_NAMES.contains(&short) {
        messages.push(format!("`{short}` says nothing: name the package by what it is for"));
    }
}

fn check_dependencies(tables: &Table, messages: &mut Vec<String>) {
    for table in DEPENDENCY_TABLES {
        let dependencies = tables.get(table).and_then(Value::as_table);
        for (name, dependency) in dependencies.into_iter().flatten() {
            if dependency.get("workspace") != Some(&Value::Boolean(true)) {
                messages.push(format!("{table}: `{name}` must say `workspace = true`"));
            }
            // The crates of the house have features for tests (`mock`, `contract`).
            let own_features = ["features", "default-features"].map(|key| dependency.get(key));
            if !name.starts_with(PREFIX) && own_features.iter().any(Option::is_some) {
                messages.push(format!("{table}: `{name}` gets its features in the root manifest"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    const GOOD: &str = r#"
[package]
name = "jangbogo-cart"
[lints]
workspace = true
[dependencies]
jangbogo-kernel.workspace = true
serde.workspace = true
mockall = { workspace = true, optional = true }
[dev-dependencies]
jangbogo-member = { workspace = true, features = ["mock"] }
"#;

    /// How many faults the good manifest has once `from` is replaced by `to`.
    fn faults_with(from: &str, to: &str) -> usize {
        assert!(GOOD.contains(from));
        check("core/cart", &GOOD.replace(from, to)).expect("it can be parsed").len()
    }

    #[test]
    fn a_manifest_that_inherits_everything_is_in_order() {
        assert_eq!(faults_with("serde", "serde"), 0);
    }

    #[test]
    fn a_manifest_without_the_shared_lints_is_found() {
        assert_eq!(faults_with("[lints]\nworkspace = true\n", ""), 1);
        assert_eq!(
            faults_with("[lints]\nworkspace = true\n", "[lints.clippy]\nall = \"warn\"\n"),
            1
        );
    }

    #[test]
    fn an_own_version_path_or_feature_is_found() {
        assert_eq!(faults_with("serde.workspace = true", "serde = \"1\""), 1);
        assert_eq!(faults_with("serde.workspace = true", "serde = { path = \"../serde\" }"), 1);
        let features = "serde = { workspace = true, features = [\"rc\"] }";
        assert_eq!(faults_with("serde.workspace = true", features), 1);
        assert_eq!(
            faults_with(
                "[dev-dependencies]",
                "[build-dependencies]\ncc = \"1\"\n[dev-dependencies]"
            ),
            1
        );
        assert_eq!(
            faults_with(
                "[dev-dependencies]",
                "[target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n[dev-dependencies]"
            ),
            1
        );
    }

    #[test]
    fn a_package_is_called_like_its_folder() {
        assert_eq!(faults_with("jangbogo-cart", "jangbogo-basket"), 1);
        assert_eq!(faults_with("jangbogo-cart", "cart"), 1);
        assert!(
            check("xtask", &GOOD.replace("jangbogo-cart", "xtask")).is_ok_and(|it| it.is_empty())
        );
    }

    #[test]
    fn a_package_with_an_empty_name_is_found() {
        for name in ["core", "common", "utils"] {
            let manifest = GOOD.replace("jangbogo-cart", &format!("jangbogo-{name}"));
            assert_eq!(
                check(&format!("core/{name}"), &manifest).expect("it can be parsed").len(),
                1
            );
        }
    }

    #[test]
    fn a_broken_manifest_is_an_error() {
        assert!(check("core/cart", "[package").is_err());
    }
}
