//! A shop's products in a database of their own, behind queries that are counted and can be held
//! up or broken.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jangbogo_cache::{CacheSettings, CachedProducts, Sharing};
use jangbogo_catalog::contract::new_product;
use jangbogo_catalog::{
    BrandPage, ListBrands, ListProducts, Product, ProductCard, ProductDetail, ProductId,
    ProductPages as _, ProductQueries, ProductStanding, Transaction,
};
use jangbogo_kernel::{Clock as _, Id, Page, Store, StoreError, Timestamp};
use jangbogo_member::Member;
use jangbogo_member::contract::stored_member;
use jangbogo_runtime::{ManualClock, SequentialIds};
use jangbogo_sql::SqliteStore;
use tokio::sync::Semaphore;

pub(crate) struct Ground {
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) queries: Arc<Watched>,
    pub(crate) clock: ManualClock,
    pub(crate) ids: Arc<SequentialIds>,
    pub(crate) seller: Member,
    file: PathBuf,
}

/// The database's queries, watched.
pub(crate) struct Watched {
    store: Arc<SqliteStore>,
    lists: AtomicUsize,
    finds: AtomicUsize,
    standings: AtomicUsize,
    is_down: AtomicBool,
    waiting: AtomicUsize,
    gate: Semaphore,
}

/// As many as will ever go through an open gate.
const OPEN: usize = 1 << 20;

static DATABASES: AtomicUsize = AtomicUsize::new(0);

impl Ground {
    pub(crate) async fn new() -> Self {
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("cache-{}-{number}.db", std::process::id());
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let store = Arc::new(SqliteStore::open(&file).await.unwrap());
        let (ids, now) = (Arc::new(SequentialIds::new()), Timestamp::from_micros(1 << 50));
        let seller = stored_member(&*store, &*ids, now).await.unwrap();
        let queries = Arc::new(Watched {
            store: store.clone(),
            lists: AtomicUsize::new(0),
            finds: AtomicUsize::new(0),
            standings: AtomicUsize::new(0),
            is_down: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            gate: Semaphore::new(OPEN),
        });
        Self { store, queries, clock: ManualClock::new(now), ids, seller, file }
    }

    pub(crate) fn cache(&self) -> CachedProducts {
        self.cache_with(None)
    }

    pub(crate) fn cache_with(&self, sharing: Option<Sharing>) -> CachedProducts {
        // A slow shared cache is waited for in earnest: briefly.
        let shared_timeout = Duration::from_millis(10);
        let settings = CacheSettings { shared_timeout, ..CacheSettings::default() };
        CachedProducts::new(self.queries.clone(), sharing, Arc::new(self.clock.clone()), settings)
    }

    pub(crate) fn goes_by(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// Adds a product, and tells no cache.
    pub(crate) async fn adds(&self, name: &str) -> Product {
        let product = self.unstored(name);
        let mut tx = self.begin().await;
        tx.products().add(std::slice::from_ref(&product)).await.unwrap();
        tx.commit().await.unwrap();
        product
    }

    pub(crate) fn unstored(&self, name: &str) -> Product {
        let product = new_product(&*self.ids, self.seller.id, self.clock.now()).unwrap();
        Product { name: name.to_owned(), ..product }
    }

    /// Saves a new name, and tells no cache.
    pub(crate) async fn renames(&self, product: &mut Product, name: &str) {
        name.clone_into(&mut product.name);
        product.version += 1;
        self.saves(product).await;
    }

    /// Withdraws a product, and tells no cache.
    pub(crate) async fn withdraws(&self, product: &mut Product) {
        product.withdraw(self.clock.now());
        self.saves(product).await;
    }

    async fn saves(&self, product: &Product) {
        let mut tx = self.begin().await;
        tx.products().save(product).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Counts sold pieces, as the relay does some time after an order.
    pub(crate) async fn sells(&self, product: ProductId, pieces: i64) {
        let mut tx = self.begin().await;
        let day = jangbogo_catalog::ViewDay::of(self.clock.now());
        let sold = jangbogo_catalog::SoldItem { product, pieces, day };
        tx.sales().count(&[sold]).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn begin(&self) -> Box<dyn Transaction> {
        self.store.begin().await.unwrap()
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm", "-lock"] {
            let mut file = self.file.clone().into_os_string();
            file.push(end);
            let _ = fs::remove_file(file);
        }
    }
}

impl Watched {
    /// How often the database was asked for lists, products and standings since the last look.
    pub(crate) fn asked(&self) -> [usize; 3] {
        [&self.lists, &self.finds, &self.standings].map(|count| count.swap(0, Ordering::SeqCst))
    }

    /// Lists asked for so far; leaves the count.
    pub(crate) fn lists(&self) -> usize {
        self.lists.load(Ordering::SeqCst)
    }

    /// Answers that wait at the gate: what changes from now on is not in them.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Questions from now on wait at the gate, after the database has answered.
    pub(crate) fn closes(&self) {
        self.gate.forget_permits(OPEN);
    }

    pub(crate) fn opens(&self) {
        self.gate.add_permits(OPEN);
    }

    pub(crate) fn goes_down(&self) {
        self.is_down.store(true, Ordering::SeqCst);
    }

    pub(crate) fn comes_back(&self) {
        self.is_down.store(false, Ordering::SeqCst);
    }

    async fn passes<T>(
        &self,
        count: &AtomicUsize,
        answer: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        count.fetch_add(1, Ordering::SeqCst);
        if self.is_down.load(Ordering::SeqCst) {
            return Err(StoreError::retryable("reach the database", "it is down"));
        }
        let answer = answer.await;
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.gate.acquire().await.unwrap().forget();
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        self.gate.add_permits(1);
        answer
    }
}

#[async_trait]
impl ProductQueries for Watched {
    async fn list(&self, question: &ListProducts) -> Result<Page<ProductCard>, StoreError> {
        self.passes(&self.lists, ProductQueries::list(&*self.store, question)).await
    }

    async fn brands(&self, question: &ListBrands) -> Result<BrandPage, StoreError> {
        self.store.brands(question).await
    }

    async fn find(&self, id: ProductId) -> Result<Option<ProductDetail>, StoreError> {
        self.passes(&self.finds, ProductQueries::find(&*self.store, id)).await
    }

    async fn standing(&self, id: ProductId) -> Result<Option<ProductStanding>, StoreError> {
        self.passes(&self.standings, self.store.standing(id)).await
    }
}

/// The first page of so many, newest first.
pub(crate) fn first(limit: i64) -> ListProducts {
    ListProducts::parse(None, None, None, (None, None), None, Some(limit), None).unwrap()
}

pub(crate) fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// The names that the first page shows, sorted.
pub(crate) async fn names(cache: &CachedProducts) -> Vec<String> {
    let page = cache.list(&first(20)).await.unwrap();
    let mut names: Vec<_> = page.items.iter().map(|card| card.product.name.clone()).collect();
    names.sort();
    names
}

/// The name on a product's page, if there is one.
pub(crate) async fn name(cache: &CachedProducts, id: ProductId) -> Option<String> {
    Some(cache.find(id).await.unwrap()?.card.product.name)
}

/// The id of a product that nobody has.
pub(crate) fn nobody_s(ids: &SequentialIds) -> ProductId {
    use jangbogo_kernel::IdGenerator as _;
    Id::new(ids.next_uuid())
}

/// Lets spawned tasks go as far as they can without the clock.
pub(crate) async fn settles(mut is_so: impl FnMut() -> bool) {
    for _ in 0..1_000_000 {
        if is_so() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it never comes to that");
}
