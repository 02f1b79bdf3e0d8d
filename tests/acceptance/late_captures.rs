//! Money that moves after everybody has given it up: no provider promises that a request which it
//! did not answer, and of which it knows nothing later, has no effect later still.

use std::time::Duration;

use jangbogo_gateway_simulator::{Action, Call, Fault, When};
use jangbogo_payment::{CaptureRequest, Outcome, Period, ProviderName};
use jangbogo_tests::{Actor, PaymentPage, Scene, TestShop, eventually};
use serde_json::json;

const DAY: Duration = Duration::from_hours(24);

/// A payment that was given up: its request is still on its way.
struct Late {
    order: String,
    page: PaymentPage,
    back: String,
}

/// The buyer agrees, the request does not arrive, and after the horizon it counts as not sent.
async fn given_up(shop: &TestShop, buyer: &Actor, product: &str, provider: &str) -> Late {
    let order = buyer.orders(product, 1).await;
    let path = format!("/api/v1/orders/{order}/payments");
    let begun = buyer.posts(&path, json!({"provider": provider})).await.expect(201);
    let (payment, url) = (begun.text_at("/id"), begun.text_at("/redirect_url/pc"));
    let page = PaymentPage { payment, url };
    let back = buyer.presses("pay", &page).await;
    let silent = Fault::new(Call::Approve, When::Before, Action::Reset);
    shop.faults(vec![silent]).await;
    buyer.comes_back(&back).await.expect(202);
    for _ in 0..40 {
        shop.time_goes_by(Duration::from_secs(30)).await;
        shop.resolves_attempts().await;
        if buyer.payment(&page.payment).await["status"] == "failed" {
            break;
        }
    }
    shop.faults(Vec::new()).await;
    assert_eq!(buyer.payment(&page.payment).await["status"], "failed");
    Late { order, page, back }
}

/// The request arrives after all, and has its effect.
async fn arrives(shop: &TestShop, late: &Late) {
    let opened = shop.opened();
    let id = late.page.payment.parse().unwrap();
    let attempt = opened.shop.payments.find(id).await.unwrap().unwrap();
    let query = reqwest::Url::parse(&late.back).unwrap();
    let request = CaptureRequest {
        reference: attempt.session.unwrap().reference,
        merchant_ref: attempt.merchant_ref,
        buyer_ref: attempt.buyer.to_string(),
        amount: attempt.amount,
        proof: query.query_pairs().into_owned().collect(),
    };
    let provider = opened.around.providers.get(&attempt.provider).unwrap();
    let outcome = provider.capture(&request).await;
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
}

/// The books are compared; what was found is settled, and nothing is left to a person.
async fn books_are_compared(shop: &TestShop, provider: &str) {
    let now = shop.opened().around.clock.now();
    let period = Period { from: now.minus(DAY), until: now.plus(DAY) };
    let compare = &shop.opened().shop.compare_books;
    let found = compare.run(&ProviderName(provider.to_owned()), period).await.unwrap();
    assert_eq!(found.differences.len(), 1, "{found:?}");
    assert!(found.differences[0].is_repaired, "{found:?}");
    let again = compare.run(&ProviderName(provider.to_owned()), period).await.unwrap();
    assert_eq!(again.differences, [], "and the books agree");
}

fn mails_about(shop: &TestShop, buyer: &Actor, what: &str) -> usize {
    let plain = |mail: &String| mail.contains(what);
    shop.mails_to(buyer.email()).iter().filter(|mail| plain(mail)).count()
}

#[tokio::test]
async fn an_order_that_still_waits_is_paid_by_late_money() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let late = given_up(&shop, &buyer, &product, "kakaopay").await;
    // The buyer has opened another page meanwhile, and not paid there.
    let other = buyer.goes_to_pay(&late.order).await;
    arrives(&shop, &late).await;
    books_are_compared(&shop, "kakaopay").await;
    assert_eq!(buyer.order(&late.order).await["status"], "paid");
    assert_eq!(buyer.payment(&late.page.payment).await["status"], "succeeded");
    let back = buyer.presses("pay", &other).await;
    buyer.comes_back(&back).await.expect_problem(409, "payment-over");
    shop.delivers_events().await;
    assert_eq!(shop.money_moved().await, [Scene::PRICE]);
    assert_eq!(buyer.stock_of(&product).await, 4);
    shop.close().await;
}

