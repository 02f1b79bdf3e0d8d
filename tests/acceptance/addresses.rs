//! The address book.

use futures::future::join_all;
use jangbogo_tests::{Actor, Reply, TestShop};
use serde_json::{Value, json};

const BOOK: &str = "/api/v1/members/me/addresses";

fn entry(id: &Value) -> String {
    format!("{BOOK}/{}", id.as_str().unwrap())
}

fn named(name: &str) -> Value {
    let mut address = Actor::receiver();
    address["name"] = name.into();
    address
}

async fn writes_down(buyer: &Actor, name: &str) -> Reply {
    buyer.posts(BOOK, named(name)).await.expect(201)
}

/// Name and default of every entry, in the book's order.
async fn book(buyer: &Actor) -> Vec<(String, bool)> {
    let book = buyer.gets(BOOK).await.expect(200);
    assert_eq!(book["next_cursor"], Value::Null);
    let items = book["items"].as_array().unwrap().iter();
    items
        .map(|item| {
            (item["name"].as_str().unwrap().to_owned(), item["is_default"].as_bool().unwrap())
        })
        .collect()
}

fn entries(names: &[&str]) -> Vec<(String, bool)> {
    let entries = names.iter().enumerate();
    entries.map(|(at, name)| ((*name).to_owned(), at == 0)).collect()
}

#[tokio::test]
async fn a_member_keeps_an_address_book() {
    let shop = TestShop::open().await;
    let buyer = shop.buyer().await;
    assert_eq!(book(&buyer).await, []);
    let home = buyer.posts(BOOK, Actor::receiver()).await.expect(201);
    for (field, value) in Actor::receiver().as_object().unwrap() {
        // A number is kept without what is there for readers.
        let kept = value.as_str().unwrap();
        let kept = if field == "phone" { kept.replace('-', "") } else { kept.to_owned() };
        assert_eq!(home[field.as_str()], kept, "{field}");
    }
    assert!(home.text_at("/id").starts_with("adr_"));
    assert_eq!(home["is_default"], true, "the first one is");

    let moved = json!({
        "name": " 정년 ", "phone": "+821098765432", "postcode": "04524", "address1": "세종대로 110",
    });
    let moved = buyer.puts(&entry(&home["id"]), moved).await.expect(200);
    assert_eq!((&moved["id"], &moved["created_at"]), (&home["id"], &home["created_at"]));
    assert_eq!((&moved["name"], &moved["address2"]), (&"정년".into(), &"".into()));
    assert_eq!(moved["is_default"], true, "being the default is not taken away");
    let items = buyer.gets(BOOK).await.expect(200);
    assert_eq!(items["items"], json!([moved.json]));

    buyer.deletes(&entry(&home["id"])).await.expect(204);
    assert_eq!(book(&buyer).await, []);
    buyer.deletes(&entry(&home["id"])).await.expect_problem(404, "not-found");
    buyer.puts(&entry(&home["id"]), named("늦은이")).await.expect_problem(404, "not-found");
    shop.close().await;
}

#[tokio::test]
async fn one_address_is_the_default_and_stands_first() {
    let shop = TestShop::open().await;
    let buyer = shop.buyer().await;
    writes_down(&buyer, "one").await;
    let two = writes_down(&buyer, "two").await;
    writes_down(&buyer, "three").await;
    assert_eq!(book(&buyer).await, entries(&["one", "two", "three"]));

    let mut preferred = named("two");
    preferred["is_default"] = true.into();
    buyer.puts(&entry(&two["id"]), preferred.clone()).await.expect(200);
    assert_eq!(book(&buyer).await, entries(&["two", "one", "three"]));

    preferred["name"] = "four".into();
    buyer.posts(BOOK, preferred).await.expect(201);
    assert_eq!(book(&buyer).await, entries(&["four", "one", "two", "three"]));
    shop.close().await;
}

#[tokio::test]
async fn an_address_book_has_at_most_twenty_entries() {
    let shop = TestShop::open().await;
    let buyer = shop.buyer().await;
    // All at once, so that none can be decided on a number that is no longer true.
    let replies = join_all((0..25).map(|_| buyer.posts(BOOK, Actor::receiver()))).await;
    let (written, refused): (Vec<_>, Vec<_>) =
        replies.into_iter().partition(|reply| reply.status == 201);
    assert_eq!(written.len(), 20);
    for reply in refused {
        reply.expect_problem(422, "address-book-full");
    }
    let entries = book(&buyer).await;
    assert_eq!(entries.len(), 20);
    assert_eq!(entries.iter().filter(|(_, is_default)| *is_default).count(), 1);

    // A full book can still be changed, and has room again when something is taken out.
    let id = &written[7]["id"];
    buyer.puts(&entry(id), named("changed")).await.expect(200);
    buyer.deletes(&entry(id)).await.expect(204);
    writes_down(&buyer, "new").await;
    shop.close().await;
}

#[tokio::test]
async fn address_books_are_private() {
    let shop = TestShop::open().await;
    let (owner, other) = (shop.buyer().await, shop.buyer().await);
    let home = writes_down(&owner, "home").await;
    assert_eq!(book(&other).await, []);
    other.puts(&entry(&home["id"]), named("thief")).await.expect_problem(404, "not-found");
    other.deletes(&entry(&home["id"])).await.expect_problem(404, "not-found");

    // Nor can an order be sent to it, which would show it.
    let seller = shop.seller().await;
    let lutein = seller.lists("루테인", 12_900, 3).await;
    let order = json!({
        "lines": [{"product_id": lutein, "quantity": 1}], "address_id": home["id"],
    });
    let refused = other.posts("/api/v1/orders", order.clone()).await;
    refused.expect_problem(422, "address-not-found");
    assert_eq!(owner.stock_of(&lutein).await, 3);
    assert_eq!(book(&owner).await, entries(&["home"]));
    owner.posts("/api/v1/orders", order).await.expect(201);
    shop.close().await;
}
