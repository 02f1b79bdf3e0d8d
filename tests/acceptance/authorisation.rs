//! Who may do what, for every route: a route without a row in the table fails.

mod table;

use std::collections::BTreeSet;
use std::time::Duration;

use jangbogo_member::{AccessClaims, Role};
use jangbogo_payment::{Period, ProviderName};
use jangbogo_tests::{Actor, Reply, TestShop};
use reqwest::Method;
use serde_json::{Value, json};

use table::{Row, TABLE, Target};

/// The people of the table, in the order of its columns.
struct People {
    shop: TestShop,
    /// Owns the orders, payments and addresses.
    buyer: Actor,
    /// Owns the products.
    seller: Actor,
    other_buyer: Actor,
    other_seller: Actor,
    admin: Actor,
}

/// What a row's request is about, made anew for each cell.
struct Ground {
    path: String,
    body: Option<Value>,
    /// Where its owner can see it.
    seen_at: Option<String>,
}

impl People {
    async fn gather() -> Self {
        let shop = TestShop::open().await;
        Self {
            buyer: shop.buyer().await,
            seller: shop.seller().await,
            other_buyer: shop.buyer().await,
            other_seller: shop.seller().await,
            admin: shop.admin().await,
            shop,
        }
    }

    /// Visitor, another buyer, another seller, the owner, an admin.
    fn columns(&self, row: &Row) -> [Actor; 5] {
        let visitor = self.shop.visitor();
        let [buyer, seller] = [&self.other_buyer, &self.other_seller].map(Actor::clone);
        [visitor, buyer, seller, self.owner(row).clone(), self.admin.clone()]
    }

    fn owner(&self, row: &Row) -> &Actor {
        if matches!(row.target, Target::Product | Target::NewProduct) {
            &self.seller
        } else {
            &self.buyer
        }
    }

    async fn product(&self) -> String {
        self.seller.lists("루테인", 12_900, 10).await
    }

    async fn order(&self) -> String {
        self.buyer.orders(&self.product().await, 1).await
    }

    async fn paid_order(&self) -> String {
        let order = self.order().await;
        self.buyer.pays(&order).await;
        order
    }

    /// Makes what the row's request needs. Nothing of it has been touched by another cell.
    async fn prepare(&self, row: &Row, actor: &Actor) -> Ground {
        let (mut seen_at, mut path, mut body) =
            (None, row.path.to_owned(), row.body.map(|body| body()));
        let mut fill = |id: &str, resource: &str| {
            path = row.path.replace("{id}", id).replace("{product_id}", id);
            seen_at = Some(format!("/api/v1/{resource}/{id}"));
        };
        match row.target {
            Target::Nothing | Target::NewProduct | Target::Session => {}
            Target::Provider => path = row.path.replace("{provider}", "kakaopay"),
            Target::Product | Target::Item => fill(&self.product().await, "products"),
            Target::Order => fill(&self.order().await, "orders"),
            Target::PaidOrder => fill(&self.paid_order().await, "orders"),
            Target::NewOrder => {
                let lines = json!([{"product_id": self.product().await, "quantity": 1}]);
                body = Some(json!({"lines": lines, "receiver": Actor::receiver()}));
            }
            Target::NewSubscription => {
                let lines = json!([{"product_id": self.product().await, "quantity": 1}]);
                let receiver = Actor::receiver();
                body = Some(json!({"lines": lines, "period_days": 30, "receiver": receiver}));
            }
            Target::Subscription => {
                let product = self.product().await;
                let id = self.buyer.subscribes(&self.shop, &product, 1, 30).await;
                fill(&id, "subscriptions");
            }
            Target::Address => {
                let book = "/api/v1/members/me/addresses";
                let entry = self.buyer.posts(book, Actor::receiver()).await.expect(201);
                fill(&entry.text_at("/id"), "members/me/addresses");
                seen_at = Some(book.to_owned());
            }
            Target::Payment => {
                let page = self.buyer.goes_to_pay(&self.order().await).await;
                fill(&page.payment, "payments");
            }
            Target::AgreedPayment => {
                let page = self.buyer.goes_to_pay(&self.order().await).await;
                let back = self.buyer.presses("pay", &page).await;
                path = back.strip_prefix(self.shop.url()).unwrap().to_owned();
            }
            Target::Comparison => {
                let opened = self.shop.opened();
                let until = opened.around.clock.now();
                let period = Period { from: until.minus(Duration::from_secs(1)), until };
                let provider = ProviderName("kakaopay".to_owned());
                let found = opened.shop.compare_books.run(&provider, period).await.unwrap();
                path = row.path.replace("{id}", &found.run.id.to_string());
            }
            Target::NewMember => {
                let name = Actor::new_key().replace('-', "");
                let email = format!("{name}@example.com");
                let nickname = name.trim_start_matches("key");
                body = Some(
                    json!({"email": email, "password": Actor::PASSWORD, "nickname": nickname}),
                );
            }
            Target::Credentials => {
                let password = Actor::PASSWORD;
                body = Some(json!({"email": self.buyer.email(), "password": password}));
            }
            Target::RefreshToken => body = Some(json!({"refresh_token": actor.refresh_token()})),
        }
        Ground { path, body, seen_at }
    }