#[tokio::test]
async fn an_expired_order_gets_its_pieces_again_while_there_are_some() {
    let Scene { shop, buyer, product, .. } = Scene::open(1).await;
    let late = given_up(&shop, &buyer, &product, "tosspayments").await;
    assert_eq!(shop.expires_orders().await, 1);
    assert_eq!(buyer.stock_of(&product).await, 1);
    // The provider's own webhook tells of it.
    arrives(&shop, &late).await;
    eventually(async || buyer.order(&late.order).await["status"] == "paid").await;
    assert_eq!(buyer.stock_of(&product).await, 0);
    shop.delivers_events().await;
    // It is an order like any other from here on.
    buyer.asks_for_refund(&late.order, json!({"reason": "너무 늦었어요"})).await.expect(202);
    shop.delivers_events().await;
    assert_eq!(buyer.order(&late.order).await["status"], "refunded");
    assert_eq!(buyer.stock_of(&product).await, 1);
    assert_eq!(shop.money_moved().await, [Scene::PRICE, -Scene::PRICE]);
    shop.close().await;
}

#[tokio::test]
async fn without_pieces_the_money_goes_back_by_itself() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(1).await;
    let late = given_up(&shop, &buyer, &product, "kakaopay").await;
    shop.time_goes_by(Duration::from_mins(10)).await;
    assert_eq!(shop.expires_orders().await, 1);
    // Somebody else was faster.
    let other = shop.buyer().await;
    other.pays(&other.orders(&product, 1).await).await;
    arrives(&shop, &late).await;
    books_are_compared(&shop, "kakaopay").await;
    shop.is_sound().await;
    shop.delivers_events().await;
    buyer.logs_in().await;
    assert_eq!(buyer.order(&late.order).await["status"], "expired");
    assert_eq!(shop.money_moved().await, [Scene::PRICE, Scene::PRICE, -Scene::PRICE]);
    shop.delivers_events().await;
    assert_eq!(mails_about(&shop, &buyer, &late.order), 2, "that it expired, and the refund");
    shop.close().await;
}

#[tokio::test]
async fn who_has_paid_otherwise_meanwhile_gets_the_late_money_back() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    let late = given_up(&shop, &buyer, &product, "kakaopay").await;
    buyer.pays(&late.order).await;
    arrives(&shop, &late).await;
    books_are_compared(&shop, "kakaopay").await;
    shop.delivers_events().await;
    assert_eq!(shop.money_moved().await, [Scene::PRICE, Scene::PRICE, -Scene::PRICE]);
    assert_eq!(buyer.order(&late.order).await["status"], "paid");
    // What the order was paid with can still go back as well.
    buyer.asks_for_refund(&late.order, json!({"reason": "바꿨어요"})).await.expect(202);
    shop.delivers_events().await;
    assert_eq!(buyer.order(&late.order).await["status"], "refunded");
    assert_eq!(shop.money_moved().await.iter().sum::<i64>(), 0);
    shop.close().await;
}

#[tokio::test]
async fn who_gave_the_order_up_gets_the_late_money_back() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(5).await;
    let late = given_up(&shop, &buyer, &product, "kakaopay").await;
    buyer.cancels(&late.order).await.expect(200);
    arrives(&shop, &late).await;
    books_are_compared(&shop, "kakaopay").await;
    // The provider refuses at first to be asked.
    shop.provider_fails_once(Call::Cancel, When::Before, Action::Reset).await;
    shop.delivers_events().await;
    shop.time_goes_by(Duration::from_mins(10)).await;
    for _ in 0..3 {
        shop.resolves_attempts().await;
        shop.time_goes_by(Duration::from_mins(10)).await;
    }
    buyer.logs_in().await;
    assert_eq!(buyer.order(&late.order).await["status"], "cancelled");
    assert_eq!(shop.money_moved().await, [Scene::PRICE, -Scene::PRICE]);
    assert_eq!(buyer.stock_of(&product).await, 5);
    shop.delivers_events().await;
    shop.close().await;
}
