//! Accounts: signing up, logging in, profile, password, leaving.

use std::collections::BTreeSet;

use jangbogo_tests::{Actor, Reply, TestShop};
use serde_json::{Value, json};

const ME: &str = "/api/v1/members/me";
const PASSWORD: &str = "/api/v1/members/me/password";
const SESSIONS: &str = "/api/v1/sessions";

#[tokio::test]
async fn somebody_signs_up_logs_in_and_sees_the_account() {
    let shop = TestShop::open().await;
    let reply = shop.person(" Admiral@Example.COM ").signs_up("장보고").await.expect(201);
    assert_eq!(reply.json, json!({"email": "admiral@example.com", "nickname": "장보고"}));
    assert_eq!(reply.header("location"), Some(ME));

    let mut admiral = shop.person("ADMIRAL@example.com");
    let session = admiral.logs_in().await;
    assert_eq!((&session["token_type"], &session["expires_in"]), (&"Bearer".into(), &900.into()));
    let me = admiral.me().await;
    assert_eq!(me["email"], "admiral@example.com");
    assert_eq!(me["nickname"], "장보고");
    assert_eq!((&me["phone"], &me["role"]), (&Value::Null, &"buyer".into()));
    assert!(me["id"].as_str().unwrap().starts_with("mem_"));
    assert!(me["created_at"].as_str().unwrap().ends_with('Z'));
    let fields = me.as_object().unwrap().keys().map(String::as_str).collect::<BTreeSet<_>>();
    let expected = ["created_at", "email", "id", "nickname", "phone", "role"];
    assert_eq!(fields, expected.into(), "nothing else is told");
    shop.close().await;
}

/// What a reader of the answer can see, apart from what belongs to the request itself.
fn visible(reply: &Reply) -> (u16, Value, Vec<(String, String)>) {
    let mut json = reply.json.clone();
    if let Some(problem) = json.as_object_mut() {
        problem.remove("request_id");
    }
    let of_the_request = ["x-request-id", "date"];
    let names = reply.headers.keys().map(ToString::to_string);
    let mut headers: Vec<_> = names
        .filter(|name| !of_the_request.contains(&name.as_str()))
        .map(|name| (name.clone(), reply.header(&name).unwrap().to_owned()))
        .collect();
    headers.sort();
    (reply.status, json, headers)
}

#[tokio::test]
async fn signing_up_does_not_tell_whether_an_address_is_known() {
    let shop = TestShop::open().await;
    let mut owner = shop.person("owner@example.com");
    let first = owner.signs_up("first").await.expect(201);
    let thief = json!({
        "email": "owner@example.com", "password": "another good password", "nickname": "thief",
    });
    let again = shop.visitor().posts("/api/v1/members", thief).await;
    let (status, mut json, headers) = visible(&again);
    json["nickname"] = "first".into();
    assert_eq!((status, json, headers), visible(&first));

    owner.logs_in().await;
    assert_eq!(owner.me().await["nickname"], "first");
    let stolen = json!({"email": "owner@example.com", "password": "another good password"});
    owner.posts(SESSIONS, stolen).await.expect_problem(401, "credentials-refused");
    shop.delivers_events().await;
    assert_eq!(shop.mails_to("owner@example.com").len(), 1, "the owner reads of the try");
    // The name that the second try asked for is still free.
    shop.person("honest@example.com").signs_up("thief").await.expect(201);
    shop.close().await;
}

