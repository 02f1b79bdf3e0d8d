//! The admin port, and the ledger's file.

use std::path::PathBuf;

use jangbogo_gateway_simulator::{LedgerEntry, LedgerOp};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::shop::{Shop, approve_body, cancel_body};

#[tokio::test]
async fn the_books_can_be_read() {
    let shop = Shop::open().await;
    let admin = shop.simulator.admin_url();
    let health = shop.client.get(format!("{admin}/healthz")).send().await.unwrap();
    assert_eq!(health.status(), StatusCode::OK);

    let payment = shop.paid().await;
    shop.ok("cancel", &cancel_body(&payment, 2_000)).await;
    let ledger = shop.client.get(format!("{admin}/admin/ledger")).send().await.unwrap();
    let ledger: Vec<LedgerEntry> = ledger.json().await.unwrap();
    assert_eq!(ledger, shop.simulator.ledger().await.unwrap());
    assert_eq!(serde_json::to_value(ledger[1].op).unwrap(), json!("REFUND"));

    let payments = shop.client.get(format!("{admin}/admin/payments")).send().await.unwrap();
    let payments: Value = payments.json().await.unwrap();
    assert_eq!(payments[0]["tid"], json!(payment.tid));
    assert_eq!(payments[0]["state"], json!("PART_CANCEL_PAYMENT"));
    assert_eq!(payments[0]["amount"], json!(22_000));
    assert_eq!(payments[0]["canceled_amount"], json!(2_000));
}

#[tokio::test]
async fn faults_and_the_clock_can_be_set() {
    let shop = Shop::open().await;
    let faults = format!("{}/admin/faults", shop.simulator.admin_url());
    let program = json!([{ "call": "approve", "when": "after", "action": "reset", "times": 1 }]);
    let put = shop.client.put(&faults).json(&program).send().await.unwrap();
    assert_eq!(put.status(), StatusCode::NO_CONTENT);

    let payment = shop.announce().await;
    let token = shop.authenticate(&payment).await;
    let body = approve_body(&payment, &token);
    assert!(shop.request("approve").json(&body).send().await.is_err());
    let left: Value = shop.client.get(&faults).send().await.unwrap().json().await.unwrap();
    assert_eq!(left[0]["times"], json!(0));

    let flawed = json!([{ "call": "approve", "when": "after", "action": "reset",
        "share_percent": 101 }]);
    let put = shop.client.put(&faults).json(&flawed).send().await.unwrap();
    assert_eq!(put.status(), StatusCode::BAD_REQUEST);
    let deleted = shop.client.delete(&faults).send().await.unwrap();
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    let left: Value = shop.client.get(&faults).send().await.unwrap().json().await.unwrap();
    assert_eq!(left, json!([]));

    let late = shop.announce().await;
    let clock = format!("{}/admin/clock", shop.simulator.admin_url());
    let moved = shop.client.post(clock).json(&json!({ "advance_ms": 900_000 })).send().await;
    assert_eq!(moved.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(shop.refused("approve", &approve_body(&late, "any")).await, -723);
}

/// A directory of its own, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let directory = format!("gateway-simulator-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(directory);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A left-over directory is no reason to fail a test.
        let _left_over = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn the_ledger_and_the_payments_survive_a_restart() {
    let scratch = Scratch::new("restart");
    let file = scratch.0.join("ledger.db");
    let shop = Shop::open_with(Some(file.clone()), 7).await;
    let paid = shop.paid().await;
    let mut open = shop.announce().await;
    let ledger = shop.simulator.ledger().await.unwrap();
    shop.simulator.shutdown().await;

    let shop = Shop::open_with(Some(file), 7).await;
    assert_eq!(shop.simulator.ledger().await.unwrap(), ledger);
    assert_eq!(shop.status(&paid).await, "SUCCESS_PAYMENT");
    shop.ok("cancel", &cancel_body(&paid, 22_000)).await;
    let ledger = shop.simulator.ledger().await.unwrap();
    assert_eq!(ledger.last().unwrap().op, LedgerOp::Refund);
    assert_eq!(ledger.last().unwrap().parent_tx_id.as_ref(), Some(&ledger[0].pg_tx_id));

    // The pages' addresses moved with the port; the payment itself is still there.
    let mut page = reqwest::Url::parse(&open.page).unwrap();
    page.set_port(reqwest::Url::parse(&shop.simulator.base_url()).unwrap().port()).unwrap();
    open.page = page.to_string();
    let token = shop.authenticate(&open).await;
    shop.ok("approve", &approve_body(&open, &token)).await;
    // A new payment under the same seed takes no id that the file has already.
    shop.paid().await;
    shop.simulator.shutdown().await;
}
