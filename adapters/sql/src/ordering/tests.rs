//! The contract on a fresh SQLite file; the tests package runs it on every engine.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use jangbogo_kernel::Timestamp;
use jangbogo_ordering::contract;
use jangbogo_runtime::SequentialIds;

use crate::SqliteStore;

/// 2026-11-21T02:00:00Z, and some microseconds, which must survive.
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_795_226_400_000_007);

/// A store on a file of its own, removed with what SQLite keeps beside it.
pub(crate) struct Fresh {
    pub(crate) store: SqliteStore,
    pub(crate) ids: SequentialIds,
    path: PathBuf,
}

impl Fresh {
    pub(crate) async fn open() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("jangbogo-sql-{}-{count}.db", std::process::id());
        let path = std::env::temp_dir().join(name);
        let store = SqliteStore::open(&path).await.unwrap();
        let ids = SequentialIds::new();
        Self { store, ids, path }
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let mut file = self.path.clone().into_os_string();
            file.push(end);
            let _ = std::fs::remove_file(file);
        }
    }
}

/// A test for each function of `contract`, on a fresh store of the given name.
macro_rules! contracts {
    ($shop:ident: $($name:ident($($argument:expr),*);)*) => {$(
        #[tokio::test]
        async fn $name() {
            let $shop = crate::ordering::tests::Fresh::open().await;
            contract::$name($($argument),*).await.unwrap();
        }
    )*};
}
pub(crate) use contracts;

contracts! { shop:
    orders_are_found_as_they_were_added(&shop.store, &shop.store, &shop.ids, NOW);
    a_saved_step_is_found(&shop.store, &shop.ids, NOW);
    saving_over_another_s_step_is_a_conflict(&shop.store, &shop.ids, NOW);
    due_orders_expire_once(&shop.store, &shop.ids, NOW);
    a_capture_begins_only_on_a_payable_order(&shop.store, &shop.ids, NOW);
    a_capture_ends_by_its_own_attempt(&shop.store, &shop.ids, NOW);
    capture_and_expiry_exclude_each_other(&shop.store, &shop.ids, NOW);
    listed_orders_come_once_and_newest_first(&shop.store, &shop.store, &shop.ids, NOW);
    the_history_is_told_oldest_first(&shop.store, &shop.store, &shop.ids, NOW);
}
