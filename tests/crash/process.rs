//! Start, stop, and start again.

use std::os::unix::fs::PermissionsExt as _;

use futures::future::join_all;
use jangbogo_tests::{Actor, ProcessSettings, Scratch, ShopProcess};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::SHOP;

/// E-mail and password of each ready-made account, as the file in the data folder has them.
fn accounts(scratch: &Scratch) -> [(String, String); 2] {
    let text = std::fs::read_to_string(scratch.path().join("demo-accounts.txt")).unwrap();
    let account = |role: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(role)).unwrap();
        let (email, password) = line.trim().split_once(' ').unwrap();
        (email.to_owned(), password.to_owned())
    };
    [account("buyer"), account("seller")]
}

#[tokio::test]
async fn the_first_start_opens_a_shop_that_can_be_used() {
    let scratch = Scratch::new();
    let settings = ProcessSettings::new(SHOP, scratch.path()).without("JANGBOGO__DEMO__ENABLED");
    let shop = ShopProcess::start(&settings).await;

    let products = shop.visitor().pages_through("/api/v1/products", 100).await;
    assert_eq!(products.len(), 1_000);
    let file = scratch.path().join("demo-accounts.txt");
    let mode = file.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "only the owner may read the passwords");
    let [(buyer, buyers_word), (seller, sellers_word)] = accounts(&scratch);
    let buying = shop.member(&buyer, &buyers_word).await;
    let selling = shop.member(&seller, &sellers_word).await;
    let lutein = selling.lists("루테인", 12_900, 3).await;
    let order = buying.orders(&lutein, 1).await;
    buying.pays(&order).await;
    assert_eq!(buying.order(&order).await["status"], "paid");

    let ended = shop.stop().await;
    assert_eq!(ended.code, Some(0), "{}", ended.output);
    for word in ["1000 products", &*buyer, &*buyers_word, &*seller, &*sellers_word] {
        assert!(ended.output.contains(word), "{word} in {}", ended.output);
    }
}

#[tokio::test]
async fn the_second_start_finds_everything_as_it_was() {
    let scratch = Scratch::new();
    let settings = ProcessSettings::new(SHOP, scratch.path())
        .with("JANGBOGO__DEMO__ENABLED", "true")
        .with("JANGBOGO__DEMO__PRODUCTS", "25");
    let shop = ShopProcess::start(&settings).await;
    let [(_, _), (seller, sellers_word)] = accounts(&scratch);
    let selling = shop.member(&seller, &sellers_word).await;
    let lutein = selling.lists("루테인", 12_900, 30).await;
    let buyer = shop.buyer("returning").await;
    let order = buyer.orders(&lutein, 2).await;
    let page = buyer.goes_to_pay(&order).await;
    let (products, ordered) =
        (buyer.pages_through("/api/v1/products", 10).await, buyer.order(&order).await);
    assert_eq!(products.len(), 26);
    assert_eq!(shop.stop().await.code, Some(0));
    let passwords = accounts(&scratch);

    let shop = ShopProcess::start(&settings).await;
    let buyer = buyer.at(shop.url());
    assert_eq!(buyer.pages_through("/api/v1/products", 10).await, products);
    // The access token was signed before the stop; the order and its payment are the same.
    assert_eq!(buyer.order(&order).await, ordered);
    buyer.refreshes(buyer.refresh_token()).await.expect(200);
    let status = format!("/api/v1/payments/{}", page.payment);
    assert_eq!(buyer.gets(&status).await.expect(200)["status"], "created");
    assert_eq!(accounts(&scratch), passwords, "no second seeding");
    let ended = shop.stop().await;
    assert_eq!(ended.code, Some(0));
    assert!(!ended.output.contains(&sellers_word), "passwords are told once");
}

/// A request whose handler runs already, because it has asked for the body.
struct UnderWay {
    stream: BufReader<TcpStream>,
    body: String,
}

impl UnderWay {
    async fn begin(shop: &ShopProcess, path: &str, extra: &str, body: String) -> Self {
        let address = shop.url().strip_prefix("http://").unwrap();
        let mut stream = BufReader::new(TcpStream::connect(address).await.unwrap());
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n{extra}Expect: 100-continue\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        while !answer.ends_with("\r\n\r\n") {
            assert!(stream.read_line(&mut answer).await.unwrap() > 0, "{answer}");
        }
        assert!(answer.starts_with("HTTP/1.1 100 "), "{answer}");
        Self { stream, body }
    }

    /// Sends the body and reads the answer to its end.
    async fn finish(mut self) -> String {
        self.stream.write_all(self.body.as_bytes()).await.unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

#[tokio::test]
async fn requests_under_way_are_finished_and_no_new_ones_begun() {
    let scratch = Scratch::new();
    let settings = ProcessSettings::new(SHOP, scratch.path())
        .with("JANGBOGO__DEMO__ENABLED", "true")
        .with("JANGBOGO__DEMO__PRODUCTS", "20");
    let shop = ShopProcess::start(&settings).await;
    let [_, (seller, sellers_word)] = accounts(&scratch);
    let lutein = shop.member(&seller, &sellers_word).await.lists("루테인", 12_900, 10).await;
    let buyer = shop.buyer("hasty").await;
    let log_in = json!({"email": buyer.email(), "password": Actor::PASSWORD}).to_string();
    let lines = json!([{"product_id": lutein, "quantity": 1}]);
    let order = json!({"lines": lines, "receiver": Actor::receiver()}).to_string();
    let mut under_way = Vec::new();
    for number in 0..10 {
        let log_in = UnderWay::begin(&shop, "/api/v1/sessions", "", log_in.clone()).await;
        let extra = format!(
            "Authorization: Bearer {}\r\nIdempotency-Key: at-the-end-{number}\r\n",
            buyer.access_token()
        );
        let order = UnderWay::begin(&shop, "/api/v1/orders", &extra, order.clone()).await;
        under_way.extend([log_in, order]);
    }

    shop.interrupt().await;
    let address = shop.url().strip_prefix("http://").unwrap().to_owned();
    while TcpStream::connect(&address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let answers = join_all(under_way.into_iter().map(UnderWay::finish)).await;

    for answer in &answers {
        assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
        assert!(answer.ends_with('}'), "{answer}");
    }
    assert_eq!(shop.wait().await.code, Some(0));
    let shop = ShopProcess::start(&settings).await;
    let buyer = buyer.at(shop.url());
    assert_eq!(buyer.pages_through("/api/v1/orders", 100).await.len(), 10);
    assert_eq!(buyer.stock_of(&lutein).await, 0, "what was answered is true");
    assert_eq!(shop.stop().await.code, Some(0));
}
