//! What shoppers are shown may be a little old: how old, and what never is.

use std::time::Duration;

use jangbogo_catalog::{ProductChanges, ProductPages, Transaction};
use jangbogo_kernel::Store as _;
use jangbogo_setup::Database;
use jangbogo_tests::{Actor, Reply, ShopOptions, TestShop};
use reqwest::Method;
use serde_json::{Value, json};

const PRODUCTS: &str = "/api/v1/products";

fn names(reply: &Value) -> Vec<&str> {
    reply["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

/// Another process changes a product, and its notice is lost.
async fn another_process_changes(shop: &TestShop, product: &str, changes: ProductChanges) {
    let begun: Result<Box<dyn Transaction>, _> = match &shop.opened().database {
        Database::Sqlite(store) => store.begin().await,
        Database::Postgres(store) => store.begin().await,
    };
    let mut tx = begun.unwrap();
    let found = tx.products().find_many(&[product.parse().unwrap()]).await.unwrap().pop();
    let mut product = found.unwrap();
    product.change(changes, shop.opened().around.clock.now()).unwrap();
    tx.products().save(&product).await.unwrap();
    tx.commit().await.unwrap();
}

fn priced(won: i64) -> ProductChanges {
    ProductChanges { original_price: Some(won), ..ProductChanges::default() }
}

#[tokio::test]
async fn a_seller_s_changes_are_seen_at_once() {
    let shop = TestShop::open().await;
    let (seller, visitor) = (shop.seller().await, shop.visitor());
    let list = async || visitor.gets(PRODUCTS).await.expect(200);
    let main = async || visitor.gets("/api/v1/main").await.expect(200);
    assert_eq!(list().await["items"], json!([]));
    assert_eq!(main().await.json, json!({"top_sales": [], "top_discount": []}));
    let lutein = seller.lists("루테인", 12_900, 5).await;
    let at = format!("{PRODUCTS}/{lutein}");
    assert_eq!(names(&list().await.json), ["루테인"]);
    assert_eq!(main().await["top_sales"], list().await["items"]);
    seller.patches(&at, json!({"name": "루테인 골드"})).await.expect(200);
    assert_eq!(names(&list().await.json), ["루테인 골드"]);
    assert_eq!(visitor.product(&lutein).await["name"], "루테인 골드");
    assert_eq!(main().await["top_discount"][0]["name"], "루테인 골드");
    seller.adjusts_stock(&lutein, 7).await.expect(201);
    assert_eq!(list().await["items"][0]["stock"], 12);
    seller.deletes(&at).await.expect(204);
    assert_eq!(list().await["items"], json!([]));
    visitor.gets(&at).await.expect_problem(404, "not-found");
    shop.close().await;
}

#[tokio::test]
async fn orders_show_on_the_product_at_once_and_in_lists_within_five_seconds() {
    let shop = TestShop::open().await;
    let (seller, buyer) = (shop.seller().await, shop.buyer().await);
    let lutein = seller.lists("루테인", 12_900, 5).await;
    let listed = async || buyer.gets(PRODUCTS).await.expect(200)["items"][0]["stock"].clone();
    assert_eq!(listed().await, 5);
    for left in [4, 3, 2] {
        buyer.orders(&lutein, 1).await;
        assert_eq!(buyer.stock_of(&lutein).await, left, "exact on its own page");
    }
    assert_eq!(listed().await, 5, "kept for the readers of lists");
    shop.time_goes_by(Duration::from_secs(5)).await;
    assert_eq!(listed().await, 2);
    shop.close().await;
}

#[tokio::test]
async fn an_order_costs_what_the_product_costs_whatever_is_still_shown() {
    let shop = TestShop::open().await;
    let (seller, buyer) = (shop.seller().await, shop.buyer().await);
    let lutein = seller.lists("루테인", 12_900, 5).await;
    let listed = async || buyer.gets(PRODUCTS).await.expect(200)["items"][0]["price"].clone();
    assert_eq!(listed().await["amount"], 12_900);
    buyer.product(&lutein).await;
    another_process_changes(&shop, &lutein, priced(9_900)).await;
    assert_eq!(listed().await["amount"], 12_900, "the list has not heard of it");
    assert_eq!(buyer.product(&lutein).await["price"]["amount"], 9_900, "its own page looks");
    let order = buyer.orders(&lutein, 2).await;
    assert_eq!(buyer.order(&order).await["total"]["amount"], 19_800);
    shop.time_goes_by(Duration::from_secs(5)).await;
    assert_eq!(listed().await["amount"], 9_900, "five seconds are the bound");
    shop.close().await;
}

#[tokio::test]
async fn pages_of_every_size_and_depth_are_kept_apart() {
    let shop = TestShop::open().await;
    let (seller, visitor) = (shop.seller().await, shop.visitor());
    for n in 0..23 {
        seller.lists(&format!("product {n}"), 1_000 + n, 1).await;
    }
    for sort in ["newest", "price_asc", "sales", "discount"] {
        for limit in [20, 1, 3, 100, 20] {
            let path = format!("{PRODUCTS}?sort={sort}&category=etc");
            let all = visitor.pages_through(&path, limit).await;
            assert_eq!(all.len(), 23, "{sort} by {limit}, up to page {}", 23 / limit + 1);
        }
    }
    shop.close().await;
}

#[tokio::test]
async fn without_its_database_a_shop_shows_what_it_has_shown_and_not_for_long() {
    let shop = TestShop::open().await;
    let (seller, visitor) = (shop.seller().await, shop.visitor());
    let lutein = seller.lists("루테인", 12_900, 5).await;
    let at = format!("{PRODUCTS}/{lutein}");
    let pages = [PRODUCTS, "/api/v1/main", &at];
    let mut before = Vec::new();
    for page in pages {
        before.push(visitor.gets(page).await.expect(200).json);
    }
    shop.loses_its_database().await;
    for _ in 0..6 {
        for (page, before) in pages.iter().zip(&before) {
            assert_eq!(visitor.gets(page).await.expect(200).json, *before, "{page}");
        }
        visitor.gets(&format!("{PRODUCTS}?sort=sales")).await.expect_problem(503, "unavailable");
        shop.time_goes_by(Duration::from_secs(10)).await;
    }
    shop.time_goes_by(Duration::from_secs(30)).await;
    for page in pages {
        visitor.gets(page).await.expect_problem(503, "unavailable");
    }
    shop.close_broken().await;
}

async fn asks(visitor: &Actor, path: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = visitor.request(Method::GET, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    visitor.sends(request).await
}

#[tokio::test]
async fn who_has_a_page_already_is_told_so() {
    let shop = TestShop::open().await;
    let (seller, visitor) = (shop.seller().await, shop.visitor());
    let lutein = seller.lists("루테인", 12_900, 5).await;
    for path in [PRODUCTS, "/api/v1/main"] {
        let first = visitor.gets(path).await.expect(200);
        let etag = first.header("etag").unwrap().to_owned();
        assert_eq!(first.header("cache-control"), Some("public, max-age=5"), "{path}");
        assert_eq!(first.header("content-type"), Some("application/json"));
        shop.time_goes_by(Duration::from_secs(2)).await;
        let again = asks(&visitor, path, &[("if-none-match", &etag)]).await.expect(304);
        assert_eq!((again.text.as_str(), again.header("etag")), ("", Some(etag.as_str())));
        assert_eq!(again.header("cache-control"), Some("public, max-age=3"), "never longer");
        seller.adjusts_stock(&lutein, 1).await.expect(201);
        let changed = asks(&visitor, path, &[("if-none-match", &etag)]).await.expect(200);
        assert_ne!(changed.header("etag"), Some(etag.as_str()));
    }
    // A page with a price that must be right is nobody's to keep.
    let product = visitor.gets(&format!("{PRODUCTS}/{lutein}")).await.expect(200);
    assert_eq!(product.header("cache-control"), Some("no-store"));
    shop.close().await;
}

#[tokio::test]
async fn a_page_is_compressed_for_whoever_takes_it() {
    let shop = TestShop::open().await;
    let (seller, visitor) = (shop.seller().await, shop.visitor());
    for n in 0..20 {
        seller.lists(&format!("product {n}"), 1_000, 1).await;
    }
    let read = visitor.gets(PRODUCTS).await.expect(200);
    // The usual client unpacks gzip by itself.
    let client = reqwest::Client::builder().no_gzip().build().unwrap();
    for (accepted, coding) in [("identity", None), ("gzip", Some("gzip")), ("br", Some("br"))] {
        let get = client.get(format!("{}{PRODUCTS}", shop.url()));
        let reply = get.header("accept-encoding", accepted).send().await.unwrap();
        let given = reply.headers().get("content-encoding").map(|it| it.to_str().unwrap());
        assert_eq!(given, coding, "{accepted}");
        let mut vary = reply.headers().get_all("vary").iter().map(|it| it.to_str().unwrap());
        assert!(vary.any(|names| names.contains("accept-encoding")), "{accepted}");
        let bytes = reply.bytes().await.unwrap();
        match coding {
            None => assert_eq!(bytes, read.text.as_bytes()),
            Some(_) => assert!(bytes.len() * 2 < read.text.len(), "{accepted}: {}", bytes.len()),
        }
    }
    shop.close().await;
}

#[tokio::test]
async fn a_shop_without_a_cache_is_the_same_shop() {
    let mut options = ShopOptions::default();
    options.config.cache.enabled = false;
    let shop = TestShop::open_with(options).await;
    let (seller, buyer) = (shop.seller().await, shop.buyer().await);
    let lutein = seller.lists("루테인", 12_900, 5).await;
    assert!(shop.opened().shop.cache.is_none());
    buyer.orders(&lutein, 2).await;
    let list = buyer.gets(PRODUCTS).await.expect(200);
    assert_eq!(list["items"][0]["stock"], 3, "no list is kept");
    assert_eq!(list.header("cache-control"), Some("public, max-age=0"));
    let pages: &dyn ProductPages = &*shop.opened().shop.products;
    assert_eq!(pages.main_page().await.unwrap().top_sales.len(), 1);
    shop.close().await;
}
