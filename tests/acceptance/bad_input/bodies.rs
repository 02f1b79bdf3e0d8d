//! What can be wrong with a body whatever it is for, made from a good one.

use serde_json::{Value, json};

use super::endpoints::Endpoint;
use super::world::{BODY_BYTES_MAX, Expected};

/// What is wrong, the body, and the answer.
pub(super) type Case = (String, Vec<u8>, Expected);

/// Fields that answers and rows have and no request may set.
const EXTRA: [&str; 16] = [
    "surprise",
    "id",
    "member",
    "member_id",
    "role",
    "is_admin",
    "password_hash",
    "seller",
    "seller_id",
    "status",
    "price",
    "sales",
    "available",
    "version",
    "created_at",
    "updated_at",
];

/// Good JSON of the wrong form.
pub(super) fn wrong_bodies(endpoint: &Endpoint) -> Vec<Case> {
    let good = &endpoint.good;
    let fields = good.as_object().unwrap();
    let mut cases = vec![];
    for (name, value) in fields {
        for wrong in wrong_values(value) {
            let mut body = good.clone();
            body[name] = wrong.clone();
            cases.push(case(format!("{name} is {wrong}"), &body, Expected::field(name)));
        }
        if !endpoint.nullable.contains(&name.as_str()) {
            let mut body = good.clone();
            body[name] = Value::Null;
            cases.push(case(format!("{name} is null"), &body, Expected::field(name)));
        }
        if endpoint.required.contains(&name.as_str()) {
            let mut body = good.clone();
            body.as_object_mut().unwrap().remove(name);
            cases.push(case(format!("{name} is missing"), &body, Expected::field(name)));
        }
        let text = good.to_string();
        let twice = format!("{},{}:{value}}}", &text[..text.len() - 1], json!(name));
        let twice = (format!("{name} is there twice"), twice.into_bytes(), invalid());
        cases.push(twice);
    }
    for extra in EXTRA.iter().filter(|extra| !fields.contains_key(**extra)) {
        let mut body = good.clone();
        body[*extra] = 1.into();
        cases.push(case(format!("{extra} is unknown"), &body, Expected::field(extra)));
    }
    let values: Vec<_> = fields.values().cloned().collect();
    for whole in
        [json!([]), json!(values), json!([good]), json!("x"), json!(7), json!(true), json!(null)]
    {
        cases.push(case(format!("the body is {whole}"), &whole, invalid()));
    }
    cases
}

fn case(what: String, body: &Value, expected: Expected) -> Case {
    (what, body.to_string().into_bytes(), expected)
}

fn invalid() -> Expected {
    Expected::new(400, "validation-failed")
}

/// Values of every other type, and numbers that do not fit.
fn wrong_values(good: &Value) -> Vec<Value> {
    let beyond = json!(u64::try_from(i64::MAX).unwrap() + 1);
    let all = vec![
        json!(true),
        json!("7"),
        json!("text"),
        json!(7),
        json!(7.5),
        json!(1e308),
        json!(-1e308),
        beyond,
        json!([7]),
        json!([[]]),
        json!({"surprise": 7}),
    ];
    let is_whole = |value: &Value| value.as_i64().is_some();
    let same = |value: &Value| match good {
        Value::String(_) => value.is_string(),
        Value::Number(_) => is_whole(value),
        Value::Bool(_) => value.is_boolean(),
        _ => false,
    };
    all.into_iter().filter(|value| !same(value)).collect()
}

/// Bytes that are not JSON, or not only, or too many.
pub(super) fn broken_bodies(endpoint: &Endpoint) -> Vec<Case> {
    let good = endpoint.good.to_string();
    let first = endpoint.good.as_object().unwrap().keys().next().unwrap();
    let field = |value: &str| format!("{{\"{first}\": {value}}}");
    let malformed = [
        ("nothing", String::new()),
        ("blank", " \n".to_owned()),
        ("an open brace", "{".to_owned()),
        ("half of it", good[..good.len() - 1].to_owned()),
        ("a comma too many", format!("{},}}", &good[..good.len() - 1])),
        ("no value", field("")),
        ("not a number", field("NaN")),
        ("half a character", field("\"\\ud800\"")),
        ("a line break in a text", field("\"a\nb\"")),
        ("a number without end", field("1e400")),
        ("a comment", format!("/* hello */ {good}")),
        ("single quotes", format!("{{'{first}': 1}}")),
        ("a form", format!("{first}=7")),
        ("XML", "<?xml version=\"1.0\"?><a/>".to_owned()),
        ("a mark of byte order", format!("\u{feff}{good}")),
    ];
    let mut cases: Vec<_> = malformed
        .into_iter()
        .map(|(what, body)| {
            (what.to_owned(), body.into_bytes(), Expected::new(400, "json-malformed"))
        })
        .collect();
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    for (what, body) in [
        ("more behind it", format!("{good} {good}")),
        ("rubbish behind it", format!("{good} x")),
        ("depth", deep.clone()),
        ("depth in a field", field(&deep)),
        ("depth in an unknown field", format!("{{\"surprise\": {deep}}}")),
    ] {
        cases.push((what.to_owned(), body.into_bytes(), Expected::status(400)));
    }
    let no_text = [format!("{{\"{first}\": \"").as_bytes(), &[0xff, 0xfe], b"\"}"].concat();
    cases.push(("no UTF-8".to_owned(), no_text, Expected::status(400)));
    let padded = good + &" ".repeat(BODY_BYTES_MAX);
    let large = Expected::new(413, "body-too-large");
    cases.push(("too large".to_owned(), padded.into_bytes(), large));
    cases
}

/// Content types that are not JSON.
pub(super) fn wrong_types() -> Vec<(&'static str, Option<&'static str>)> {
    vec![
        ("no type", None),
        ("plain text", Some("text/plain")),
        ("a form", Some("application/x-www-form-urlencoded")),
        ("parts of a form", Some("multipart/form-data; boundary=x")),
        ("JSON as text", Some("text/json")),
        ("nonsense", Some("json")),
    ]
}
