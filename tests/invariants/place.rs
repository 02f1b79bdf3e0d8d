//! Databases with a healthy shop in them, and ways to break it.

use std::fmt::Write as _;
use std::path::PathBuf;

use jangbogo_kernel::{Timestamp, Uuid};
use jangbogo_setup::Database;
use jangbogo_sql::SqliteStore;
use jangbogo_tests::Scratch;
use jangbogo_tests::servers::{Database as OnServer, Engine};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};

const HEALTHY: &str = include_str!("healthy.sql");
/// Now, in the healthy shop.
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_000_000_000_000_000);

/// A database of one test; removed with it.
pub(crate) enum Place {
    File(Scratch),
    Server(OnServer),
}

impl Place {
    /// The healthy shop.
    pub(crate) async fn healthy(engine: Engine) -> Self {
        let place = match engine {
            Engine::Sqlite => {
                let place = Self::File(Scratch::new());
                SqliteStore::open(&place.file()).await.unwrap().close().await;
                place
            }
            Engine::Postgres => Self::Server(OnServer::fresh()),
        };
        place.run(HEALTHY).await;
        place
    }

    pub(crate) fn copied(&self) -> Self {
        match self {
            Self::File(_) => {
                let copy = Self::File(Scratch::new());
                std::fs::copy(self.file(), copy.file()).unwrap();
                copy
            }
            Self::Server(database) => Self::Server(database.copied()),
        }
    }

    /// The shop as the checker opens it.
    pub(crate) async fn look(&self) -> anyhow::Result<Database> {
        Database::look_at(&self.url()).await
    }

    fn url(&self) -> String {
        match self {
            Self::File(_) => format!("sqlite:{}", self.file().display()),
            Self::Server(database) => database.url(),
        }
    }

    fn file(&self) -> PathBuf {
        match self {
            Self::File(scratch) => scratch.path().join("shop.db"),
            Self::Server(_) => panic!("a server's database is no file"),
        }
    }

    /// Runs statements with every constraint that can be switched off switched off. `{name}` in
    /// them is an id, `[name]` are bytes.
    pub(crate) async fn run(&self, sql: &str) {
        let sql = self.filled_in(sql);
        let ran = match self {
            Self::File(_) => {
                let options = SqliteConnectOptions::new().filename(self.file()).foreign_keys(false);
                let options = options.pragma("ignore_check_constraints", "ON");
                let mut connection = options.connect().await.unwrap();
                let ran = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut connection).await;
                connection.close().await.unwrap();
                ran.map(drop)
            }
            Self::Server(database) => {
                let mut connection = PgConnection::connect(&database.url()).await.unwrap();
                // No triggers, and foreign keys are triggers.
                let all = format!("SET session_replication_role = replica; {sql}");
                let ran = sqlx::raw_sql(AssertSqlSafe(all)).execute(&mut connection).await;
                connection.close().await.unwrap();
                ran.map(drop)
            }
        };
        if let Err(error) = ran {
            panic!("{error}\n{sql}");
        }
    }

    fn filled_in(&self, sql: &str) -> String {
        let mut filled = String::with_capacity(sql.len() * 2);
        let mut rest = sql;
        while let Some(start) = rest.find(['{', '[']) {
            let (before, from) = rest.split_at(start);
            let end = from.find(['}', ']']).unwrap();
            let name = &from[1..end];
            filled.push_str(before);
            if name.is_empty() {
                filled.push_str("{}"); // JSON
            } else {
                let mut bytes = [0; 16];
                bytes[..name.len()].copy_from_slice(name.as_bytes());
                let hex = Uuid::from_bytes(bytes);
                let hex = hex.as_simple();
                match self {
                    Self::File(_) => write!(filled, "x'{hex}'").unwrap(),
                    Self::Server(_) if from.starts_with('{') => {
                        write!(filled, "'{hex}'::uuid").unwrap();
                    }
                    Self::Server(_) => write!(filled, r"'\x{hex}'::bytea").unwrap(),
                }
            }
            rest = &from[end + 1..];
        }
        filled.push_str(rest);
        filled
    }

    /// Takes away what keeps breaches out: this schema's own constraints, indexes and triggers.
    pub(crate) async fn without_guards(&self) {
        match self {
            Self::File(_) => self.run(&self.drops_of_the_file().await).await,
            Self::Server(_) => self.run(DROPS_ON_A_SERVER).await,
        }
    }

    async fn drops_of_the_file(&self) -> String {
        let options = SqliteConnectOptions::new().filename(self.file());
        let mut connection = options.connect().await.unwrap();
        let drops: Vec<String> = sqlx::query_scalar(
            "SELECT 'DROP ' || type || ' ' || name FROM sqlite_schema
             WHERE type = 'trigger' OR (type = 'index' AND sql LIKE '%UNIQUE%')",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        connection.close().await.unwrap();
        // UNIQUE inside CREATE TABLE has no index that can be dropped.
        let free = |table| {
            format!(
                "CREATE TABLE free AS SELECT * FROM {table}; DROP TABLE {table};
                 ALTER TABLE free RENAME TO {table}"
            )
        };
        format!("{};{};{}", drops.join(";"), free("refresh_token"), free("due_cycle"))
    }
}

/// Every CHECK, UNIQUE and foreign key, and every unique index that is no constraint's.
const DROPS_ON_A_SERVER: &str = "
    DO $$
    DECLARE drop_it text;
    BEGIN
        FOR drop_it IN
            SELECT format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE',
                          conrelid::regclass, conname)
            FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'u')
        LOOP
            EXECUTE drop_it;
        END LOOP;
        FOR drop_it IN
            SELECT format('DROP INDEX %s', i.indexrelid::regclass)
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique
              AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)
        LOOP
            EXECUTE drop_it;
        END LOOP;
    END
    $$";
