//! The table: one row for each route.

use serde_json::{Value, json};

/// One route and what it answers to whom.
pub(super) struct Row {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) target: Target,
    pub(super) body: Option<fn() -> Value>,
    /// To a visitor, another buyer, another seller, the owner, an admin.
    pub(super) expected: [u16; 5],
}

/// What the request is about. What is the caller's own, such as the cart, has no other owner.
#[derive(Clone, Copy)]
pub(super) enum Target {
    Nothing,
    /// A payment provider.
    Provider,
    /// Somebody who is not a member yet.
    NewMember,
    /// E-mail address and password of the owner.
    Credentials,
    /// A refresh token of the caller.
    RefreshToken,
    /// The caller's session.
    Session,
    /// The owner's address.
    Address,
    NewProduct,
    /// The owner's product.
    Product,
    /// A product in the caller's cart.
    Item,
    NewOrder,
    /// The owner's unpaid order.
    Order,
    PaidOrder,
    /// A payment of the owner that waits for them.
    Payment,
    /// A subscription to be begun.
    NewSubscription,
    /// The owner's active subscription.
    Subscription,
    /// A payment that the owner has agreed to, and the way back from the provider.
    AgreedPayment,
    /// A comparison of books.
    Comparison,
}

const fn row(
    method: &'static str,
    path: &'static str,
    target: Target,
    body: Option<fn() -> Value>,
    expected: [u16; 5],
) -> Row {
    Row { method, path, target, body, expected }
}

/// Open to the whole world.
const fn public(status: u16) -> [u16; 5] {
    [status; 5]
}

/// For every member, about themselves.
const fn members(status: u16) -> [u16; 5] {
    [401, status, status, status, status]
}

/// For sellers and admins.
const fn sellers(status: u16) -> [u16; 5] {
    [401, 403, status, status, status]
}

/// For admins.
const fn admins(status: u16) -> [u16; 5] {
    [401, 403, 403, 403, status]
}

/// For the seller whose product it is.
const fn its_seller(status: u16) -> [u16; 5] {
    [401, 403, 404, status, status]
}

/// For the buyer whose it is; to others it does not exist.
const fn its_buyer(status: u16) -> [u16; 5] {
    [401, 404, 404, status, status]
}

fn wrong_passwords() -> Value {
    json!({"current_password": "not the password", "new_password": "cheonghaejin 828"})
}

fn wrong_password() -> Value {
    json!({"password": "not the password"})
}

fn product() -> Value {
    json!({"name": "오메가3", "maker": "참들녘", "original_price": 9_900, "stock": 1})
}

fn pieces() -> Value {
    json!({"quantity": 2})
}

fn new_name() -> Value {
    json!({"name": "새 이름"})
}

fn more() -> Value {
    json!({"delta": 5, "reason": "inventory"})
}

fn provider() -> Value {
    json!({"provider": "kakaopay"})
}

fn reason() -> Value {
    json!({"reason": "changed my mind"})
}

fn verdict() -> Value {
    json!({"outcome": "did_not_happen", "reason": "the books have nothing"})
}

fn recurring_pieces() -> Value {
    json!({"quantity": 2, "period_days": 30})
}

fn longer() -> Value {
    json!({"period_days": 45})
}

fn long_ago() -> Value {
    json!({"day": "2001-01-01"})
}

fn nothing() -> Value {
    json!({})
}

use Target::{
    Address, AgreedPayment, Comparison, Credentials, Item, NewMember, NewOrder, NewProduct,
    NewSubscription, Nothing, Order, PaidOrder, Payment, Product, Provider, RefreshToken, Session,
    Subscription,
};

fn receiver() -> Value {
    jangbogo_tests::Actor::receiver()
}

