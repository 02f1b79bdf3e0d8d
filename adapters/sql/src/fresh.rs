//! A database of its own for each test, removed with it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use jangbogo_kernel::Timestamp;
use jangbogo_runtime::SequentialIds;

use crate::store::SqliteStore;

pub(crate) struct Fresh {
    pub(crate) store: SqliteStore,
    pub(crate) ids: SequentialIds,
    pub(crate) now: Timestamp,
    folder: PathBuf,
}

impl Fresh {
    pub(crate) async fn open() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("jangbogo-sql-{}-{count}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self {
            store: SqliteStore::open(&folder.join("shop.db")).await.unwrap(),
            ids: SequentialIds::new(),
            now: "2026-11-21T02:03:04.000005Z".parse().unwrap(),
            folder,
        }
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        // What cannot be removed is left to the system's own cleaning.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
