//! What a core crate demands is asked of an adapter: its source is read, so that a contract that
//! was added and forgotten here is found.

use std::fs::{read_dir, read_to_string};
use std::path::{Path, PathBuf};

use crate::{credentials, gateway, locks, mail, postgres, runtime, shared_cache, sqlite, visitors};

/// What is listed for the core crate in this folder, beside what stores are asked for.
fn listed(folder: &str) -> Vec<&'static str> {
    let lists: &[&[&str]] = match folder {
        "kernel" => &[
            runtime::LISTED,
            locks::process::LISTED,
            locks::redis::LISTED,
            locks::shop_with_redis::LISTED,
            locks::shop_without_redis::LISTED,
            shared_cache::LISTED,
        ],
        "job" => &[runtime::timetable::LISTED],
        "member" => &[credentials::LISTED],
        "catalog" => &[visitors::LISTED, visitors::memory::LISTED, visitors::redis::LISTED],
        "payment" => &[gateway::LISTED],
        "notification" => &[mail::LISTED],
        _ => &[],
    };
    lists.concat()
}

#[test]
fn every_contract_function_is_asked_of_an_adapter() {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core");
    let mut forgotten = Vec::new();
    for folder in sorted(&core) {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let demanded = demanded_in(&folder.join("src"));
        assert!(!demanded.is_empty(), "core/{name} demands nothing of its adapters");
        for store in [sqlite::listed(&name), postgres::listed(&name)] {
            let listed = [listed(&name), store.to_vec()].concat();
            let missing = demanded.iter().filter(|one| !listed.contains(&one.as_str()));
            forgotten.extend(missing.map(|one| format!("{name}::{one}")));
        }
    }
    assert!(forgotten.is_empty(), "no adapter is asked for {forgotten:#?}");
}

/// The contract functions below a crate's `src`.
fn demanded_in(src: &Path) -> Vec<String> {
    let mut files = vec![src.join("contract.rs")];
    let more = src.join("contract");
    if more.is_dir() {
        files.extend(sorted(&more));
    }
    let texts = files.iter().map(|file| read_to_string(file).unwrap());
    texts.flat_map(|text| demanded(&text)).collect()
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> =
        read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

/// Names of the free public functions that return nothing but their verdict; whatever returns more
/// only helps them.
fn demanded(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for piece in format!("\n{text}").split("\npub ").skip(1) {
        let piece = piece.strip_prefix("async ").unwrap_or(piece);
        let Some((head, _)) = piece.split_once(" {\n") else { continue };
        let Some(head) = head.strip_prefix("fn ") else { continue };
        let verdict = head.rsplit_once(" -> ").map(|(_, returned)| returned.trim());
        if matches!(verdict, None | Some("Result<(), StoreError>" | "Result<(), ProviderError>")) {
            let name = head.split(['(', '<']).next().unwrap_or_default();
            found.push(name.to_owned());
        }
    }
    found
}

#[test]
fn demands_are_read_and_helpers_are_not() {
    let text = "pub fn at_once(a: &dyn A) {\n}\n\n\
        pub async fn later(\n    a: &dyn A,\n) -> Result<(), StoreError> {\n}\n\
        pub async fn helper() -> Result<A, StoreError> {\n}\n\
        impl A {\n    pub async fn method() {\n    }\n}\n\
        fn own() {\n}\npub struct B {\n}\n";
    assert_eq!(demanded(text), ["at_once", "later"]);
}