    /// The person of a column with a session that the cell may end.
    async fn for_cell(&self, row: &Row, mut actor: Actor) -> Actor {
        if actor.email().is_empty() {
            // A visitor who has found somebody's refresh token is as good as its owner.
            let found = matches!(row.target, Target::RefreshToken).then(|| self.buyer.clone());
            actor = found.unwrap_or(actor);
        }
        let ends = matches!(row.target, Target::RefreshToken | Target::Session);
        if ends && !actor.email().is_empty() {
            actor.logs_in().await;
        }
        actor
    }

    async fn look(&self, row: &Row, ground: &Ground) -> Value {
        match &ground.seen_at {
            Some(path) => self.owner_of_view(row).gets(path).await.expect(200).json,
            None => Value::Null,
        }
    }

    fn owner_of_view(&self, row: &Row) -> &Actor {
        if matches!(row.target, Target::Product | Target::Item) {
            &self.seller
        } else {
            &self.buyer
        }
    }
}

async fn send(actor: &Actor, row: &Row, ground: &Ground) -> Reply {
    let method = Method::from_bytes(row.method.as_bytes()).unwrap();
    let request = actor.request(method, &ground.path).header("Accept", "application/json");
    let request = request.header("Idempotency-Key", Actor::new_key());
    let request = match &ground.body {
        Some(body) => request.json(body),
        None => request,
    };
    actor.sends(request).await
}

#[tokio::test]
async fn everybody_may_do_what_the_table_says_and_nothing_else() {
    let people = People::gather().await;
    for row in TABLE {
        let names = ["visitor", "other buyer", "other seller", "owner", "admin"];
        let cells = names.into_iter().zip(people.columns(row)).zip(row.expected);
        for ((name, actor), expected) in cells {
            let actor = people.for_cell(row, actor).await;
            let ground = people.prepare(row, &actor).await;
            let before = people.look(row, &ground).await;
            let reply = send(&actor, row, &ground).await;
            let cell = format!("{} {} by {name}", row.method, row.path);
            assert_eq!(reply.status, expected, "{cell}: {}", reply.text);
            if let 401 | 403 | 404 = expected {
                let code = match expected {
                    401 => "authentication-required",
                    403 => "forbidden",
                    _ => "not-found",
                };
                reply.expect_problem(expected, code);
                assert_eq!(people.look(row, &ground).await, before, "{cell} left something");
            }
        }
    }
    people.shop.close().await;
}

