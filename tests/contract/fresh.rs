//! An empty database of its own for each test.

use jangbogo_inventory::contract::Ground as InventoryGround;
use jangbogo_kernel::{Store, Timestamp};
use jangbogo_ordering::contract::Ground;
use jangbogo_runtime::SequentialIds;
use jangbogo_sql::{PostgresStore, SqliteStore};
use jangbogo_tests::Scratch;
use jangbogo_tests::servers::Database;

/// An empty database, with what every contract asks for beside it.
pub(crate) struct Fresh<S, P> {
    pub(crate) store: S,
    pub(crate) ids: SequentialIds,
    pub(crate) now: Timestamp,
    /// Where it is; removed at the end.
    pub(crate) place: P,
}

/// 2026-11-21T02:00:00Z, and some microseconds, which must survive.
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_795_226_400_000_007);

pub(crate) async fn sqlite() -> Fresh<SqliteStore, Scratch> {
    let scratch = Scratch::new();
    let store = SqliteStore::open(&scratch.path().join("shop.db")).await.unwrap();
    let ids = SequentialIds::new();
    Fresh { store, ids, now: NOW, place: scratch }
}

pub(crate) async fn postgres() -> Fresh<PostgresStore, Database> {
    let database = Database::fresh();
    let store = PostgresStore::connect(&database.url()).await.unwrap();
    let ids = SequentialIds::new();
    Fresh { store, ids, now: NOW, place: database }
}

impl<S: Store<dyn jangbogo_ordering::Transaction>, P> Fresh<S, P> {
    /// The rows that stock and reservations point at.
    pub(crate) async fn inventory_ground(&self) -> InventoryGround {
        let mut tx = self.store.begin().await.unwrap();
        let ground = Ground::lay(&mut *tx, &self.ids, self.now).await.unwrap();
        let order = ground.place(&mut *tx, &self.ids, self.now).await.unwrap();
        tx.commit().await.unwrap();
        InventoryGround { seller: ground.seller, order: order.id.uuid() }
    }
}
