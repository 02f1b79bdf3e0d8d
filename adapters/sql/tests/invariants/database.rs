//! Database files with a healthy shop in them, and ways to break it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use jangbogo_kernel::Timestamp;
use jangbogo_sql::SqliteStore;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use uuid::Uuid;

const HEALTHY: &str = include_str!("healthy.sql");
/// Now, in the healthy shop.
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_000_000_000_000_000);

/// A database file of one test; removed with what SQLite keeps beside it.
pub(crate) struct Database(pub(crate) PathBuf);

impl Database {
    pub(crate) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let file = format!("invariants-{name}-{}.db", std::process::id());
        Self(folder.join(file))
    }

    /// The healthy shop.
    pub(crate) async fn healthy(name: &str) -> Self {
        let database = Self::new(name);
        SqliteStore::open(&database.0).await.unwrap().close().await;
        database.run(&filled_in(HEALTHY)).await;
        database
    }

    pub(crate) fn copied(&self, name: &str) -> Self {
        let copy = Self::new(name);
        fs::copy(&self.0, &copy.0).unwrap();
        copy
    }

    /// Runs statements with every constraint that can be switched off switched off.
    pub(crate) async fn run(&self, sql: &str) {
        let mut connection = self.connect().await;
        let ran = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await;
        if let Err(error) = ran {
            panic!("{error}\n{sql}");
        }
        connection.close().await.unwrap();
    }

    async fn connect(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(&self.0).foreign_keys(false);
        options.pragma("ignore_check_constraints", "ON").connect().await.unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let mut file = self.0.clone().into_os_string();
            file.push(end);
            let _ = fs::remove_file(file);
        }
    }
}

/// Puts SQLite's literals where `{name}` and `[name]` stand.
pub(crate) fn filled_in(sql: &str) -> String {
    let mut filled = String::with_capacity(sql.len() * 2);
    let mut rest = sql;
    while let Some(start) = rest.find(['{', '[']) {
        let (before, from) = rest.split_at(start);
        let end = from.find(['}', ']']).expect("a name ends");
        let name = &from[1..end];
        filled.push_str(before);
        if name.is_empty() {
            filled.push_str("{}"); // JSON
        } else {
            let mut bytes = [0; 16];
            bytes[..name.len()].copy_from_slice(name.as_bytes());
            write!(filled, "x'{}'", Uuid::from_bytes(bytes).as_simple()).unwrap();
        }
        rest = &from[end + 1..];
    }
    filled.push_str(rest);
    filled
}

/// What keeps breaches out besides CHECK and foreign keys: this schema's own indexes and triggers.
pub(crate) async fn without_guards(database: &Database) {
    let mut connection = database.connect().await;
    let drops: Vec<String> = sqlx::query_scalar(
        "SELECT 'DROP ' || type || ' ' || name FROM sqlite_schema
         WHERE type = 'trigger' OR (type = 'index' AND sql LIKE '%UNIQUE%')",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    // UNIQUE inside CREATE TABLE has no index that can be dropped.
    let parents = "CREATE TABLE free AS SELECT * FROM refresh_token;
                   DROP TABLE refresh_token;
                   ALTER TABLE free RENAME TO refresh_token";
    let all = format!("{};{parents}", drops.join(";"));
    sqlx::raw_sql(AssertSqlSafe(all)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