#[test]
fn every_route_has_a_row() {
    let document = serde_json::to_value(jangbogo_api_server::openapi()).unwrap();
    let mut routes = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let needs_token = operation["security"].as_array().is_some_and(|s| !s.is_empty());
            routes.insert((method.to_uppercase(), path.clone(), needs_token));
        }
    }
    let rows: Vec<_> = TABLE
        .iter()
        .map(|row| (row.method.to_owned(), row.path.to_owned(), row.expected[0] == 401))
        .collect();
    let distinct: BTreeSet<_> = rows.iter().cloned().collect();
    assert_eq!(distinct.len(), rows.len(), "one row for each route");
    let missing: Vec<_> = routes.difference(&distinct).collect();
    let unknown: Vec<_> = distinct.difference(&routes).collect();
    assert!(missing.is_empty(), "routes without a row: {missing:?}");
    assert!(unknown.is_empty(), "rows without a route: {unknown:?}");
}

#[tokio::test]
async fn dead_tokens_open_no_door() {
    let people = People::gather().await;
    let mut ended = people.shop.seller().await;
    let stranger = ended.refresh_token().to_owned();
    ended.logs_out().await.expect(204);
    let ended_token = ended.access_token().to_owned();
    ended.logs_in().await;
    let expired = expired_token(&people.shop, &ended);
    let tokens = [
        ("a forged token", "token-invalid", "eyJhbGciOiJub25lIn0.e30."),
        ("a refresh token", "token-invalid", &stranger),
        ("an expired token", "token-expired", &expired),
        ("the token of an ended session", "session-ended", &ended_token),
    ];
    for row in TABLE.iter().filter(|row| row.expected[0] == 401) {
        let ground = people.prepare(row, &people.buyer).await;
        let before = people.look(row, &ground).await;
        for (what, code, token) in tokens {
            let reply = send(&ended.with_token(token), row, &ground).await;
            let cell = format!("{} {} with {what}", row.method, row.path);
            assert_eq!((reply.status, reply["code"].as_str()), (401, Some(code)), "{cell}");
            assert_eq!(reply.header("www-authenticate"), Some("Bearer"), "{cell}");
        }
        assert_eq!(people.look(row, &ground).await, before, "{} {}", row.method, row.path);
    }
    people.shop.close().await;
}

/// A token that was good a second ago, of a member whose session still lives.
fn expired_token(shop: &TestShop, actor: &Actor) -> String {
    let opened = shop.opened();
    let live = opened.around.access_tokens.verify(actor.access_token(), opened.around.clock.now());
    let live = live.unwrap();
    let now = opened.around.clock.now();
    let claims =
        AccessClaims { issued_at: now.minus(Duration::from_mins(15)), expires_at: now, ..live };
    opened.around.access_tokens.issue(&claims).unwrap()
}

#[tokio::test]
async fn nobody_chooses_their_role() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    for role in ["admin", "seller"] {
        let body = json!({
            "email": "ambitious@example.com", "password": Actor::PASSWORD, "nickname": "ambitious",
            "role": role,
        });
        let refused = visitor.posts("/api/v1/members", body).await;
        refused.expect_problem(400, "validation-failed");
    }
    let buyer = shop.buyer().await;
    let refused = buyer.patches("/api/v1/members/me", json!({"role": Role::Admin.name()})).await;
    refused.expect_problem(400, "validation-failed");
    assert_eq!(buyer.me().await["role"], "buyer");
    shop.close().await;
}

#[tokio::test]
async fn an_admin_s_products_are_the_admin_s_own() {
    let shop = TestShop::open().await;
    let (admin, seller) = (shop.admin().await, shop.seller().await);
    let id = admin.lists("루테인", 12_900, 3).await;
    let path = format!("/api/v1/products/{id}");
    seller.patches(&path, json!({"name": "mine"})).await.expect_problem(404, "not-found");
    seller.deletes(&path).await.expect_problem(404, "not-found");
    admin.deletes(&path).await.expect(204);
    shop.close().await;
}
