//! Products: what sellers do with them and how buyers find them.

use std::time::Duration;

use jangbogo_tests::{Actor, TestShop};
use serde_json::{Value, json};

const PRODUCTS: &str = "/api/v1/products";

fn path(product: &Value) -> String {
    format!("{PRODUCTS}/{}", product["id"].as_str().unwrap())
}

fn won(amount: i64) -> Value {
    json!({"amount": amount, "currency": "KRW"})
}

fn simple(name: &str, price: i64, discount_bps: i64) -> Value {
    json!({
        "name": name, "maker": "참들녘", "original_price": price, "discount_bps": discount_bps,
        "stock": 10,
    })
}

fn whole() -> Value {
    json!({
        "name": "루테인 지아잔틴", "name_en": "Lutein Zeaxanthin", "maker": "참들녘",
        "description": "하루 한 알.\n식후에.", "image_url": "https://example.com/lutein.png",
        "categories": ["eye", "antioxidant"],
        "attributes": {"main_function": "눈 건강에 도움", "shelf_life": "24개월"},
        "original_price": 12_900, "discount_bps": 1_500, "stock": 7,
    })
}

/// The ids that a question finds, in its order.
async fn found(somebody: &Actor, query: &str) -> Vec<String> {
    let items = somebody.pages_through(&format!("{PRODUCTS}?{query}"), 100).await;
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// The names that a question finds, sorted.
async fn names(somebody: &Actor, query: &str) -> Vec<String> {
    let items = somebody.pages_through(&format!("{PRODUCTS}?{query}"), 100).await;
    let names = items.iter().map(|item| item["name"].as_str().unwrap().to_owned());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_seller_adds_edits_and_withdraws_a_product() {
    let shop = TestShop::open().await;
    let (seller, visitor) = (shop.seller().await, shop.visitor());
    let added = seller.posts(PRODUCTS, whole()).await.expect(201);
    let at = path(&added.json);
    assert_eq!(added.header("location"), Some(&*at));
    for field in ["name", "name_en", "maker", "description", "image_url", "discount_bps", "stock"] {
        assert_eq!(added[field], whole()[field], "{field}");
    }
    assert_eq!(added["original_price"], won(12_900));
    assert_eq!((&added["discount_amount"], &added["price"]), (&won(1_935), &won(10_965)));
    assert_eq!(
        added["categories"][0],
        json!({"slug": "eye", "name": "눈 건강", "name_en": "Eye health"})
    );
    assert_eq!(added["attributes"]["main_function"], "눈 건강에 도움");
    assert_eq!(added["attributes"]["storage"], "");
    let me = seller.me().await;
    assert_eq!(added["seller"], json!({"id": me["id"], "name": me["nickname"]}));
    assert_eq!((&added["sales"], &added["created_at"]), (&0.into(), &added["updated_at"]));
    assert_eq!(visitor.gets(&at).await.expect(200).json, added.json);

    shop.time_goes_by(Duration::from_mins(1)).await;
    let change =
        json!({"name": "루테인 골드", "discount_bps": 0, "attributes": {"storage": "실온"}});
    let edited = seller.patches(&at, change).await.expect(200);
    assert_eq!((&edited["name"], &edited["price"]), (&"루테인 골드".into(), &won(12_900)));
    assert_eq!(edited["attributes"]["storage"], "실온");
    assert_eq!(edited["attributes"]["shelf_life"], "", "the statement is changed as a whole");
    for kept in ["id", "maker", "description", "categories", "stock", "created_at", "seller"] {
        assert_eq!(edited[kept], added[kept], "{kept}");
    }
    assert_ne!(edited["updated_at"], added["updated_at"]);
    assert_eq!(visitor.gets(&at).await.expect(200).json, edited.json);

    seller.deletes(&at).await.expect(204);
    visitor.gets(&at).await.expect_problem(404, "not-found");
    seller.gets(&at).await.expect_problem(404, "not-found");
    seller.patches(&at, json!({"name": "zombie"})).await.expect_problem(404, "not-found");
    seller.deletes(&at).await.expect_problem(404, "not-found");
    assert_eq!(visitor.gets(PRODUCTS).await.expect(200)["items"], json!([]));
    shop.close().await;
}

#[tokio::test]
async fn a_product_is_added_once_under_one_key() {
    let shop = TestShop::open().await;
    let seller = shop.seller().await;
    let key = Actor::new_key();
    let first = seller.posts_under(&key, PRODUCTS, whole()).await.expect(201);
    let again = seller.posts_under(&key, PRODUCTS, whole()).await.expect(201);
    assert_eq!(
        (again.json.clone(), again.header("location")),
        (first.json.clone(), first.header("location"))
    );
    let other = seller.posts_under(&key, PRODUCTS, simple("another", 1_000, 0)).await;
    other.expect_problem(422, "idempotency-key-reused");
    assert_eq!(found(&seller, "").await.len(), 1);
    let without_key =
        || seller.sends(seller.request(reqwest::Method::POST, PRODUCTS).json(&whole()));
    without_key().await.expect(201);
    without_key().await.expect(201);
    assert_eq!(found(&seller, "").await.len(), 3);
    shop.close().await;
}

#[tokio::test]
async fn discounts_are_rounded_half_up_and_leave_something_to_pay() {
    let shop = TestShop::open().await;
    let seller = shop.seller().await;
    for (original, bps, discount) in [
        (12_900, 0, 0),
        (12_900, 1_500, 1_935),
        (150, 100, 2),  // 1.5
        (149, 100, 1),  // 1.49
        (999, 333, 33), // 33.2667
        (1, 4_999, 0),  // 0.4999
        (3, 5_000, 2),  // 1.5
        (10_000, 9_999, 9_999),
        (1_000_000_000, 9_999, 999_900_000),
        (999_999_999, 1, 100_000),
    ] {
        let product = seller.adds_product(simple("priced", original, bps)).await;
        assert_eq!(product["discount_amount"], won(discount), "{original} at {bps}");
        assert_eq!(product["price"], won(original - discount), "{original} at {bps}");
    }
    for (original, bps) in [(1, 5_000), (100, 9_999), (1_000, 10_000), (1_000, 10_001)] {
        let refused = seller.posts(PRODUCTS, simple("free", original, bps)).await;
        let refused = refused.expect_problem(400, "validation-failed");
        assert_eq!(refused.text_at("/errors/0/pointer"), "/discount_bps", "{original} at {bps}");
    }
    shop.close().await;
}

/// Twenty-three products with many equals in whatever they are sorted by.
async fn filled(shop: &TestShop) -> Actor {
    let (seller, buyer) = (shop.seller().await, shop.buyer().await);
    for number in 0..23_i64 {
        let name = format!("product {number}");
        let product =
            seller.adds_product(simple(&name, 1_000 * (number % 4 + 1), number % 3 * 1_000));
        let product = product.await["id"].as_str().unwrap().to_owned();
        if number % 5 == 0 {
            let order = buyer.orders(&product, 1 + number % 2).await;
            buyer.pays(&order).await;
        }
        if number % 7 == 0 {
            shop.time_goes_by(Duration::from_secs(1)).await;
        }
    }
    shop.delivers_events().await;
    buyer
}

/// What a list is sorted by.
type Key = fn(&Value) -> Value;

#[tokio::test]
async fn every_order_of_a_list_is_complete_and_without_repeats() {
    let shop = TestShop::open().await;
    let buyer = filled(&shop).await;
    let id = |item: &Value| item["id"].as_str().unwrap().to_owned();
    let sorts: [(&str, Key, bool); 5] = [
        ("newest", |item| item["updated_at"].clone(), true),
        ("price_asc", |item| item["price"]["amount"].clone(), false),
        ("price_desc", |item| item["price"]["amount"].clone(), true),
        ("sales", |item| item["sales"].clone(), true),
        ("discount", |item| item["discount_bps"].clone(), true),
    ];
    for (sort, key, is_descending) in sorts {
        let path = format!("{PRODUCTS}?sort={sort}");
        let all = buyer.pages_through(&path, 100).await;
        assert_eq!(all.len(), 23, "{sort}");
        let mut expected = all.clone();
        // Numbers and times of one width: as text they sort as they are.
        let text = |item: &Value| format!("{:>40} {}", key(item).to_string(), id(item));
        expected.sort_by_key(text);
        if is_descending {
            expected.reverse();
        }
        let ids = |items: &[Value]| items.iter().map(id).collect::<Vec<_>>();
        assert_eq!(ids(&all), ids(&expected), "{sort}");
        for limit in [1, 5, 22, 23] {
            let paged = buyer.pages_through(&path, limit).await;
            assert_eq!(ids(&paged), ids(&all), "{sort}, {limit} at a time");
        }
    }
    let newest = buyer.gets(PRODUCTS).await.expect(200);
    assert_eq!(newest["items"].as_array().unwrap().len(), 20, "a page has 20 when nobody says");
    assert!(newest["next_cursor"].is_string());
    let sold = buyer.gets(&format!("{PRODUCTS}?sort=sales&limit=1")).await.expect(200);
    assert_eq!(sold["items"][0]["sales"], 2);
    shop.close().await;
}

#[tokio::test]
async fn pages_stay_whole_while_products_come_and_go() {
    let shop = TestShop::open().await;
    let seller = shop.seller().await;
    let mut products = vec![];
    for number in 1..=10 {
        products.push(seller.lists(&format!("product {number}"), number * 1_000, 1).await);
    }
    let page = async |query: String| {
        seller.gets(&format!("{PRODUCTS}?sort=price_asc&limit=4{query}")).await
    };
    let first = page(String::new()).await.expect(200);
    // What was seen last and what comes next go away; something comes before and something after.
    for gone in [3, 4] {
        seller.deletes(&format!("{PRODUCTS}/{}", products[gone])).await.expect(204);
    }
    seller.lists("cheap", 10, 1).await;
    let late = seller.lists("dear", 8_500, 1).await;
    let second = page(format!("&cursor={}", first.text_at("/next_cursor"))).await.expect(200);
    let third = page(format!("&cursor={}", second.text_at("/next_cursor"))).await.expect(200);
    let items = [&second, &third].map(|page| page["items"].as_array().unwrap().clone()).concat();
    let seen: Vec<_> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
    let expected = [&products[5], &products[6], &products[7], &late, &products[8], &products[9]];
    assert_eq!(seen, expected);
    assert_eq!(third["next_cursor"], Value::Null);
    shop.close().await;
}

#[tokio::test]
async fn filters_narrow_a_list() {
    let shop = TestShop::open().await;
    let seller = shop.seller().await;
    for (name, price, bps, categories) in [
        ("a", 1_000, 0, json!(["eye"])),
        ("b", 2_000, 5_000, json!(["eye", "skin"])),
        ("c", 3_000, 0, json!(["skin"])),
        ("d", 4_000, 0, json!(["liver", "eye", "eye"])),
    ] {
        let mut product = simple(name, price, bps);
        product["categories"] = categories;
        product["maker"] = if price > 2_000 { "한빛바이오" } else { "참들녘" }.into();
        seller.adds_product(product).await;
    }
    for (query, expected) in [
        ("", vec!["a", "b", "c", "d"]),
        ("category=eye", vec!["a", "b", "d"]),
        ("category=skin", vec!["b", "c"]),
        ("category=bone", vec![]),
        ("category=", vec!["a", "b", "c", "d"]),
        ("brand=참들녘", vec!["a", "b"]),
        ("brand=참들", vec![]),
        ("brand=", vec!["a", "b", "c", "d"]),
        ("brand=한빛바이오&category=eye", vec!["d"]),
        ("brand=한빛바이오&max_price=3000&sort=sales", vec!["c"]),
        ("min_price=1000&max_price=1000", vec!["a", "b"]),
        ("min_price=1001", vec!["c", "d"]),
        ("max_price=999", vec![]),
        ("max_price=9223372036854775807", vec!["a", "b", "c", "d"]),
        ("category=eye&min_price=4000&q=D", vec!["d"]),
        ("q=%20&min_price=&max_price=&limit=&sort=&cursor=", vec!["a", "b", "c", "d"]),
    ] {
        let reply = seller.gets(&format!("{PRODUCTS}?{query}")).await.expect(200);
        let items = reply["items"].as_array().unwrap().iter();
        let mut names: Vec<_> = items.map(|item| item["name"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, expected, "{query}");
    }
    shop.close().await;
}

#[tokio::test]
async fn a_list_is_walked_back_as_it_was_walked_forward() {
    let shop = TestShop::open().await;
    let buyer = filled(&shop).await;
    let page = async |cursor: &str| {
        let path = format!("{PRODUCTS}?sort=discount&limit=10&cursor={cursor}");
        buyer.gets(&path).await.expect(200)
    };
    let first = page("").await;
    assert_eq!(first["prev_cursor"], Value::Null);
    let second = page(&first.text_at("/next_cursor")).await;
    let third = page(&second.text_at("/next_cursor")).await;
    let back = page(&third.text_at("/prev_cursor")).await;
    assert_eq!(back["items"], second["items"]);
    let back = page(&back.text_at("/prev_cursor")).await;
    assert_eq!(back["items"], first["items"]);
    assert_eq!(back["prev_cursor"], Value::Null);
    let forward = page(&back.text_at("/next_cursor")).await;
    assert_eq!(forward["items"], second["items"]);
    // A cursor that points back belongs to its list like any other.
    let cursor = third.text_at("/prev_cursor");
    let refused = buyer.gets(&format!("{PRODUCTS}?sort=newest&cursor={cursor}")).await;
    refused.expect_problem(400, "cursor-invalid");
    shop.close().await;
}

#[tokio::test]
async fn brands_are_listed_while_they_have_something_on_sale() {
    let shop = TestShop::open().await;
    let seller = shop.seller().await;
    for (name, maker) in [("a", "나"), ("b", "가"), ("c", "다"), ("d", "가")] {
        let mut product = simple(name, 1_000, 0);
        product["maker"] = maker.into();
        seller.adds_product(product).await;
    }
    let names = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|brand| brand["name"].as_str().unwrap().to_owned()).collect()
    };
    let first = seller.gets("/api/v1/brands?limit=2").await.expect(200);
    assert_eq!(names(&first.json), ["가", "나"]);
    let next = first.text_at("/next_cursor");
    let second = seller.gets(&format!("/api/v1/brands?limit=2&cursor={next}")).await.expect(200);
    assert_eq!((names(&second.json), &second["next_cursor"]), (vec!["다".into()], &Value::Null));
    let gone = seller.gets(&format!("{PRODUCTS}?brand=다")).await.expect(200);
    let gone = gone["items"][0]["id"].as_str().unwrap().to_owned();
    seller.deletes(&format!("{PRODUCTS}/{gone}")).await.expect(204);
    let left = seller.gets("/api/v1/brands").await.expect(200);
    assert_eq!(names(&left.json), ["가", "나"]);
    seller.gets("/api/v1/brands?limit=0").await.expect_problem(400, "validation-failed");
    let nonsense = "/api/v1/brands?cursor=%00";
    seller.gets(nonsense).await.expect_problem(400, "cursor-invalid");
    shop.close().await;
}

#[tokio::test]
async fn a_search_finds_what_is_written_and_nothing_else() {
    let shop = TestShop::open().await;
    let seller = shop.seller().await;
    for (name, name_en, maker) in [
        ("홍삼 100% 진액", "Red Ginseng 100%", "고려인삼"),
        ("비타민_C", "Vitamin_C", "참들녘"),
        ("비타민 D", "Vitamin D", "참들녘"),
        (r"칼슘\마그네슘", "Calcium", "O'Reilly \"Labs\""),
        ("루테인", "ＬＵＴＥＩＮ", "눈건강"),
    ] {
        let mut product = simple(name, 1_000, 0);
        product["name_en"] = name_en.into();
        product["maker"] = maker.into();
        seller.adds_product(product).await;
    }
    for (q, expected) in [
        ("%25", vec!["홍삼 100% 진액"]),
        ("100%25", vec!["홍삼 100% 진액"]),
        ("%25%25", vec![]),
        ("_", vec!["비타민_C"]),
        ("__", vec![]),
        ("비타민_", vec!["비타민_C"]),
        ("비타민%20D", vec!["비타민 D"]),
        ("비타민", vec!["비타민 D", "비타민_C"]),
        ("%5C", vec![r"칼슘\마그네슘"]),
        ("%5C%5C", vec![]),
        ("%5C%25", vec![]),
        ("o'reilly", vec![r"칼슘\마그네슘"]),
        ("%22labs%22", vec![r"칼슘\마그네슘"]),
        ("' OR 1=1 --", vec![]),
        ("VITAMIN", vec!["비타민 D", "비타민_C"]),
        ("lutein", vec!["루테인"]),
        ("ｌｕｔｅｉｎ", vec!["루테인"]),
        ("고려", vec!["홍삼 100% 진액"]),
    ] {
        // What was searched for also holds on further pages and in other orders.
        for sort in ["newest", "price_asc"] {
            let query = format!("sort={sort}&q={q}");
            let mut expected = expected.clone();
            expected.sort_unstable();
            assert_eq!(names(&seller, &query).await, expected, "{query}");
        }
    }
    shop.close().await;
}

#[tokio::test]
async fn categories_are_listed_and_given_by_the_statement() {
    let shop = TestShop::open().await;
    let (seller, visitor) = (shop.seller().await, shop.visitor());
    let all = visitor.gets("/api/v1/categories").await.expect(200);
    let slugs: Vec<_> = all["items"].as_array().unwrap().iter().map(|c| &c["slug"]).collect();
    let expected =
        ["eye", "bone", "brain", "intestine", "liver", "skin", "antioxidant", "fatigue", "etc"];
    assert_eq!(slugs, expected);
    assert_eq!(all["items"][0], json!({"slug": "eye", "name": "눈 건강", "name_en": "Eye health"}));
    assert_eq!(all["next_cursor"], Value::Null);
    for slug in expected {
        visitor.gets(&format!("{PRODUCTS}?category={slug}")).await.expect(200);
    }

    let slugs = |product: &Value| -> Vec<String> {
        let categories = product["categories"].as_array().unwrap().iter();
        categories.map(|category| category["slug"].as_str().unwrap().to_owned()).collect()
    };
    let mut product = simple("말없는", 1_000, 0);
    let silent = seller.adds_product(product.clone()).await;
    assert_eq!(slugs(&silent), ["etc"]);
    product["attributes"] = json!({"main_function": "비타민 D: 뼈의 형성에 필요 / 유산균 증식"});
    let classified = seller.adds_product(product).await;
    assert_eq!(slugs(&classified), ["bone", "intestine"]);
    let chosen = seller.patches(&path(&classified), json!({"categories": ["liver"]})).await;
    assert_eq!(slugs(&chosen.expect(200).json), ["liver"]);
    let again = seller.patches(&path(&classified), json!({"categories": []})).await;
    assert_eq!(slugs(&again.expect(200).json), ["bone", "intestine"]);
    shop.close().await;
}

#[tokio::test]
async fn a_withdrawn_product_is_gone_and_its_orders_stay() {
    let shop = TestShop::open().await;
    let (seller, buyer) = (shop.seller().await, shop.buyer().await);
    let lutein = seller.lists("루테인", 12_900, 5).await;
    let order = buyer.orders(&lutein, 2).await;
    seller.deletes(&format!("{PRODUCTS}/{lutein}")).await.expect(204);
    assert_eq!(found(&buyer, "q=루테인").await, [""; 0]);
    let refused = buyer.tries_to_order(&lutein, 1).await;
    refused.expect_problem(422, "product-not-found");
    buyer.pays(&order).await;
    let order = buyer.order(&order).await;
    assert_eq!((&order["status"], &order["total"]), (&"paid".into(), &won(25_800)));
    shop.close().await;
}

#[tokio::test]
async fn a_changed_price_does_not_change_orders() {
    let shop = TestShop::open().await;
    let (seller, buyer) = (shop.seller().await, shop.buyer().await);
    let lutein = seller.lists("루테인", 12_900, 5).await;
    let before = buyer.orders(&lutein, 1).await;
    let change = json!({"original_price": 20_000, "discount_bps": 1_000});
    seller.patches(&format!("{PRODUCTS}/{lutein}"), change).await.expect(200);
    let after = buyer.orders(&lutein, 1).await;
    assert_eq!(buyer.order(&before).await["total"], won(12_900));
    assert_eq!(buyer.order(&after).await["total"], won(18_000));
    shop.close().await;
}
