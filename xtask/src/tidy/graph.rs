//! Who may depend on whom: dependencies point inwards, and the core reaches no I/O.
//!
//! Dev-dependencies are exempt; all optional features count.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::process::Command;

use anyhow::Context;
use cargo_metadata::{
    CargoOpt, DependencyKind, Metadata, MetadataCommand, Node, NodeDep, PackageId,
};

use super::Finding;

/// The core crates in house order: each may use only those before it.
const CORE_ORDER: [&str; 10] = [
    "kernel",
    "job",
    "member",
    "catalog",
    "inventory",
    "cart",
    "ordering",
    "payment",
    "subscription",
    "notification",
];

/// Crates that do I/O, keep time or draw random numbers; none may stand behind a core crate.
const IO_CRATES: [&str; 26] = [
    "async-std",
    "axum",
    "clap",
    "config",
    "fs-err",
    "governor",
    "h2",
    "hyper",
    "jsonwebtoken",
    "lettre",
    "libsqlite3-sys",
    "mio",
    "moka",
    "rand",
    "rdkafka",
    "redis",
    "reqwest",
    "rusqlite",
    "rustls",
    "smol",
    "socket2",
    "sqlx",
    "tantivy",
    "tokio",
    "tonic",
    "ureq",
];
/// And their families: `tokio-util`, `sqlx-core` …
const IO_PREFIXES: [&str; 6] = ["axum-", "hyper-", "sqlx-", "tokio-", "tower-", "opentelemetry"];

/// A package of the workspace and what stands behind it.
#[derive(Debug)]
pub(super) struct Member {
    /// From the root folder.
    folder: String,
    /// The folders of the packages of the workspace that it names itself.
    uses: Vec<String>,
    /// Every foreign package behind it, with the package that named it first.
    reaches: BTreeMap<String, String>,
}

/// Where a package stands in the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Core(usize),
    Adapter,
    Setup,
    EventOutbox,
    /// `api-server`, `batch` and the relay's own: they assemble, and nobody builds on them.
    Process,
    Tests,
    Xtask,
}

pub(super) fn check(members: &[Member]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in members {
        let Some(from) = place(&member.folder) else {
            let message = "has no place in the house: give it one in xtask/src/tidy/graph.rs";
            findings.push(Finding::fault(&member.folder, message));
            continue;
        };
        for used in &member.uses {
            if place(used).is_some_and(|to| !may_use(from, to)) {
                let message = format!("must not depend on {used}: dependencies point inwards");
                findings.push(Finding::fault(&member.folder, message));
            }
        }
        if matches!(from, Place::Core(_)) {
            for (name, through) in member.reaches.iter().filter(|(name, _)| is_io(name)) {
                let message = format!("core must do no I/O, but reaches `{name}` by `{through}`");
                findings.push(Finding::fault(&member.folder, message));
            }
        }
    }
    findings
}

fn place(folder: &str) -> Option<Place> {
    if let Some(name) = folder.strip_prefix("core/") {
        return CORE_ORDER.iter().position(|known| *known == name).map(Place::Core);
    }
    match folder {
        "adapters/setup" => Some(Place::Setup),
        "event-outbox" => Some(Place::EventOutbox),
        "api-server" | "batch" | "event-outbox/process" => Some(Place::Process),
        "tests" => Some(Place::Tests),
        "xtask" => Some(Place::Xtask),
        adapter => adapter.starts_with("adapters/").then_some(Place::Adapter),
    }
}

fn may_use(from: Place, to: Place) -> bool {
    use Place::{Adapter, Core, EventOutbox, Process, Setup, Tests, Xtask};
    match (from, to) {
        (Core(user), Core(used)) => used < user,
        // The developers' tasks start servers and shops with the harness of the suites.
        (Xtask, Tests) => true,
        (_, Tests | Xtask) | (Core(_), _) => false,
        (Tests | Xtask, _) | (_, Core(_)) => true,
        (Setup, used) => matches!(used, Adapter | EventOutbox),
        (Process, used) => matches!(used, Setup | EventOutbox),
        (Adapter | EventOutbox, _) => false,
    }
}

fn is_io(name: &str) -> bool {
    IO_CRATES.contains(&name) || IO_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Asks cargo, for this machine's platform: others would need packages nobody builds here.
pub(super) fn read(root: &Path) -> anyhow::Result<Vec<Member>> {
    let mut command = MetadataCommand::new();
    let options = ["--locked".to_owned(), "--filter-platform".to_owned(), host()?];
    command.current_dir(root).features(CargoOpt::AllFeatures).other_options(options);
    let metadata = command.exec().context("cannot read the dependency graph")?;
    Ok(members(&metadata))
}

fn host() -> anyhow::Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("cannot start rustc")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc does not name its host")
}

fn members(metadata: &Metadata) -> Vec<Member> {
    let nodes: BTreeMap<&PackageId, &Node> =
        metadata.resolve.iter().flat_map(|it| &it.nodes).map(|node| (&node.id, node)).collect();
    let folders: BTreeMap<&PackageId, String> = metadata
        .workspace_packages()
        .into_iter()
        .filter_map(|package| {
            let manifest = package.manifest_path.strip_prefix(&metadata.workspace_root).ok()?;
            Some((&package.id, manifest.parent()?.as_str().replace('\\', "/")))
        })
        .collect();
    let name = |id: &PackageId| metadata[id].name.to_string();
    let mut members = Vec::new();
    for (id, folder) in &folders {
        let uses = used(&nodes, id).filter_map(|used| folders.get(used).cloned()).collect();
        let reaches = reached(&nodes, id)
            .into_iter()
            .map(|(reached, through)| (name(reached), name(through)))
            .collect();
        members.push(Member { folder: folder.clone(), uses, reaches });
    }
    members
}

