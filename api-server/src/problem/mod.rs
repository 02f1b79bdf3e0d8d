//! The only place where errors become HTTP answers (RFC 9457).
//!
//! An error's kind decides the status, its code is public and stable, and what is inside of a
//! defect or an outage is logged here and never sent.

mod catalogue;

use std::any::Any;
use std::borrow::Cow;
use std::error::Error;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jangbogo_catalog::ProductError;
use jangbogo_kernel::{ErrorKind, Fault};
use jangbogo_member::FieldError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::context;
pub(crate) use catalogue::{CATALOGUE, entry};

/// The media type of every problem.
pub(crate) const CONTENT_TYPE: &str = "application/problem+json";

const TYPE_BASE: &str = "https://jangbogo.dev/problems/";

/// A refusal or failure on its way to the client.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    code: &'static str,
    status: StatusCode,
    detail: Option<Cow<'static, str>>,
    errors: Vec<FieldProblem>,
    retry_after_s: Option<u64>,
    providers: Vec<String>,
}

/// How a problem looks on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// Address that names the kind of problem; ends in the code.
    #[schema(examples("https://jangbogo.dev/problems/out-of-stock"))]
    r#type: String,
    /// What the code means, in the language that the client asked for.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// A stable word for programs.
    #[schema(examples("out-of-stock"))]
    code: &'static str,
    /// What went wrong this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Cow<'static, str>>,
    /// The request's `X-Request-Id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// The fields that were refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    /// Payment providers that can be chosen instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    providers: Vec<String>,
}

/// A field that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldProblem {
    /// JSON pointer (RFC 6901) into the request; for a query parameter its name after a slash.
    #[schema(examples("/lines/0/quantity"))]
    pub(crate) pointer: String,
    /// The rule.
    pub(crate) detail: String,
}

impl Problem {
    /// A problem that is born at the HTTP edge; status and title are the catalogue's.
    pub(crate) fn of(code: &'static str) -> Self {
        let status = entry(code).map_or(500, |entry| entry.status);
        Self {
            code,
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            detail: None,
            errors: Vec::new(),
            retry_after_s: None,
            providers: Vec::new(),
        }
    }

    /// A refused field of the request's top level.
    pub(crate) fn field(field: &str, rule: impl Into<String>) -> Self {
        Self::at(format!("/{field}"), rule)
    }

    /// A refused field anywhere, by its JSON pointer, for example `/lines/0/quantity`.
    pub(crate) fn at(pointer: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::of("validation-failed").with_detail(rule.into()).pointing_at(pointer)
    }

    /// Points at the field that is to blame.
    pub(crate) fn pointing_at(mut self, pointer: impl Into<String>) -> Self {
        let detail = self.detail.as_deref().unwrap_or_default().to_owned();
        let pointer = pointer.into();
        self.errors.push(FieldProblem { pointer, detail });
        self
    }

    /// Says what went wrong this time.
    pub(crate) fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says after how many seconds trying again may help.
    pub(crate) fn with_retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds.max(1));
        self
    }

    /// Says which payment providers can be chosen instead.
    pub(crate) fn with_providers(mut self, names: Vec<String>) -> Self {
        self.providers = names;
        self
    }

    /// The stable code.
    #[cfg(test)]
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// The title in the language of the request at hand.
    pub(crate) fn title(&self) -> &'static str {
        entry(self.code).map_or(self.code, |entry| entry.title(context::language()))
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// What went wrong this time, if anything can be said.
    #[cfg(test)]
    pub(crate) fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// The refused fields.
    #[cfg(test)]
    pub(crate) fn errors(&self) -> &[FieldProblem] {
        &self.errors
    }
}

/// The one table of kinds and statuses.
const fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Invalid => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl<E: Fault + Send + Sync + 'static> From<E> for Problem {
    fn from(error: E) -> Self {
        let (kind, code) = (error.kind(), error.code());
        if let Some((field, rule)) = refused_field(&error) {
            return Self::field(field, rule);
        }
        let mut problem = Self::of(code);
        problem.status = status_of(kind);
        match kind {
            ErrorKind::Internal => {
                tracing::error!(code, error = with_causes(&error), "a request failed");
                problem.with_detail("this is our fault; it has been noted")
            }
            ErrorKind::Unavailable => {
                tracing::warn!(code, error = with_causes(&error), "a request cannot be served now");
                problem
                    .with_detail("this cannot be done right now; try again in a moment")
                    .with_retry_after(1)
            }
            ErrorKind::RateLimited => problem.with_detail(error.to_string()).with_retry_after(1),
            _ => problem.with_detail(error.to_string()),
        }
    }
}

fn refused_field(error: &dyn Any) -> Option<(&'static str, &'static str)> {
    let of_member = error.downcast_ref::<FieldError>().map(|e| (e.field, e.rule));
    let of_product = || error.downcast_ref::<ProductError>().map(|e| (e.field, e.rule));
    of_member.or_else(of_product)
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.title();
        let body = ProblemBody {
            r#type: format!("{TYPE_BASE}{}", self.code),
            title,
            status: self.status.as_u16(),
            code: self.code,
            detail: self.detail,
            request_id: context::request_id(),
            errors: self.errors,
            providers: self.providers,
        };
        // Strings and numbers always serialise; an empty body would still carry the status.
        let bytes = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (self.status, bytes).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

#[cfg(test)]
mod tests;
