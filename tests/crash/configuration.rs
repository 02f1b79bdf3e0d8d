//! What the command line and the configuration make of the process.

use std::process::Output;

use jangbogo_tests::{ProcessSettings, Scratch, ShopProcess};
use serde_json::Value;

use crate::SHOP;

const SECRET: &str = "SK-do-not-show-this-to-anybody";
const SIGNING_KEY: &str = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";
const SEALING_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// What is left of a process that did not want to start.
async fn refused(settings: ProcessSettings) -> String {
    let Output { status, stdout, stderr } = settings.run().await;
    let text = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(78), "{text}");
    assert!(stdout.is_empty(), "{}", String::from_utf8_lossy(&stdout));
    text
}

/// What a process printed that succeeded.
async fn printed(settings: ProcessSettings) -> String {
    let Output { status, stdout, stderr } = settings.run().await;
    assert_eq!(status.code(), Some(0), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

#[tokio::test]
async fn the_printed_configuration_shows_settings_and_no_secret() {
    let scratch = Scratch::new();
    let url = format!("postgres://shop:{SECRET}@db.example/shop");
    let settings = ProcessSettings::new(SHOP, scratch.path())
        .with("JANGBOGO__KAKAOPAY__SECRET_KEY", SECRET)
        .with("JANGBOGO__KAKAOPAY__CID_SECRET", SECRET)
        .with("JANGBOGO__SESSION__SIGNING_KEY", SIGNING_KEY)
        .with("JANGBOGO__SEALING__KEY", SEALING_KEY)
        .with("JANGBOGO__ORDERS__PAYMENT_WINDOW_S", "77")
        .with("JANGBOGO__ORDERS__STRATEGY", "distributed_lock")
        .with("DATABASE_URL", &url)
        .with("REDIS_URL", &format!("redis://:{SECRET}@redis.example"))
        .with("JANGBOGO__REDIS__KEY_PREFIX", "other-shop:")
        .with_argument("--print-config");

    let text = printed(settings).await;
    for secret in [SECRET, SIGNING_KEY, SEALING_KEY] {
        assert!(!text.contains(secret), "{text}");
    }
    for line in
        ["signing_key = \"***\"", "secret_key = \"***\"", "cid_secret = \"***\"", "url = \"***\""]
    {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert_eq!(text.matches("url = \"***\"").count(), 2, "database and redis: {text}");
    for line in
        ["payment_window_s = 77", "strategy = \"distributed_lock\"", "key_prefix = \"other-shop:\""]
    {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!scratch.path().join("shop.db").exists(), "printing opens nothing");
}

/// What was printed can be given back as a file and means the same.
#[tokio::test]
async fn the_printed_configuration_can_be_read_again() {
    let scratch = Scratch::new();
    let settings = ProcessSettings::new(SHOP, scratch.path()).with_argument("--print-config");
    let text = printed(settings.clone()).await;
    let file = scratch.path().join("shop.toml");
    std::fs::write(&file, &text).unwrap();

    let by_file = settings.alone().with("JANGBOGO_CONFIG", file.to_str().unwrap());
    let again = printed(by_file.with_argument("--print-config")).await;
    assert_eq!(again, text);
}

#[tokio::test]
async fn a_setting_that_does_not_exist_is_named() {
    let scratch = Scratch::new();
    let settings = ProcessSettings::new(SHOP, scratch.path());
    let by_environment = settings.clone().with("JANGBOGO__SERVER__BINDD", "127.0.0.1:1");
    let text = refused(by_environment).await;
    assert!(text.contains("bindd"), "{text}");

    let file = scratch.path().join("shop.toml");
    std::fs::write(&file, "[orders]\npayment_windows = 60\n").unwrap();
    let by_file = settings.with_argument("--config").with_argument(file.to_str().unwrap());
    let text = refused(by_file).await;
    assert!(text.contains("payment_windows"), "{text}");
}

#[tokio::test]
async fn an_impossible_setting_is_named() {
    let scratch = Scratch::new();
    let settings = ProcessSettings::new(SHOP, scratch.path());
    for (name, value, named) in [
        ("JANGBOGO__ORDERS__PAYMENT_WINDOW_S", "901", "orders.payment_window_s"),
        ("JANGBOGO__SERVER__BODY_BYTES_MAX", "0", "server.body_bytes_max"),
        ("JANGBOGO__ORDERS__STRATEGY", "hope", "hope"),
        ("JANGBOGO__ORDERS__WAIT_MS", "0", "orders.wait_ms"),
        ("JANGBOGO__ORDERS__LOCK_LEASE_MS", "99", "orders.lock_lease_ms"),
        ("JANGBOGO__REDIS__RESPONSE_TIMEOUT_MS", "0", "redis.response_timeout_ms"),
        ("JANGBOGO__REDIS__KEY_PREFIX", "two words", "redis.key_prefix"),
        ("REDIS_URL", "somewhere", "redis.url"),
        ("JANGBOGO__SIMULATOR__ENABLED", "false", "kakaopay.secret_key"),
        ("JANGBOGO__KAKAOPAY__BASE_URL", "kakaopay.example", "kakaopay.base_url"),
        ("JANGBOGO__JOBS__ZONE", "Asia/Nowhere", "jobs.zone"),
        ("JANGBOGO__JOBS__LEASE_MS", "60000", "jobs.lease_ms"),
        ("JANGBOGO__JOBS__CHUNK", "0", "jobs.chunk"),
        ("JANGBOGO__BILLING__DEADLINE_MS", "20000", "billing.deadline_ms"),
        ("JANGBOGO__BILLING__URL", "https://shop.example", "internal.token"),
        ("JANGBOGO__SERVER__BIND", "everywhere", "bind"),
        ("JANGBOGO__SESSION__SIGNING_KEY", "bm8ga2V5", "session.signing_key"),
        ("JANGBOGO__SEALING__KEY", "bm8ga2V5", "sealing.key"),
        ("JANGBOGO__SEALING__OLD_KEYS", "bm8ga2V5", "sealing.old_keys"),
    ] {
        let text = refused(settings.clone().with(name, value)).await;
        assert!(text.contains(named), "{named} in {text}");
    }
    let keyless = settings.clone().with("JANGBOGO__KAKAOPAY__SECRET_KEY", "");
    let text = refused(keyless.with("JANGBOGO__SIMULATOR__ENABLED", "false")).await;
    assert!(text.contains("kakaopay.secret_key"), "an empty key is no key: {text}");
    let missing = scratch.path().join("missing.toml");
    let settings = settings.with_argument("--config").with_argument(missing.to_str().unwrap());
    let text = refused(settings).await;
    assert!(text.contains("missing.toml"), "{text}");
}

#[tokio::test]
async fn the_printed_document_is_the_committed_one() {
    let scratch = Scratch::new();
    let settings = ProcessSettings::new(SHOP, scratch.path()).with_argument("--print-openapi");
    let text = printed(settings).await;
    let printed: Value = serde_json::from_str(&text).unwrap();
    assert!(printed["paths"]["/api/v1/orders"]["post"].is_object(), "{text}");
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../api-server/openapi.json");
    let committed = std::fs::read_to_string(committed).unwrap();
    // The text itself is compared by `cargo xtask openapi --check`.
    let committed: Value = serde_json::from_str(&committed).unwrap();
    assert!(printed == committed, "run `cargo xtask openapi`");
}

#[tokio::test]
async fn the_database_may_be_named_by_its_usual_variable() {
    let scratch = Scratch::new();
    let file = scratch.path().join("elsewhere.db");
    let url = format!("sqlite:{}", file.display());
    let settings = ProcessSettings::new(SHOP, scratch.path()).with("DATABASE_URL", &url);
    let shop = ShopProcess::start(&settings).await;
    shop.visitor().gets("/readyz").await.expect(200);
    assert_eq!(shop.stop().await.code, Some(0));
    assert!(file.exists());
    assert!(!scratch.path().join("shop.db").exists());
}