pub(super) const TABLE: &[Row] = &[
    row("POST", "/api/v1/members", NewMember, None, public(201)),
    row("GET", "/api/v1/members/me", Nothing, None, members(200)),
    row("PATCH", "/api/v1/members/me", Nothing, Some(nothing), members(200)),
    // Refused for the password, which shows that the caller may ask.
    row("DELETE", "/api/v1/members/me", Nothing, Some(wrong_password), members(422)),
    row("PUT", "/api/v1/members/me/password", Nothing, Some(wrong_passwords), members(422)),
    row("GET", "/api/v1/members/me/addresses", Nothing, None, members(200)),
    row("POST", "/api/v1/members/me/addresses", Nothing, Some(receiver), members(201)),
    row("PUT", "/api/v1/members/me/addresses/{id}", Address, Some(receiver), its_buyer(200)),
    row("DELETE", "/api/v1/members/me/addresses/{id}", Address, None, its_buyer(204)),
    row("POST", "/api/v1/sessions", Credentials, None, public(201)),
    row("POST", "/api/v1/sessions/refresh", RefreshToken, None, public(200)),
    row("DELETE", "/api/v1/sessions/current", Session, None, members(204)),
    row("GET", "/api/v1/categories", Nothing, None, public(200)),
    row("GET", "/api/v1/brands", Nothing, None, public(200)),
    row("GET", "/api/v1/main", Nothing, None, public(200)),
    row("GET", "/api/v1/rankings", Nothing, None, public(200)),
    row("GET", "/api/v1/products", Nothing, None, public(200)),
    row("POST", "/api/v1/products", NewProduct, Some(product), sellers(201)),
    row("GET", "/api/v1/products/{id}", Product, None, public(200)),
    row("PATCH", "/api/v1/products/{id}", Product, Some(new_name), its_seller(200)),
    row("DELETE", "/api/v1/products/{id}", Product, None, its_seller(204)),
    row("POST", "/api/v1/products/{id}/stock-adjustments", Product, Some(more), its_seller(201)),
    row("GET", "/api/v1/cart", Nothing, None, members(200)),
    row("PUT", "/api/v1/cart/items/{product_id}", Item, Some(pieces), members(200)),
    row("DELETE", "/api/v1/cart/items/{product_id}", Item, None, members(204)),
    row("GET", "/api/v1/orders", Nothing, None, members(200)),
    row("POST", "/api/v1/orders", NewOrder, None, members(201)),
    row("GET", "/api/v1/orders/{id}", Order, None, its_buyer(200)),
    row("POST", "/api/v1/orders/{id}/cancel", Order, None, its_buyer(200)),
    row("POST", "/api/v1/orders/{id}/payments", Order, Some(provider), its_buyer(201)),
    row("POST", "/api/v1/orders/{id}/refunds", PaidOrder, Some(reason), its_buyer(202)),
    row("GET", "/api/v1/subscription-cart", Nothing, None, members(200)),
    row(
        "PUT",
        "/api/v1/subscription-cart/items/{product_id}",
        Item,
        Some(recurring_pieces),
        members(200),
    ),
    row("DELETE", "/api/v1/subscription-cart/items/{product_id}", Item, None, members(204)),
    row("GET", "/api/v1/subscriptions", Nothing, None, members(200)),
    row("POST", "/api/v1/subscriptions", NewSubscription, None, members(201)),
    row("GET", "/api/v1/subscriptions/{id}", Subscription, None, its_buyer(200)),
    row("PATCH", "/api/v1/subscriptions/{id}", Subscription, Some(longer), its_buyer(200)),
    row("DELETE", "/api/v1/subscriptions/{id}", Subscription, None, its_buyer(200)),
    // Refused for the day, which shows that the caller may ask.
    row("POST", "/api/v1/subscriptions/{id}/skip", Subscription, Some(long_ago), its_buyer(409)),
    row("POST", "/api/v1/subscriptions/{id}/pause", Subscription, None, its_buyer(200)),
    row("POST", "/api/v1/subscriptions/{id}/resume", Subscription, None, its_buyer(200)),
    // For none of these people, unless the settings say from where, and who has the token.
    row("POST", "/internal/v1/billing-cycles/{id}/charge", Nothing, None, public(404)),
    row("GET", "/api/v1/payments/{id}", Payment, None, its_buyer(200)),
    row("GET", "/api/v1/payment-reviews", Nothing, None, admins(200)),
    row("GET", "/api/v1/payment-reviews/{id}", Payment, None, admins(200)),
    // Refused because nobody has to decide, which shows that the caller may.
    row("PUT", "/api/v1/payment-reviews/{id}/decision", Payment, Some(verdict), admins(409)),
    row("GET", "/api/v1/reconciliations", Nothing, None, admins(200)),
    row("GET", "/api/v1/reconciliations/{id}", Comparison, None, admins(200)),
    // The buyer's browser comes back here from the provider, without a token.
    row("GET", "/api/v1/payments/{id}/approve", AgreedPayment, None, public(200)),
    row("GET", "/api/v1/payments/{id}/cancel", Payment, None, public(200)),
    row("GET", "/api/v1/payments/{id}/fail", Payment, None, public(200)),
    // So do the providers' own messages.
    row("POST", "/api/v1/webhooks/{provider}", Provider, None, public(200)),
    row("GET", "/healthz", Nothing, None, public(200)),
    row("GET", "/readyz", Nothing, None, public(200)),
    // Unless the settings say from where it may be read.
    row("GET", "/metrics", Nothing, None, public(404)),
];
