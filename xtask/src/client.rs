//! A small HTTP client of the shop, for the demo and the benches.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Method, StatusCode, redirect};
use serde_json::Value;

/// Speaks to one shop, for one member once a token is set.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
}

/// What came back.
pub(crate) struct Reply {
    /// The status.
    pub(crate) status: StatusCode,
    /// Where a redirect leads.
    pub(crate) location: Option<String>,
    /// The body as text.
    pub(crate) body: String,
}

/// Makes every request's idempotency key its own.
static KEYS: AtomicU64 = AtomicU64::new(1);

impl Client {
    /// A client of the shop at `url`; follows no redirects.
    pub(crate) fn new(url: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            // The benches measure the shop, not the unpacking of its answers.
            .gzip(false)
            .timeout(Duration::from_secs(30))
            .build()?;
        Ok(Self { http, url: url.to_owned(), token: None })
    }

    /// From now on acts for the member with this access token.
    pub(crate) fn bearer(&mut self, token: String) {
        self.token = Some(token);
    }

    /// Gets a page of the API.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Reply> {
        self.send(Method::GET, path, None).await
    }

    /// Posts JSON to the API, under an idempotency key of its own.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Reply> {
        self.send(Method::POST, path, Some(body)).await
    }

    /// Sends a request to the API.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Reply> {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            let key = KEYS.fetch_add(1, Ordering::Relaxed);
            let key = format!("xtask-{}-{key:016}", std::process::id());
            request = request.header("Idempotency-Key", key).json(body);
        }
        Reply::of(request.send().await?).await
    }

    /// Visits any page as a browser does, without the member's token.
    pub(crate) async fn visit(&self, method: Method, url: &str) -> anyhow::Result<Reply> {
        let url = if url.starts_with('/') { format!("{}{url}", self.url) } else { url.to_owned() };
        let request = self.http.request(method, url).header("Accept", "text/html");
        Reply::of(request.send().await?).await
    }
}

impl Reply {
    async fn of(response: reqwest::Response) -> anyhow::Result<Self> {
        let location = response.headers().get("location").and_then(|l| l.to_str().ok());
        let location = location.map(str::to_owned);
        let status = response.status();
        Ok(Self { status, location, body: response.text().await? })
    }
}
