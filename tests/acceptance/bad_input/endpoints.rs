//! Every endpoint that takes a body, with a good one and with what its own rules refuse.

use jangbogo_tests::Actor;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::bodies::Case;
use super::recurring;
use super::world::{Expected, World};

pub(super) struct Endpoint {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) id: String,
    pub(super) who: Who,
    /// A body that is not refused for its form.
    pub(super) good: Value,
    /// The answer to it.
    pub(super) answers: u16,
    pub(super) required: &'static [&'static str],
    /// Fields that may be null.
    pub(super) nullable: &'static [&'static str],
    /// Field, value and the answer.
    pub(super) refused: Refused,
}

#[derive(Clone, Copy)]
pub(super) enum Who {
    Visitor,
    Buyer,
    Seller,
}

impl Endpoint {
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The request without a body.
    pub(super) fn request(&self, world: &World) -> RequestBuilder {
        let visitor = world.shop.visitor();
        let actor = match self.who {
            Who::Visitor => &visitor,
            Who::Buyer => &world.buyer,
            Who::Seller => &world.seller,
        };
        let path = self.path.replace("{id}", &self.id).replace("{product_id}", &self.id);
        let request = actor.request(self.method.clone(), &path);
        request.header("Idempotency-Key", Actor::new_key())
    }

    /// Bodies of a good form that break a rule.
    pub(super) fn refused(&self) -> Vec<Case> {
        let refused = self.refused.iter().map(|(field, value, expected)| {
            let mut body = self.good.clone();
            body[*field] = value.clone();
            let mut what = format!("{field} is {value}");
            what.truncate(what.floor_char_boundary(100));
            (what, body.to_string().into_bytes(), expected.clone())
        });
        refused.collect()
    }
}