/// The packages that a package needs to be built; not those of its tests.
fn used<'a>(
    nodes: &BTreeMap<&'a PackageId, &'a Node>,
    id: &PackageId,
) -> impl Iterator<Item = &'a PackageId> + use<'a> {
    let is_needed = |dependency: &&NodeDep| {
        dependency.dep_kinds.iter().any(|it| it.kind != DependencyKind::Development)
    };
    let dependencies = nodes.get(id).map(|node| node.deps.iter());
    dependencies.into_iter().flatten().filter(is_needed).map(|dependency| &dependency.pkg)
}

/// Everything behind a package, nearest first, with the package through which it came in.
fn reached<'a>(
    nodes: &BTreeMap<&'a PackageId, &'a Node>,
    start: &'a PackageId,
) -> Vec<(&'a PackageId, &'a PackageId)> {
    let mut seen = BTreeSet::new();
    let mut waiting = VecDeque::from([start]);
    let mut reached = Vec::new();
    while let Some(through) = waiting.pop_front() {
        for id in used(nodes, through) {
            if seen.insert(id) {
                reached.push((id, through));
                waiting.push_back(id);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::{BTreeMap, Member, check, read};
    use crate::workspace::root;

    fn member(folder: &str, uses: &[&str], reaches: &[(&str, &str)]) -> Member {
        let owned = |(name, through): &(&str, &str)| ((*name).to_owned(), (*through).to_owned());
        Member {
            folder: folder.to_owned(),
            uses: uses.iter().map(|used| (*used).to_owned()).collect(),
            reaches: reaches.iter().map(owned).collect::<BTreeMap<_, _>>(),
        }
    }

    fn faults(folder: &str, used: &str) -> usize {
        check(&[member(folder, &[used], &[])]).len()
    }

    #[test]
    fn dependencies_that_point_inwards_are_in_order() {
        for (folder, used) in [
            ("core/member", "core/kernel"),
            ("core/payment", "core/ordering"),
            ("adapters/sql", "core/payment"),
            ("adapters/setup", "adapters/sql"),
            ("adapters/setup", "event-outbox"),
            ("event-outbox", "core/notification"),
            ("api-server", "adapters/setup"),
            ("api-server", "event-outbox"),
            ("event-outbox/process", "adapters/setup"),
            ("batch", "adapters/setup"),
            ("api-server", "core/cart"),
            ("tests", "api-server"),
            ("xtask", "adapters/gateway-simulator"),
            ("xtask", "tests"),
        ] {
            assert_eq!(faults(folder, used), 0, "{folder} -> {used}");
        }
    }

    #[test]
    fn dependencies_that_point_outwards_are_found() {
        for (folder, used) in [
            ("core/kernel", "core/member"),
            ("core/cart", "core/ordering"),
            ("core/ordering", "adapters/sql"),
            ("core/ordering", "event-outbox"),
            ("adapters/sql", "adapters/runtime"),
            ("adapters/sql", "adapters/setup"),
            ("adapters/sql", "event-outbox"),
            ("adapters/setup", "api-server"),
            ("event-outbox", "adapters/sql"),
            ("api-server", "adapters/sql"),
            ("api-server", "xtask"),
            ("api-server", "tests"),
            ("batch", "api-server"),
            ("tests", "xtask"),
        ] {
            assert_eq!(faults(folder, used), 1, "{folder} -> {used}");
        }
    }

    #[test]
    fn a_package_without_a_place_is_found() {
        assert_eq!(check(&[member("core/wallet", &[], &[])]).len(), 1);
        assert_eq!(check(&[member("helpers", &[], &[])]).len(), 1);
    }

    #[test]
    fn io_behind_the_core_is_found_however_deep() {
        let pure = member("core/cart", &[], &[("serde", "jangbogo-cart"), ("uuid", "serde")]);
        assert_eq!(check(&[pure]), []);
        for name in ["tokio", "tokio-util", "sqlx-core", "reqwest", "rand", "moka"] {
            let findings = check(&[member("core/cart", &[], &[(name, "innocent")])]);
            assert!(matches!(findings.as_slice(), [it] if it.message.contains("`innocent`")));
            assert_eq!(check(&[member("adapters/sql", &[], &[(name, "innocent")])]), []);
        }
    }

    #[test]
    fn the_real_graph_is_read_without_dev_dependencies() {
        let members = read(root()).expect("the workspace can be read");
        let ordering = members.iter().find(|it| it.folder == "core/ordering").expect("is there");
        assert!(ordering.uses.contains(&"core/kernel".to_owned()));
        assert!(!ordering.uses.contains(&"adapters/sql".to_owned()));
        assert!(ordering.reaches.contains_key("thiserror-impl"));
        let sql = members.iter().find(|it| it.folder == "adapters/sql").expect("is there");
        assert!(sql.reaches.contains_key("sqlx-core"));
    }
}
