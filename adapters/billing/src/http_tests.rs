//! What answers mean.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::IntoResponse as _;
use axum::routing::post;
use jangbogo_kernel::{Id, Uuid};
use tokio::net::TcpListener;

use super::*;

type Seen = Arc<Mutex<Vec<(String, HeaderMap)>>>;

/// A server that answers like this, and what it was asked.
async fn server(status: u16, body: &'static str) -> (String, Seen) {
    let seen = Seen::default();
    let answer = move |State(seen): State<Seen>, uri: Uri, headers: HeaderMap| async move {
        seen.lock().unwrap().push((uri.path().to_owned(), headers));
        (axum::http::StatusCode::from_u16(status).unwrap(), body).into_response()
    };
    let path = "/internal/v1/billing-cycles/{id}/charge";
    let app = Router::new().route(path, post(answer)).with_state(seen.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, seen)
}

fn cycle() -> CycleId {
    Id::new(Uuid::from_u128(7))
}

fn charges(url: &str) -> HttpCharges {
    let token = SecretString::from("the-service-token-of-this-very-test");
    HttpCharges::new(url, token, Duration::from_secs(5)).unwrap()
}

async fn charged(status: u16, body: &'static str) -> Result<CycleOutcome, ChargeCycleError> {
    charges(&server(status, body).await.0).charge(cycle()).await
}

#[tokio::test]
async fn a_cycle_is_asked_for_by_its_own_key() {
    let (url, seen) = server(200, r#"{"outcome":"charged","firmness":null,"reason":null}"#).await;
    assert_eq!(charges(&url).charge(cycle()).await.unwrap(), CycleOutcome::Charged);
    let seen = seen.lock().unwrap();
    let (path, headers) = &seen[0];
    let id = "cyc_00000000000000000000000000000007";
    assert_eq!(*path, format!("/internal/v1/billing-cycles/{id}/charge"));
    assert_eq!(headers["idempotency-key"], id);
    assert_eq!(headers["authorization"], "Bearer the-service-token-of-this-very-test");
}

#[tokio::test]
async fn outcomes_are_what_the_server_says() {
    for (body, expected) in [
        (r#"{"outcome":"pending"}"#, CycleOutcome::Pending),
        (r#"{"outcome":"left_out"}"#, CycleOutcome::LeftOut),
        (r#"{"outcome":"already_done"}"#, CycleOutcome::AlreadyDone),
        (r#"{"outcome":"not_due"}"#, CycleOutcome::NotDue),
        (
            r#"{"outcome":"not_sent","reason":"breaker"}"#,
            CycleOutcome::NotSent("breaker".to_owned()),
        ),
        (r#"{"outcome":"declined","firmness":"hard"}"#, CycleOutcome::Declined(Firmness::Hard)),
    ] {
        assert_eq!(charged(200, body).await.unwrap(), expected, "{body}");
    }
}

#[tokio::test]
async fn only_what_may_pass_is_worth_another_try() {
    for status in [500, 502, 503, 429] {
        let error = charged(status, "").await.unwrap_err();
        assert!(error.is_passing(), "{status}: {error}");
    }
    for (status, body) in [
        (404, ""),
        (400, ""),
        (302, ""),
        (200, "no JSON"),
        (200, r#"{"outcome":"perhaps"}"#),
        (200, r#"{"outcome":"declined"}"#),
    ] {
        let error = charged(status, body).await.unwrap_err();
        assert!(!error.is_passing(), "{status} {body}: {error}");
    }
    let nobody = charges("http://127.0.0.1:1").charge(cycle()).await.unwrap_err();
    assert!(nobody.is_passing(), "{nobody}");
}
