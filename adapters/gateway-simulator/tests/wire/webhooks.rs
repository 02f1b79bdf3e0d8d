//! Webhooks: announced, repeated until they are taken, duplicated and overtaken.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use jangbogo_gateway_simulator::{Action, Call, Fault, SimulatorConfig, When};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

use crate::toss::TossShop;

/// A webhook as the shop got it.
struct Got {
    id: String,
    retried: String,
    body: Value,
}

/// The shop's side.
struct Inbox {
    got: UnboundedReceiver<Got>,
    answers: watch::Sender<StatusCode>,
}

struct Door {
    got: UnboundedSender<Got>,
    answers: watch::Receiver<StatusCode>,
}

async fn take(State(door): State<Arc<Door>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    assert!(headers.contains_key("tosspayments-webhook-transmission-time"));
    let got = Got {
        id: header("tosspayments-webhook-transmission-id"),
        retried: header("tosspayments-webhook-transmission-retried-count"),
        body: serde_json::from_slice(&body).unwrap(),
    };
    let answer = *door.answers.borrow();
    // The test may be over.
    let _over = door.got.send(got);
    answer
}

impl Inbox {
    async fn open() -> (Self, String) {
        let (sender, got) = unbounded_channel();
        let answers = watch::Sender::new(StatusCode::OK);
        let door = Arc::new(Door { got: sender, answers: answers.subscribe() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let router = axum::Router::new().route("/hooks", post(take)).with_state(door);
        tokio::spawn(async move { axum::serve(listener, router).await });
        (Self { got, answers }, url)
    }

    async fn next(&mut self) -> Got {
        let waited = tokio::time::timeout(Duration::from_secs(10), self.got.recv()).await;
        waited.expect("a webhook comes").unwrap()
    }
}

async fn shop(url: &str) -> TossShop {
    let frozen_at = Some("2026-11-20T03:00:00Z".parse().unwrap());
    let webhook_url = Some(url.to_owned());
    let config = SimulatorConfig { frozen_at, webhook_url, ..SimulatorConfig::new("kakao") };
    TossShop::open_with(config).await
}

#[tokio::test]
async fn every_change_of_a_payment_is_announced() {
    let (mut inbox, url) = Inbox::open().await;
    let shop = shop(&url).await;
    let paid = shop.paid("order-0001", 1_000).await;
    let got = inbox.next().await;
    assert_eq!(got.body["eventType"], json!("PAYMENT_STATUS_CHANGED"));
    assert_eq!(got.body["createdAt"], json!("2026-11-20T12:00:00.000000"));
    assert_eq!(got.body["data"], shop.looked_up(&paid).await);
    assert_eq!(got.retried, "0");
    let cancel = json!({"cancelReason": "r"});
    shop.ok(&format!("/v1/payments/{}/cancel", paid.payment_key), &cancel).await;
    assert_eq!(inbox.next().await.body["data"]["status"], json!("CANCELED"));
    let page = shop.announced("order-0002", 1_000).await;
    shop.press(&page, "fail").await;
    assert_eq!(inbox.next().await.body["data"]["status"], json!("ABORTED"));
}

#[tokio::test]
async fn a_webhook_that_is_not_taken_comes_again_after_1_4_and_16_minutes() {
    let (mut inbox, url) = Inbox::open().await;
    let shop = shop(&url).await;
    inbox.answers.send_replace(StatusCode::INTERNAL_SERVER_ERROR);
    shop.paid("order-0001", 1_000).await;
    let first = inbox.next().await;
    for (minutes, retried) in [(1, "1"), (4, "2")] {
        again(&shop, &mut inbox, minutes, retried, &first.id).await;
    }
    inbox.answers.send_replace(StatusCode::OK);
    again(&shop, &mut inbox, 16, "3", &first.id).await;
    shop.simulator.advance(Duration::from_hours(24)).await;
    shop.paid("order-0002", 1_000).await;
    assert_eq!(inbox.next().await.body["data"]["orderId"], json!("order-0002"), "it was taken");
}

/// The same webhook comes after so many minutes. Its answer reaches the simulator a moment after
/// the shop gave it, so the clock is moved until the repeat is there.
async fn again(shop: &TossShop, inbox: &mut Inbox, minutes: u64, retried: &str, id: &str) {
    let mut moved = Duration::ZERO;
    let got = loop {
        shop.simulator.advance(Duration::from_mins(minutes)).await;
        moved += Duration::from_mins(minutes);
        let soon = tokio::time::timeout(Duration::from_millis(200), inbox.got.recv()).await;
        if let Ok(got) = soon {
            break got.unwrap();
        }
        assert!(moved < Duration::from_hours(1_000), "it does not come again");
    };
    assert_eq!((got.retried.as_str(), got.id.as_str()), (retried, id));
}

#[tokio::test]
async fn webhooks_are_duplicated_overtaken_and_lost_as_programmed() {
    let (mut inbox, url) = Inbox::open().await;
    let shop = shop(&url).await;
    let webhook = |action| Fault::new(Call::Webhook, When::Before, action).attempts(1);
    let twice = vec![webhook(Action::Duplicate { copies: 1 })];
    shop.simulator.faults(twice).await;
    shop.paid("order-0001", 1_000).await;
    let (one, two) = (inbox.next().await, inbox.next().await);
    assert_eq!((&one.id, &one.body), (&two.id, &two.body));

    // DONE is late, so CANCELED overtakes it.
    shop.simulator.faults(vec![webhook(Action::Latency { ms: 60_000 })]).await;
    let paid = shop.paid("order-0002", 1_000).await;
    let cancel = json!({"cancelReason": "r"});
    shop.ok(&format!("/v1/payments/{}/cancel", paid.payment_key), &cancel).await;
    assert_eq!(inbox.next().await.body["data"]["status"], json!("CANCELED"));
    shop.simulator.advance(Duration::from_mins(1)).await;
    assert_eq!(inbox.next().await.body["data"]["status"], json!("DONE"));

    shop.simulator.faults(vec![webhook(Action::Reset)]).await;
    shop.paid("order-0003", 1_000).await;
    shop.simulator.advance(Duration::from_mins(1)).await;
    let got = inbox.next().await;
    assert_eq!((got.retried.as_str(), &got.body["data"]["orderId"]), ("1", &json!("order-0003")));
}
