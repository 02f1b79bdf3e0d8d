//! What the checker finds and says.

use std::collections::BTreeSet;

use jangbogo_kernel::PublicationQueue as _;
use jangbogo_setup::Database;
use jangbogo_sql::SqliteStore;
use jangbogo_sql::invariants::{self, Class, Moment};
use jangbogo_tests::Scratch;
use jangbogo_tests::servers::Engine;

use crate::breaches::{BREACHES, Planted, healthy_provider};
use crate::place::{NOW, Place};

/// Every story on each engine.
macro_rules! on_each_engine {
    ($($name:ident,)+) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(super::Engine::Sqlite).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(super::Engine::Postgres).await;
                }
            )+
        }
    };
}

on_each_engine! {
    a_healthy_shop_has_no_breach,
    what_nobody_looked_at_is_said,
    every_planted_breach_is_found_by_its_invariant_alone,
    a_breach_is_shown_with_the_ids_of_the_api,
    a_database_of_another_schema_is_refused_and_left_alone,
    a_database_that_is_only_looked_at_cannot_be_written,
}

async fn a_healthy_shop_has_no_breach(engine: Engine) {
    let database = Place::healthy(engine).await;
    let store = database.look().await.unwrap();
    let books = healthy_provider();
    let report = store.check(Moment::Quiet, NOW, Some(&books)).await.unwrap();
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.checked.len(), invariants::all().count());
    assert_eq!(report.not_checked, []);
    store.close().await;
}

async fn what_nobody_looked_at_is_said(engine: Engine) {
    let database = Place::healthy(engine).await;
    let store = database.look().await.unwrap();
    let report = store.check(Moment::Any, NOW, None).await.unwrap();
    assert!(report.is_clean(), "{report}");
    let left_out: Vec<&str> = report.not_checked.iter().map(|left| left.invariant).collect();
    assert_eq!(left_out, ["I6", "I15", "I9", "I10", "I13", "I14", "I18", "I22", "I24", "I19"]);
    assert_eq!(report.checked.len() + left_out.len(), invariants::all().count());
    store.close().await;
}

#[test]
fn every_invariant_has_a_planted_breach() {
    let planted: BTreeSet<&str> = BREACHES.iter().map(|breach| breach.invariant).collect();
    let all: BTreeSet<&str> = invariants::all().map(|invariant| invariant.id).collect();
    assert_eq!(planted, all);
}

async fn every_planted_breach_is_found_by_its_invariant_alone(engine: Engine) {
    let healthy = Place::healthy(engine).await;
    healthy.without_guards().await;
    let mut wrong = Vec::new();
    for (number, breach) in BREACHES.iter().enumerate() {
        let found = found_in(&healthy.copied(), breach).await;
        if found != [breach.invariant] {
            wrong.push(format!("{number}: {} was found by {found:?}", breach.invariant));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// The invariants that see the breach, looking when the one that it is meant for looks.
async fn found_in(database: &Place, breach: &Planted) -> Vec<&'static str> {
    database.run(breach.sql).await;
    let mut books = healthy_provider();
    (breach.provider)(&mut books);
    let invariant = invariants::all().find(|it| it.id == breach.invariant).unwrap();
    let moment = match invariant.class {
        Class::Always => Moment::Any,
        Class::Quiet => Moment::Quiet,
    };
    let store = database.look().await.unwrap();
    let report = store.check(moment, NOW, Some(&books)).await.unwrap();
    store.close().await;
    report.breaches.iter().map(|breach| breach.invariant).collect()
}

async fn a_breach_is_shown_with_the_ids_of_the_api(engine: Engine) {
    let database = Place::healthy(engine).await;
    database.without_guards().await;
    database.run("UPDATE stock SET initial = 11 WHERE product_id = {apple}").await;
    let store = database.look().await.unwrap();
    let report = store.check(Moment::Any, NOW, None).await.unwrap();
    store.close().await;
    let [breach] = report.breaches.as_slice() else {
        panic!("{report}");
    };
    assert_eq!(breach.subjects, ["pro_6170706c650000000000000000000000"]);
    assert_eq!(breach.count, 1);
}

async fn a_database_of_another_schema_is_refused_and_left_alone(engine: Engine) {
    let database = Place::healthy(engine).await;
    let refused = async || {
        let error = database.look().await.err().unwrap();
        format!("{error:#}")
    };
    database.run("DELETE FROM _sqlx_migrations WHERE version > 4").await;
    assert!(refused().await.contains("start the shop once"));
    database.run("UPDATE _sqlx_migrations SET checksum = [other] WHERE version = 4").await;
    assert!(refused().await.contains("step 4 is another program's"));
    database.run("DROP TABLE _sqlx_migrations").await;
    assert!(refused().await.contains("it is not a shop's"));
}

#[tokio::test]
async fn looking_does_not_create_a_file() {
    let scratch = Scratch::new();
    let missing = scratch.path().join("missing.db");
    assert!(SqliteStore::open_existing(&missing).await.is_err());
    assert!(!missing.exists());
}

async fn a_database_that_is_only_looked_at_cannot_be_written(engine: Engine) {
    let place = Place::healthy(engine).await;
    let database = place.look().await.unwrap();
    let written = match &database {
        Database::Sqlite(store) => store.subscribe("nobody", &["nothing"]).await,
        Database::Postgres(store) => store.subscribe("nobody", &["nothing"]).await,
    };
    assert!(written.is_err());
    database.close().await;
}