pub(super) type Refused = Vec<(&'static str, Value, Expected)>;

/// Values of one field that its own rule refuses.
pub(super) fn of(field: &'static str, values: impl IntoIterator<Item = Value>) -> Refused {
    let refused = values.into_iter().map(|value| (field, value, Expected::field(field)));
    refused.collect()
}

pub(super) fn texts(field: &'static str, values: &[&str]) -> Refused {
    of(field, values.iter().map(|value| json!(value)))
}

pub(super) fn numbers(field: &'static str, values: &[i64]) -> Refused {
    of(field, values.iter().map(|value| json!(value)))
}

/// Values that are refused for another reason than their form.
pub(super) fn because(
    field: &'static str,
    values: &[Value],
    status: u16,
    code: &'static str,
) -> Refused {
    let refused = values.iter().map(|value| (field, value.clone(), Expected::new(status, code)));
    refused.collect()
}

pub(super) fn all(world: &World) -> Vec<Endpoint> {
    let things = [
        addresses(world),
        sessions(world),
        products(world),
        pieces(world),
        recurring::begun(world),
        recurring::changed(world),
    ];
    members().into_iter().chain(things.into_iter().flatten()).collect()
}

fn bad_passwords(field: &'static str) -> Refused {
    let long = "x".repeat(257);
    texts(field, &["", "short7!", "password1", "PASSWORD1", &long])
}

fn bad_nicknames() -> Refused {
    let long = "x".repeat(21);
    let huge = "x".repeat(50_000);
    texts(
        "nickname",
        &[
            "",
            " ",
            "a",
            "a b",
            "<b>x</b>",
            "a\0b",
            "a\nb",
            "'; --",
            "a@b",
            "한\u{200b}글",
            &long,
            &huge,
        ],
    )
}

fn bad_phones() -> Refused {
    texts(
        "phone",
        &["1", "010-1234", "+", "01012345678901234", "０１０１２３４５６７８", "010-abcd-5678"],
    )
}

fn members() -> [Endpoint; 4] {
    let long = format!("{}@example.com", "x".repeat(65));
    let huge = format!("{}@example.com", "x".repeat(50_000));
    let emails = texts(
        "email",
        &[
            "",
            "x",
            "x@",
            "@example.com",
            "x@example",
            "x@@example.com",
            "x y@example.com",
            "x@example..com",
            "x@example.com\r\nBcc: y@example.com",
            "x\0@example.com",
            "x@example.com, y@example.com",
            "<x@example.com>",
            &long,
            &huge,
        ],
    );
    let sign_up = Endpoint {
        method: Method::POST,
        path: "/api/v1/members",
        id: String::new(),
        who: Who::Visitor,
        good: json!({"email": "new@example.com", "password": Actor::PASSWORD, "nickname": "새사람"}),
        answers: 201,
        required: &["email", "password", "nickname"],
        nullable: &[],
        refused: [emails, bad_passwords("password"), bad_nicknames()].concat(),
    };
    let me = |method, path, good, required, refused| Endpoint {
        method,
        path,
        id: String::new(),
        who: Who::Buyer,
        good,
        answers: 422,
        required,
        nullable: &[],
        refused,
    };
    let edit = Endpoint {
        answers: 200,
        nullable: &["nickname", "phone"],
        ..me(
            Method::PATCH,
            "/api/v1/members/me",
            json!({"nickname": "새이름", "phone": "010-1234-5678"}),
            &[],
            [bad_nicknames(), bad_phones()].concat(),
        )
    };
    let long = "x".repeat(257);
    let change = me(
        Method::PUT,
        "/api/v1/members/me/password",
        json!({"current_password": "not the password", "new_password": "cheonghaejin 828"}),
        &["current_password", "new_password"],
        [bad_passwords("new_password"), texts("current_password", &["", &long])].concat(),
    );
    let leave = me(
        Method::DELETE,
        "/api/v1/members/me",
        json!({"password": "not the password"}),
        &["password"],
        texts("password", &["", &long]),
    );
    [sign_up, edit, change, leave]
}

fn addresses(world: &World) -> [Endpoint; 2] {
    let (long_name, long_line) = ("x".repeat(51), "x".repeat(201));
    let refused = || {
        [
            texts("name", &["", " ", "a\nb", "a\0b", "\u{7f}", &long_name]),
            bad_phones(),
            texts("phone", &[""]),
            texts("postcode", &["", "1234", "123456", "1234a", "１２３４５", "-1234", "12 345"]),
            texts("address1", &["", " ", "a\r\nb", "a\0b", &long_line]),
            texts("address2", &["a\nb", "a\0b", &long_line]),
        ]
        .concat()
    };
    let mut good = Actor::receiver();
    good["is_default"] = true.into();
    let endpoint = |method, path, answers, id: &str| Endpoint {
        method,
        path,
        id: id.to_owned(),
        who: Who::Buyer,
        good: good.clone(),
        answers,
        required: &["name", "phone", "postcode", "address1"],
        nullable: &[],
        refused: refused(),
    };
    let add = endpoint(Method::POST, "/api/v1/members/me/addresses", 201, "");
    let path = "/api/v1/members/me/addresses/{id}";
    [add, endpoint(Method::PUT, path, 200, &world.address)]
}

fn sessions(world: &World) -> [Endpoint; 2] {
    let long = "x".repeat(257);
    let wrong = [json!("x"), json!("wando island 829"), json!("' OR 1=1 --"), json!("\0")];
    let unknown = [json!("nobody@example.com"), json!("'--@example.com")];
    let refused = [
        texts("email", &["", "x", "x@example", "x@example.com\0"]),
        texts("password", &["", &long]),
        because("password", &wrong, 401, "credentials-refused"),
        because("email", &unknown, 401, "credentials-refused"),
    ]
    .concat();
    let visitor = |path, good, answers, required, refused| Endpoint {
        method: Method::POST,
        path,
        id: String::new(),
        who: Who::Visitor,
        good,
        answers,
        required,
        nullable: &[],
        refused,
    };
    let password = Actor::PASSWORD;
    let log_in = visitor(
        "/api/v1/sessions",
        json!({"email": world.buyer.email(), "password": password}),
        201,
        &["email", "password"],
        refused,
    );
    let dead = ["", "x", "rt_", "rt_\0", "rt_AAAA", "rt_../..", "' OR 1=1 --"].map(|t| json!(t));
    let refresh = visitor(
        "/api/v1/sessions/refresh",
        json!({"refresh_token": world.buyer.refresh_token()}),
        200,
        &["refresh_token"],
        because("refresh_token", &dead, 401, "refresh-token-refused"),
    );
    [log_in, refresh]
}

const PRICES: [i64; 6] = [0, -1, -12_900, 1_000_000_001, i64::MAX, i64::MIN];

fn bad_products() -> Refused {
    let (long_line, long_maker) = ("x".repeat(201), "x".repeat(101));
    let (long_text, long_url) = ("x".repeat(10_001), format!("https://{}", "x".repeat(500)));
    let long_statement = json!({"storage": "x".repeat(2_001)});
    [
        texts("name", &["", " ", "a\nb", "a\0b", "a\u{1b}[0m", &long_line]),
        texts("name_en", &["a\nb", "a\0b", &long_line]),
        texts("maker", &["", "\t", "a\nb", &long_maker]),
        texts("description", &["a\0b", "a\rb", &long_text]),
        texts(
            "image_url",
            &[
                "x",
                "//example.com/a.png",
                "javascript:alert(1)",
                "ftp://example.com/a.png",
                "https://example.com/a b",
                "https://example.com/\"><script>",
                &long_url,
            ],
        ),
        of(
            "categories",
            [
                json!(["shoes"]),
                json!([""]),
                json!(["EYE"]),
                json!(["eye", "bone", "skin", "liver"]),
            ],
        ),
        of("attributes", [long_statement, json!({"storage": "a\0b"}), json!({"storage": null})]),
        numbers("original_price", &PRICES),
        numbers("discount_bps", &[-1, 10_000, 10_001, 4_294_967_296, i64::MAX, i64::MIN]),
    ]
    .concat()
}

fn products(world: &World) -> [Endpoint; 2] {
    let good = json!({
        "name": "오메가3", "name_en": "Omega 3", "maker": "참들녘", "description": "줄\n줄\t끝",
        "image_url": "https://example.com/omega.png", "categories": ["brain"],
        "attributes": {"main_function": "혈행 개선", "storage": "실온"},
        "original_price": 9_900, "discount_bps": 500, "stock": 3,
    });
    let stocks = [-1, 1_000_000_001, i64::MAX, i64::MIN].map(|pieces| json!(pieces));
    let add = Endpoint {
        method: Method::POST,
        path: "/api/v1/products",
        id: String::new(),
        who: Who::Seller,
        good: good.clone(),
        answers: 201,
        required: &["name", "maker", "original_price", "stock"],
        nullable: &[
            "name_en",
            "description",
            "image_url",
            "categories",
            "attributes",
            "discount_bps",
        ],
        refused: [bad_products(), because("stock", &stocks, 422, "stock-out-of-range")].concat(),
    };
    let mut changes = good;
    changes.as_object_mut().unwrap().remove("stock");
    let edit = Endpoint {
        method: Method::PATCH,
        path: "/api/v1/products/{id}",
        id: world.product.clone(),
        who: Who::Seller,
        good: changes,
        answers: 200,
        required: &[],
        nullable: &[
            "name",
            "name_en",
            "maker",
            "description",
            "image_url",
            "categories",
            "attributes",
            "original_price",
            "discount_bps",
        ],
        // Stock is changed by differences only.
        refused: [bad_products(), numbers("stock", &[0, 5])].concat(),
    };
    [add, edit]
}

fn pieces(world: &World) -> [Endpoint; 2] {
    let long = "x".repeat(201);
    let far = [-11, 1_000_000_000, i64::MAX, i64::MIN, i64::MIN + 1].map(|delta| json!(delta));
    let adjust = Endpoint {
        method: Method::POST,
        path: "/api/v1/products/{id}/stock-adjustments",
        id: world.product.clone(),
        who: Who::Seller,
        good: json!({"delta": 3, "reason": "inventory"}),
        answers: 201,
        required: &["delta"],
        nullable: &[],
        refused: [
            because("delta", &[json!(0)], 400, "validation-failed"),
            because("delta", &far, 422, "stock-out-of-range"),
            because("reason", &[json!(long)], 400, "validation-failed"),
        ]
        .concat(),
    };
    let put = Endpoint {
        method: Method::PUT,
        path: "/api/v1/cart/items/{product_id}",
        id: world.product.clone(),
        who: Who::Buyer,
        good: json!({"quantity": 3}),
        answers: 200,
        required: &["quantity"],
        nullable: &[],
        refused: [
            numbers("quantity", &[0, -1, 1_000, 65_537, 4_294_967_297, i64::MAX, i64::MIN]),
            because("quantity", &[json!(11), json!(999)], 409, "out-of-stock"),
        ]
        .concat(),
    };
    [adjust, put]
}