#[tokio::test]
async fn a_taken_nickname_is_refused_for_known_and_unknown_addresses_alike() {
    let shop = TestShop::open().await;
    shop.person("first@example.com").signs_up("장보고").await.expect(201);
    let known = shop.person("first@example.com").signs_up("장보고").await;
    let unknown = shop.person("second@example.com").signs_up("장보고").await;
    assert_eq!(visible(&known), visible(&unknown));
    unknown.expect_problem(409, "nickname-taken");
    let mut second = shop.person("second@example.com");
    let body = json!({"email": "second@example.com", "password": Actor::PASSWORD});
    second.posts(SESSIONS, body).await.expect_problem(401, "credentials-refused");
    second.signs_up("second").await.expect(201);
    second.logs_in().await;
    shop.close().await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_look_alike() {
    let shop = TestShop::open().await;
    let buyer = shop.buyer().await;
    let log_in = async |email: &str, password: &str| {
        shop.visitor().posts(SESSIONS, json!({"email": email, "password": password})).await
    };
    let wrong = log_in(buyer.email(), "wrong but long enough").await;
    let unknown = log_in("nobody@example.com", Actor::PASSWORD).await;
    assert_eq!(visible(&wrong), visible(&unknown));
    let wrong = wrong.expect_problem(401, "credentials-refused");
    assert_eq!(wrong.header("www-authenticate"), Some("Bearer"));
    for nearly in ["Wando island 828", "wando island 828 ", "wando island 82"] {
        log_in(buyer.email(), nearly).await.expect_problem(401, "credentials-refused");
    }
    shop.close().await;
}

#[tokio::test]
async fn a_member_edits_the_profile() {
    let shop = TestShop::open().await;
    let buyer = shop.buyer().await;
    let before = buyer.me().await;
    let edited = buyer.patches(ME, json!({"nickname": "새이름", "phone": "010-1234-5678"})).await;
    let edited = edited.expect(200);
    assert_eq!((&edited["nickname"], &edited["phone"]), (&"새이름".into(), &"01012345678".into()));
    assert_eq!((&edited["id"], &edited["email"]), (&before["id"], &before["email"]));
    assert_eq!(buyer.me().await, edited.json);

    // What is not named stays; null and an empty text remove the number.
    let same = buyer.patches(ME, json!({})).await.expect(200);
    assert_eq!(same.json, edited.json);
    for nothing in [Value::Null, "".into()] {
        let removed = buyer.patches(ME, json!({"phone": nothing})).await.expect(200);
        assert_eq!((&removed["nickname"], &removed["phone"]), (&"새이름".into(), &Value::Null));
        buyer.patches(ME, json!({"phone": "+82 10 1234 5678"})).await.expect(200);
    }
    shop.close().await;
}

#[tokio::test]
async fn nicknames_and_numbers_are_taken_once() {
    let shop = TestShop::open().await;
    let (first, second) = (shop.buyer().await, shop.buyer().await);
    first.patches(ME, json!({"nickname": "하나", "phone": "01011112222"})).await.expect(200);
    let before = second.me().await;
    let taken = second.patches(ME, json!({"nickname": "하나"})).await;
    taken.expect_problem(409, "nickname-taken");
    let taken = second.patches(ME, json!({"nickname": "둘째", "phone": "010-1111-2222"})).await;
    taken.expect_problem(409, "phone-taken");
    assert_eq!(second.me().await, before, "no half of a refused change is kept");
    // One's own words are not taken by oneself.
    first.patches(ME, json!({"nickname": "하나", "phone": "010.1111.2222"})).await.expect(200);
    shop.close().await;
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let shop = TestShop::open().await;
    let here = shop.buyer().await;
    let mut elsewhere = here.clone();
    elsewhere.logs_in().await;
    elsewhere.me().await;
    let new = "cheonghaejin 828";

    let wrong = json!({"current_password": "not the password", "new_password": new});
    here.puts(PASSWORD, wrong).await.expect_problem(422, "current-password-wrong");
    let weak = json!({"current_password": Actor::PASSWORD, "new_password": "password1"});
    let weak = here.puts(PASSWORD, weak).await.expect_problem(400, "validation-failed");
    assert_eq!(weak.text_at("/errors/0/pointer"), "/new_password");
    elsewhere.me().await;

    let change = json!({"current_password": Actor::PASSWORD, "new_password": new});
    here.puts(PASSWORD, change).await.expect(204);
    here.me().await;
    elsewhere.gets(ME).await.expect_problem(401, "session-ended");
    let refused = elsewhere.refreshes(elsewhere.refresh_token()).await;
    refused.expect_problem(401, "refresh-token-refused");
    here.refreshes(here.refresh_token()).await.expect(200);
    let old = json!({"email": here.email(), "password": Actor::PASSWORD});
    here.posts(SESSIONS, old).await.expect_problem(401, "credentials-refused");
    let new = json!({"email": here.email(), "password": new});
    here.posts(SESSIONS, new).await.expect(201);
    shop.close().await;
}

#[tokio::test]
async fn a_member_leaves_and_is_forgotten() {
    let shop = TestShop::open().await;
    let mut buyer = shop.person("leaver@example.com");
    buyer.signs_up("떠나는이").await.expect(201);
    buyer.logs_in().await;
    let mut elsewhere = buyer.clone();
    elsewhere.logs_in().await;
    let address = Actor::receiver();
    buyer.posts("/api/v1/members/me/addresses", address).await.expect(201);

    let wrong = buyer.request(reqwest::Method::DELETE, ME).json(&json!({"password": "guessed it"}));
    buyer.sends(wrong).await.expect_problem(422, "current-password-wrong");
    buyer.me().await;

    let leave = || {
        let request = buyer.request(reqwest::Method::DELETE, ME);
        request.json(&json!({"password": Actor::PASSWORD}))
    };
    buyer.sends(leave()).await.expect(204);
    for gone in [&buyer, &elsewhere] {
        gone.gets(ME).await.expect_problem(401, "session-ended");
        let refused = gone.refreshes(gone.refresh_token()).await;
        refused.expect_problem(401, "refresh-token-refused");
    }
    buyer.sends(leave()).await.expect_problem(401, "session-ended");
    let log_in = json!({"email": buyer.email(), "password": Actor::PASSWORD});
    buyer.posts(SESSIONS, log_in).await.expect_problem(401, "credentials-refused");

    // Address and nickname are free, and the next account begins empty.
    let mut again = shop.person("leaver@example.com");
    again.signs_up("떠나는이").await.expect(201);
    again.logs_in().await;
    let book = again.gets("/api/v1/members/me/addresses").await.expect(200);
    assert_eq!(book["items"], json!([]));
    shop.close().await;
}

#[tokio::test]
async fn products_and_orders_outlive_the_accounts_they_name() {
    let shop = TestShop::open().await;
    let (seller, buyer) = (shop.seller().await, shop.buyer().await);
    let lutein = seller.lists("루테인", 12_900, 3).await;
    let order = buyer.orders(&lutein, 1).await;
    let leave = seller.request(reqwest::Method::DELETE, ME);
    seller.sends(leave.json(&json!({"password": Actor::PASSWORD}))).await.expect(204);

    let product = buyer.gets(&format!("/api/v1/products/{lutein}")).await.expect(200);
    assert_eq!(product["seller"]["name"], "");
    buyer.pays(&order).await;
    assert_eq!(buyer.order(&order).await["status"], "paid");
    shop.close().await;
}
