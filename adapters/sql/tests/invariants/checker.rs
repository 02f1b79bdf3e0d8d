//! What the checker finds and says.

use std::collections::BTreeSet;

use jangbogo_sql::SqliteStore;
use jangbogo_sql::invariants::{self, Class, Moment};

use crate::breaches::{BREACHES, Planted, healthy_provider};
use crate::database::{Database, NOW, filled_in, without_guards};

#[tokio::test]
async fn a_healthy_shop_has_no_breach() {
    let database = Database::healthy("healthy").await;
    let store = SqliteStore::open_existing(&database.0).await.unwrap();
    let books = healthy_provider();
    let report = invariants::check(&store, Moment::Quiet, NOW, Some(&books)).await.unwrap();
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.checked.len(), invariants::all().count());
    assert_eq!(report.not_checked, []);
    store.close().await;
}

#[tokio::test]
async fn what_nobody_looked_at_is_said() {
    let database = Database::healthy("unsaid").await;
    let store = SqliteStore::open_existing(&database.0).await.unwrap();
    let report = invariants::check(&store, Moment::Any, NOW, None).await.unwrap();
    assert!(report.is_clean(), "{report}");
    let left_out: Vec<&str> = report.not_checked.iter().map(|left| left.invariant).collect();
    assert_eq!(left_out, ["I6", "I15", "I9", "I10", "I13", "I14", "I22", "I24"]);
    assert_eq!(report.checked.len() + left_out.len(), invariants::all().count());
    store.close().await;
}

#[test]
fn every_invariant_has_a_planted_breach() {
    let planted: BTreeSet<&str> = BREACHES.iter().map(|breach| breach.invariant).collect();
    let all: BTreeSet<&str> = invariants::all().map(|invariant| invariant.id).collect();
    assert_eq!(planted, all);
}

#[tokio::test]
async fn every_planted_breach_is_found_by_its_invariant_alone() {
    let healthy = Database::healthy("guarded").await;
    without_guards(&healthy).await;
    let mut wrong = Vec::new();
    for (number, breach) in BREACHES.iter().enumerate() {
        let found = found_in(&healthy.copied(&format!("breach-{number}")), breach).await;
        if found != [breach.invariant] {
            wrong.push(format!("{number}: {} was found by {found:?}", breach.invariant));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// The invariants that see the breach, looking when the one that it is meant for looks.
async fn found_in(database: &Database, breach: &Planted) -> Vec<&'static str> {
    database.run(&filled_in(breach.sql)).await;
    let mut books = healthy_provider();
    (breach.provider)(&mut books);
    let invariant = invariants::all().find(|it| it.id == breach.invariant).unwrap();
    let moment = match invariant.class {
        Class::Always => Moment::Any,
        Class::Quiet => Moment::Quiet,
    };
    let store = SqliteStore::open_existing(&database.0).await.unwrap();
    let report = invariants::check(&store, moment, NOW, Some(&books)).await.unwrap();
    store.close().await;
    report.breaches.iter().map(|breach| breach.invariant).collect()
}

#[tokio::test]
async fn a_breach_is_shown_with_the_ids_of_the_api() {
    let database = Database::healthy("shown").await;
    database.run(&filled_in("UPDATE stock SET initial = 11 WHERE product_id = {apple}")).await;
    let store = SqliteStore::open_existing(&database.0).await.unwrap();
    let report = invariants::check(&store, Moment::Any, NOW, None).await.unwrap();
    store.close().await;
    let [breach] = report.breaches.as_slice() else {
        panic!("{report}");
    };
    assert_eq!(breach.subjects, ["pro_6170706c650000000000000000000000"]);
    assert_eq!(breach.count, 1);
}

#[tokio::test]
async fn a_database_of_another_schema_is_refused_and_left_alone() {
    let database = Database::healthy("schema").await;
    let refused = async || {
        let error = SqliteStore::open_existing(&database.0).await.unwrap_err();
        std::error::Error::source(&error).unwrap().to_string()
    };
    database.run("DELETE FROM _sqlx_migrations WHERE version >= 5").await;
    assert!(refused().await.contains("start the shop once"));
    database.run("UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 4").await;
    assert!(refused().await.contains("step 4 is another program's"));
    database.run("DROP TABLE _sqlx_migrations").await;
    assert!(refused().await.contains("it is not a shop's"));

    let missing = Database::new("missing");
    assert!(SqliteStore::open_existing(&missing.0).await.is_err());
    assert!(!missing.0.exists(), "looking does not create a file");
}

#[tokio::test]
async fn a_database_that_is_only_looked_at_cannot_be_written() {
    use jangbogo_kernel::PublicationQueue as _;

    let database = Database::healthy("read-only").await;
    let store = SqliteStore::open_existing(&database.0).await.unwrap();
    assert!(store.subscribe("nobody", &["nothing"]).await.is_err());
    store.close().await;
}
