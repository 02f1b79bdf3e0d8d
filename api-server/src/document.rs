//! The OpenAPI document, made from the handlers and completed with what all of them share.

use utoipa::OpenApi as _;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response};

use crate::problem::{self, CATALOGUE, FieldProblem, ProblemBody};
use crate::routes;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Jangbogo",
        description = "An open commerce backend. Every error is a problem (RFC 9457) with a stable \
            code; lists are keyset pages; a POST that moves stock or money takes an \
            `Idempotency-Key`."
    ),
    components(schemas(ProblemBody, FieldProblem))
)]
struct Document;

/// The description of every endpoint.
pub fn openapi() -> OpenApi {
    let mut document = Document::openapi();
    document.merge(routes::documented().into_openapi());
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("bearer", bearer());
    for (path, item) in &mut document.paths.paths {
        for operation in operations(item) {
            complete(path, operation);
        }
    }
    document
}

fn bearer() -> SecurityScheme {
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("The access_token of POST /api/v1/sessions"));
    SecurityScheme::Http(scheme.build())
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete]
        .into_iter()
        .flatten()
}

/// Adds the answers that middleware and extractors give, and the problem's form to every error.
fn complete(path: &str, operation: &mut Operation) {
    let mut shared = vec![];
    if path.starts_with("/api/") {
        shared.extend(["429", "500", "503", "504"]);
    }
    if operation.security.as_ref().is_some_and(|s| !s.is_empty()) {
        shared.push("401");
    }
    if operation.request_body.is_some() {
        shared.extend(["400", "413", "415"]);
    }
    let responses = &mut operation.responses.responses;
    for status in shared {
        let codes = || format!("`{}`", codes_of(status).join("`, `"));
        responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(Response::new(codes())));
    }
    for (status, response) in responses {
        if let RefOr::T(response) = response
            && status.starts_with(['4', '5'])
            && response.content.is_empty()
        {
            let content = Content::new(Some(Ref::from_schema_name("Problem")));
            response.content.insert(problem::CONTENT_TYPE.to_owned(), content.into());
        }
    }
}

/// The codes that any endpoint may answer with this status.
fn codes_of(status: &str) -> Vec<&'static str> {
    const SHARED: [&str; 13] = [
        "validation-failed",
        "json-malformed",
        "authentication-required",
        "token-invalid",
        "token-expired",
        "session-ended",
        "body-too-large",
        "unsupported-media-type",
        "rate-limited",
        "internal",
        "unavailable",
        "head-too-large",
        "timeout",
    ];
    CATALOGUE
        .iter()
        .filter(|entry| entry.status.to_string() == status && SHARED.contains(&entry.code))
        .map(|entry| entry.code)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn document() -> Value {
        serde_json::to_value(openapi()).unwrap()
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document();
        let mut waiting = vec![&document];
        let mut references = 0;
        while let Some(value) = waiting.pop() {
            match value {
                Value::Object(fields) => {
                    if let Some(Value::String(target)) = fields.get("$ref") {
                        let pointer = target.trim_start_matches('#');
                        assert!(document.pointer(pointer).is_some(), "{target}");
                        references += 1;
                    }
                    waiting.extend(fields.values());
                }
                Value::Array(items) => waiting.extend(items),
                _ => {}
            }
        }
        assert!(references > 20, "{references}");
    }

    #[test]
    fn every_error_has_the_problem_s_form() {
        let document = document();
        assert_eq!(document["openapi"], "3.1.0");
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let responses = operation["responses"].as_object().unwrap();
                let errors = responses.iter().filter(|(s, _)| s.starts_with(['4', '5']));
                for (status, response) in errors {
                    let content = &response["content"][problem::CONTENT_TYPE];
                    assert!(content.is_object(), "{method} {path} {status}");
                }
            }
        }
    }

    #[test]
    fn operations_have_names_of_their_own() {
        let document = document();
        let mut names: Vec<_> = document["paths"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|item| item.as_object().unwrap().values())
            .map(|operation| operation["operationId"].as_str().unwrap().to_owned())
            .collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
