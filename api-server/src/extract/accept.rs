//! Does the client want JSON or a page?

use axum::http::{HeaderMap, header};

/// Whether `Accept` names JSON and no page. Browsers name pages; `*/*` alone says nothing.
pub(crate) fn wants_json(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT);
    let types: Vec<String> = values
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.split(';').next())
        .map(|media_type| media_type.trim().to_ascii_lowercase())
        .collect();
    let names = |wanted: &[&str]| types.iter().any(|t| wanted.contains(&t.as_str()));
    names(&["application/json", "application/problem+json"]) && !names(&["text/html"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_get_json_and_browsers_get_pages() {
        for (accept, json) in [
            ("application/json", true),
            ("application/problem+json", true),
            ("Application/JSON;q=0.9, */*;q=0.1", true),
            ("text/html,application/xhtml+xml,application/json;q=0.9", false),
            ("text/html", false),
            ("*/*", false),
            ("application/*", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(wants_json(&headers), json, "{accept}");
        }
        assert!(!wants_json(&HeaderMap::new()));
    }
}
