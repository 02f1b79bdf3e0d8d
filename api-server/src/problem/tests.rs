//! What leaves and what stays inside.

use std::collections::BTreeMap;
use std::path::Path;

use axum::body::to_bytes;
use jangbogo_kernel::StoreError;
use jangbogo_member::{AccessError, EmailAddress, Role};
use serde_json::Value;

use super::*;

async fn sent(problem: Problem) -> (Response<()>, Value) {
    let (head, body) = problem.into_response().into_parts();
    let body = to_bytes(body, 65_536).await.unwrap();
    (Response::from_parts(head, ()), serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn internals_never_leave() {
    let defect = StoreError::new("save an order", "constraint orders_total of table orders");
    let (head, body) = sent(defect.into()).await;
    assert_eq!(head.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(head.headers()[header::CONTENT_TYPE], CONTENT_TYPE);
    assert_eq!(body["code"], "internal");
    assert_eq!(body["type"], "https://jangbogo.dev/problems/internal");
    for secret in ["order", "constraint", "save"] {
        assert!(!body.to_string().contains(secret), "{body}");
    }
}

#[tokio::test]
async fn an_outage_says_when_to_try_again() {
    let (head, body) = sent(StoreError::conflict("save").into()).await;
    assert_eq!(head.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(head.headers()[header::RETRY_AFTER], "1");
    assert_eq!(body["code"], "unavailable");
}

#[tokio::test]
async fn a_refused_field_is_pointed_at() {
    let (head, body) = sent(EmailAddress::parse("nobody").unwrap_err().into()).await;
    assert_eq!(head.status(), StatusCode::BAD_REQUEST);
    assert_eq!(body["errors"][0]["pointer"], "/email");
    assert_eq!(body["detail"], body["errors"][0]["detail"]);
}

#[tokio::test]
async fn who_is_not_logged_in_is_told_how() {
    let (head, _) = sent(Problem::of("authentication-required")).await;
    assert_eq!(head.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(head.headers()[header::WWW_AUTHENTICATE], "Bearer");
}

#[tokio::test]
async fn refusals_speak_for_themselves() {
    let (head, body) = sent(AccessError::RoleNeeded(Role::Seller).into()).await;
    assert_eq!(head.status(), StatusCode::FORBIDDEN);
    assert_eq!(body["detail"], "this needs the role seller");
    assert!(body.get("errors").is_none() && body.get("request_id").is_none());
}

/// The codes of all `fault!` lists and hand-written `Fault`s below a folder, with the statuses that
/// their kinds give (none for hand-written ones).
fn codes_below(folder: &Path, found: &mut BTreeMap<String, Vec<u16>>) {
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            codes_below(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
                codes_in(line, found);
            }
        }
    }
}

fn codes_in(line: &str, found: &mut BTreeMap<String, Vec<u16>>) {
    let kinds = [
        ("Invalid", 400),
        ("Unauthenticated", 401),
        ("Forbidden", 403),
        ("NotFound", 404),
        ("Conflict", 409),
        ("Unprocessable", 422),
        ("RateLimited", 429),
        ("Unavailable", 503),
        ("Internal", 500),
    ];
    for (kind, status) in kinds {
        let listed = format!(": {kind} = \"");
        for rest in line.split(&listed).skip(1) {
            let code = rest.split('"').next().unwrap();
            found.entry(code.to_owned()).or_default().push(status);
        }
    }
    // Hand-written: `Self::… => "some-code",` – only codes have hyphens there.
    if let Some((_, rest)) = line.split_once("=> \"") {
        let code = rest.split('"').next().unwrap();
        let kebab = |c: char| c == '-' || c.is_ascii_lowercase();
        if line.contains("Self::") && code.contains('-') && code.chars().all(kebab) {
            found.entry(code.to_owned()).or_default();
        }
    }
}

#[test]
fn every_code_of_the_core_is_in_the_catalogue() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = BTreeMap::new();
    for folder in ["core", "adapters/runtime"] {
        codes_below(&root.join(folder), &mut found);
    }
    assert!(found.len() > 30, "the search is broken: {found:?}");
    for (code, statuses) in found {
        // A mail's refusal and the doc examples never reach an HTTP answer.
        if code == "mail-refused" {
            continue;
        }
        let entry = entry(&code).unwrap_or_else(|| panic!("{code} is not in the catalogue"));
        let fits = statuses.is_empty() || statuses.contains(&entry.status);
        assert!(fits, "{code}: {} is none of {statuses:?}", entry.status);
    }
}
