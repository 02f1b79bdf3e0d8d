//! KakaoPay's error answer: `{"error_code", "error_message", "extras"}`.

use serde_json::Value;

use super::code;
use crate::wire::failure::Refusal;
use crate::wire::json;

/// Reads an error answer; only the code must be there. The words are those of the bank or card
/// company as well.
pub(super) fn read(body: &Value) -> Option<Refusal> {
    let code = json::int(body.get("error_code")?)?;
    let extras = body.get("extras");
    let text = |value: Option<&Value>| value.and_then(json::text).filter(|t| !t.is_empty());
    let method_code = text(extras.and_then(|e| e.get("method_result_code")));
    let method_words = text(extras.and_then(|e| e.get("method_result_message")));
    let mut message = text(body.get("error_message")).unwrap_or_default();
    let method: Vec<&str> =
        [&method_code, &method_words].into_iter().flatten().map(String::as_str).collect();
    if !method.is_empty() {
        message = format!("{message} ({})", method.join(": "));
    }
    Some(Refusal::new(code.to_string(), &message, code::class(code, method_code.as_deref())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::failure::CodeClass;
    use serde_json::json;

    #[test]
    fn error_bodies_are_read_in_all_their_shapes() {
        let cases = [
            (
                json!({"error_code": -780, "error_message": "approval failure!", "extras":
                    {"method_result_code": "USER_LOCKED", "method_result_message": "진행중"}}),
                "approval failure! (USER_LOCKED: 진행중)",
                CodeClass::Closed,
            ),
            (
                json!({"error_code": "-780", "error_message": "approval failure!", "other": 1}),
                "approval failure!",
                CodeClass::Soft,
            ),
            (
                json!({"error_code": -780, "error_message": null, "extras": null}),
                "",
                CodeClass::Soft,
            ),
            (json!({"error_code": "-780", "extras": "none"}), "", CodeClass::Soft),
            (
                json!({"error_code": -780, "error_message": "no",
                    "extras": {"method_result_code": "0010", "method_result_message": null}}),
                "no (0010)",
                CodeClass::Unknown,
            ),
            (
                json!({"error_code": -780, "extras": {"method_result_code": 8350}}),
                " (8350)",
                CodeClass::Hard,
            ),
        ];
        for (body, message, class) in cases {
            let expected = Refusal::new("-780".to_owned(), message, class);
            assert_eq!(read(&body), Some(expected), "{body}");
        }
        for body in [
            json!({}),
            json!([]),
            json!({"error_code": null}),
            json!({"error_code": "failure"}),
            json!({"code": -780, "msg": "the old API"}),
        ] {
            assert_eq!(read(&body), None, "{body}");
        }
    }
}
