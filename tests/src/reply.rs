//! What came back over HTTP, with the questions that tests ask of it.

use std::ops::Index;

use reqwest::header::HeaderMap;
use serde_json::Value;

/// A response, read to its end.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
    /// The body as JSON; null when it is not JSON.
    pub json: Value,
}

impl Reply {
    /// Reads a response to its end.
    pub async fn of(response: reqwest::Response) -> Self {
        Self::read(response).await.unwrap()
    }

    /// Reads a response to its end, which may not come.
    pub async fn read(response: reqwest::Response) -> Result<Self, reqwest::Error> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await?;
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Self { status, headers, text, json })
    }

    /// Demands this status and gives the reply back.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Demands a problem document with this status and code.
    #[track_caller]
    pub fn expect_problem(self, status: u16, code: &str) -> Self {
        let found = (self.status, self.json["code"].as_str());
        assert_eq!(found, (status, Some(code)), "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.json["status"], status);
        for member in ["type", "title", "request_id"] {
            assert!(self.json[member].is_string(), "a problem has `{member}`: {}", self.text);
        }
        let detail = self.json.get("detail");
        assert!(detail.is_none_or(Value::is_string), "a detail is words: {}", self.text);
        self
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Where a redirect leads.
    #[track_caller]
    pub fn location(&self) -> String {
        self.header("location").expect("a redirect has a location").to_owned()
    }

    /// A text of the JSON body.
    #[track_caller]
    pub fn text_at(&self, pointer: &str) -> String {
        let found = self.json.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("no text {pointer} in {}", self.text)).to_owned()
    }
}

impl Index<&str> for Reply {
    type Output = Value;

    fn index(&self, member: &str) -> &Value {
        &self.json[member]
    }
}
