//! The batch as the person at its command line sees it.

use jangbogo_tests::{ProcessSettings, Scratch, ShopProcess, Worker, eventually};
use serde_json::Value;

use crate::{BATCH, SHOP};

/// A shop that does nothing by itself, and whose unpaid orders expire soon.
fn settings(scratch: &Scratch) -> ProcessSettings {
    ProcessSettings::new(SHOP, scratch.path())
        .with("JANGBOGO__BACKGROUND__ENABLED", "false")
        .with("JANGBOGO__ORDERS__PAYMENT_WINDOW_S", "1")
        .with("JANGBOGO__KAKAOPAY__SECRET_KEY", "the-simulators-key")
}

/// The batch beside it, which does not need the simulator.
fn batch(settings: &ProcessSettings, arguments: &[&str]) -> ProcessSettings {
    let beside = settings.clone().with("JANGBOGO__SIMULATOR__ENABLED", "false");
    beside.with("JANGBOGO__KAKAOPAY__BASE_URL", "http://127.0.0.1:9").program(BATCH, arguments)
}

/// What a command says, line by line, and how it ends.
async fn says(settings: &ProcessSettings, arguments: &[&str]) -> (Option<i32>, Vec<Value>) {
    let output = batch(settings, arguments).run().await;
    let said = String::from_utf8(output.stdout).unwrap();
    let lines = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (output.status.code(), lines)
}

#[tokio::test]
async fn exit_codes_tell_a_script_what_to_do() {
    let scratch = Scratch::new();
    let settings = settings(&scratch);
    let (code, said) = says(&settings, &["run", "expire-orders"]).await;
    assert_eq!(code, Some(0));
    assert_eq!(said.last().unwrap()["state"], "done");
    for misunderstood in [
        &["run", "nothing"][..],
        &["run", "expire-orders", "--as-of", "tomorrow"],
        &["run", "Expire"],
        &["frobnicate"],
        &[],
    ] {
        let (code, said) = says(&settings, misunderstood).await;
        assert_eq!((code, said.len()), (Some(64), 0), "{misunderstood:?}");
    }
    let helped = batch(&settings, &["--help"]).run().await;
    assert_eq!(helped.status.code(), Some(0), "help that was asked for is no mistake");
    let refused = batch(&settings, &["schedule", "set", "janitor", "every day"]).run().await;
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let (code, runs) = says(&settings, &["history", "--job", "expire-orders"]).await;
    assert_eq!((code, runs.len()), (Some(0), 1), "only what has run");
    assert_eq!(runs[0]["trigger"], "command");
}

/// F61: schedules are kept, and a change counts while everything runs.
#[tokio::test]
async fn a_schedule_is_changed_while_the_batch_serves() {
    let scratch = Scratch::new();
    let settings = settings(&scratch);
    let with_goods = settings.clone().with("JANGBOGO__DEMO__ENABLED", "true");
    let shop = ShopProcess::start(&with_goods.with("JANGBOGO__DEMO__PRODUCTS", "2")).await;
    let visitor = shop.visitor();
    let products = visitor.gets("/api/v1/products?limit=1").await.expect(200);
    let buyer = shop.buyer("waits").await;
    let (code, said) = says(&settings, &["schedule", "disable", "expire-orders"]).await;
    assert_eq!((code, &said[0]["enabled"]), (Some(0), &Value::Bool(false)));
    let serving = Worker::start(&batch(&settings, &["serve"])).await;
    let order = buyer.orders(&products.text_at("/items/0/id"), 1).await;
    assert_eq!(buyer.order(&order).await["status"], "pending_payment");
    let every_second = ["schedule", "set", "expire-orders", "* * * * * *"];
    let (code, said) = says(&settings, &every_second).await;
    assert_eq!((code, &said[0]["enabled"]), (Some(0), &Value::Bool(false)), "it stays disabled");
    let (code, _) = says(&settings, &["schedule", "enable", "expire-orders"]).await;
    assert_eq!(code, Some(0));
    eventually(async || buyer.order(&order).await["status"] == "expired").await;
    let ran = async || says(&settings, &["history", "--job", "expire-orders"]).await.1;
    eventually(async || ran().await.iter().any(|run| run["state"] == "done")).await;
    let runs = ran().await;
    assert_eq!(runs.len(), 1, "a run that finds nothing leaves no trace: {runs:?}");
    assert_eq!(
        (&runs[0]["trigger"], &runs[0]["steps"][0]["done"]),
        (&"schedule".into(), &1.into())
    );
    assert_eq!(serving.stop().await.code, Some(0));
    assert_eq!(shop.stop().await.code, Some(0));
}
