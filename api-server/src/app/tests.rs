//! What every answer has, whatever the handler does.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::extract::Json;
use crate::problem::Problem;

const JSON: (&str, &str) = ("content-type", "application/json");

async fn broken() -> &'static str {
    panic!("secret of the house")
}

fn app() -> Router {
    let mut config = Config::default();
    config.server.request_timeout_ms = 300; // only `/slow` takes longer than microseconds
    config.server.body_bytes_max = 100;
    config.server.cors_origins = vec!["https://shop.example".to_owned()];
    let routes = Router::new()
        .route("/fine", get(async || Json(json!({ "text": "x".repeat(500) }))))
        .route("/broken", get(broken))
        .route("/slow", get(std::future::pending::<()>))
        .route("/refused", get(async || Problem::of("out-of-stock")))
        .route("/echo", post(async |body: Json<Value>| body))
        .merge(routes::docs::router())
        .fallback(async || Problem::of("not-found"))
        .method_not_allowed_fallback(async || Problem::of("method-not-allowed"));
    layered(routes, &config, Edge::new(&config, "https://shop.example"))
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn code(&self) -> String {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        let problem: Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["request_id"], self.headers["x-request-id"].to_str().unwrap());
        problem["code"].as_str().unwrap().to_owned()
    }
}

async fn ask(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let (head, body) = app().oneshot(request).await.unwrap().into_parts();
    Answer {
        status: head.status,
        headers: head.headers,
        body: to_bytes(body, 10_000_000).await.unwrap().to_vec(),
    }
}

async fn get_it(path: &str) -> Answer {
    ask("GET", path, &[], "").await
}

#[tokio::test]
async fn a_panic_is_a_problem_without_its_words() {
    let answer = get_it("/broken").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.code(), "internal");
    assert!(!String::from_utf8_lossy(&answer.body).contains("secret"));
}

#[tokio::test]
async fn what_takes_too_long_is_given_up() {
    let answer = get_it("/slow").await;
    assert_eq!(answer.status, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(answer.code(), "timeout");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    assert_eq!(get_it("/nowhere").await.code(), "not-found");
    let answer = ask("DELETE", "/fine", &[], "").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.code(), "method-not-allowed");
    assert_eq!(answer.headers[header::ALLOW], "GET,HEAD");
}

#[tokio::test]
async fn bodies_and_heads_have_limits() {
    let body = |length: usize| format!(r#"{{"x":"{}"}}"#, "x".repeat(length - 8));
    let fits = ask("POST", "/echo", &[JSON], &body(100)).await;
    assert_eq!(fits.status, StatusCode::OK);
    let large = ask("POST", "/echo", &[JSON], &body(101)).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(large.code(), "body-too-large");
    let long = "x".repeat(16 * 1024);
    let answer = ask("GET", "/fine", &[("cookie", &long)], "").await;
    assert_eq!(answer.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    assert_eq!(answer.code(), "head-too-large");
}

#[tokio::test]
async fn a_good_request_id_comes_back_and_a_bad_one_is_replaced() {
    let id = async |given: &[(&str, &str)]| {
        let answer = ask("GET", "/fine", given, "").await;
        let ids: Vec<_> = answer.headers.get_all("x-request-id").iter().collect();
        assert_eq!(ids.len(), 1);
        ids[0].to_str().unwrap().to_owned()
    };
    assert_eq!(id(&[("x-request-id", "mine-1")]).await, "mine-1");
    let long = "x".repeat(65);
    for bad in ["two words", &long] {
        assert_ne!(id(&[("x-request-id", bad)]).await, bad);
    }
    let twice = [("x-request-id", "a"), ("x-request-id", "b")];
    assert!(id(&twice).await.len() > 8);
    assert_ne!(id(&[]).await, id(&[]).await);
}

#[tokio::test]
async fn every_answer_protects_its_reader() {
    for path in ["/fine", "/broken", "/nowhere", "/refused"] {
        let headers = get_it(path).await.headers;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("cache-control", "no-store"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(headers[name], value, "{path} {name}");
        }
    }
}

#[tokio::test]
async fn titles_are_in_the_reader_s_language() {
    let title = async |language| {
        let answer = ask("GET", "/refused", &[("accept-language", language)], "").await;
        let problem: Value = serde_json::from_slice(&answer.body).unwrap();
        problem["title"].as_str().unwrap().to_owned()
    };
    assert_eq!(title("ko-KR,ko;q=0.9").await, "재고가 부족합니다");
    assert_eq!(title("en").await, "Not enough pieces are left");
    assert_eq!(title("fr").await, "Not enough pieces are left");
}

#[tokio::test]
async fn only_listed_origins_may_read() {
    let allowed = async |method, origin| {
        let given = [("origin", origin), ("access-control-request-method", "POST")];
        let answer = ask(method, "/fine", &given, "").await;
        let header = answer.headers.get("access-control-allow-origin");
        header.map(|value| value.to_str().unwrap().to_owned())
    };
    let ours = Some("https://shop.example".to_owned());
    for method in ["GET", "OPTIONS"] {
        assert_eq!(allowed(method, "https://shop.example").await, ours);
        assert_eq!(allowed(method, "https://evil.example").await, None);
    }
}

#[tokio::test]
async fn large_answers_are_compressed_when_asked() {
    for coding in ["gzip", "br"] {
        let answer = ask("GET", "/fine", &[("accept-encoding", coding)], "").await;
        assert_eq!(answer.headers[header::CONTENT_ENCODING], coding);
        assert!(answer.body.len() < 200);
    }
    let plain = get_it("/fine").await.headers;
    assert!(plain.get(header::CONTENT_ENCODING).is_none());
}

#[tokio::test]
async fn the_description_is_served_to_programs_and_people() {
    let document = get_it("/openapi.json").await;
    let served: Value = serde_json::from_slice(&document.body).unwrap();
    assert_eq!(served, serde_json::to_value(crate::openapi()).unwrap());
    assert_eq!(get_it("/docs").await.status, StatusCode::SEE_OTHER);
    let page = get_it("/docs/").await;
    assert_eq!(page.status, StatusCode::OK);
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'self'"), "{policy}");
    let script = get_it("/docs/swagger-initializer.js").await;
    assert!(String::from_utf8_lossy(&script.body).contains("/openapi.json"));
}

#[tokio::test]
async fn requests_are_counted_by_the_address_that_our_proxy_saw() {
    let limits = Arc::new(Limits::new(&jangbogo_setup::LimitsConfig {
        address_per_minute: 1,
        address_burst: 2,
        ..jangbogo_setup::LimitsConfig::default()
    }));
    let routes = Router::new().fallback(async || StatusCode::OK);
    let config = Config::default();
    let edge = Edge { limits: Some((limits, 1)), ..Edge::new(&config, "http://shop.example") };
    let app = layered(routes, &config, edge);
    let ask = async |forwarded: &str| {
        let request = Request::builder().header("x-forwarded-for", forwarded);
        let request = request.body(Body::empty()).unwrap();
        app.clone().oneshot(request).await.unwrap().status()
    };
    assert_eq!(ask("192.0.2.1").await, StatusCode::OK);
    assert_eq!(ask("6.6.6.6, 192.0.2.1").await, StatusCode::OK);
    assert_eq!(ask("7.7.7.7, 192.0.2.1").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask("192.0.2.1, 192.0.2.2").await, StatusCode::OK);
}
