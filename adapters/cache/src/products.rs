//! Products as shoppers are shown them, from the cache.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use jangbogo_catalog::{
    BrandPage, ListBrands, ListProducts, MainPage, ProductCard, ProductDetail, ProductId,
    ProductPages, ProductQueries, ProductStanding, Shown,
};
use jangbogo_kernel::{Clock, NoticeListener, Page, StoreError};

use crate::CacheSettings;
use crate::coalesced::Coalesced;
use crate::load::{DetailLoader, ListLoader, Sources, detail_key};
use crate::shared::Shared;
pub use crate::shared::Sharing;

/// How often a page is loaded anew because it changed while it was read, before it is read from the
/// database alone.
const RELOADS_MAX: usize = 2;

type ListPage = Arc<Shown<Page<ProductCard>>>;

/// Shows products from the cache; how old they may be is said at the head of the crate.
pub struct CachedProducts {
    sources: Sources,
    lists: Coalesced<ListProducts, ListPage>,
    main: Coalesced<(), Arc<Shown<MainPage>>>,
    details: Coalesced<ProductId, Option<Arc<ProductDetail>>>,
    detail_loader: Arc<DetailLoader>,
}

impl CachedProducts {
    /// A cache in front of these queries, with a second level or without.
    pub fn new(
        queries: Arc<dyn ProductQueries>,
        sharing: Option<Sharing>,
        clock: Arc<dyn Clock>,
        settings: CacheSettings,
    ) -> Self {
        let shared =
            |sharing| Arc::new(Shared::new(sharing, clock.clone(), settings.shared_timeout));
        let sources = Sources {
            queries,
            shared: sharing.map(shared),
            clock: clock.clone(),
            changes: Arc::new(AtomicI64::new(0)),
        };
        let lists = ListLoader { sources: sources.clone(), ttl: settings.list_ttl };
        let lists = Arc::new(lists);
        let details = Arc::new(DetailLoader {
            sources: sources.clone(),
            ttl: settings.product_ttl,
            absent_ttl: settings.absent_ttl,
        });
        let (stale, half) = (settings.stale_max, settings.bytes_max / 2);
        Self {
            sources,
            lists: Coalesced::new("lists", lists.clone(), clock.clone(), stale, half),
            // There is one main page.
            main: Coalesced::new("main", lists, clock.clone(), stale, u64::MAX),
            details: Coalesced::new("products", details.clone(), clock, stale, half),
            detail_loader: details,
        }
    }

    /// To be called after the commit of a change of this product or its stock, and never before:
    /// from now on this process shows it, and the others hear of it.
    pub async fn changed(&self, id: ProductId) {
        if let Some(shared) = &self.sources.shared {
            shared.change();
        }
        self.forget(id).await;
        if let Some(shared) = &self.sources.shared {
            shared.tell(&id.to_string()).await;
        }
    }

    /// Lists of before are asked for anew, and so is a product that was not there. A product page
    /// needs nothing: its version is looked at each time.
    async fn forget(&self, id: ProductId) {
        self.sources.changes.fetch_add(1, Ordering::SeqCst);
        self.details.forget_if(&id, Option::is_none).await;
    }

    async fn absent(&self, id: ProductId) {
        let now = self.sources.clock.now();
        self.details.put(&id, self.detail_loader.loaded(None, 0, now)).await;
        if let Some(shared) = &self.sources.shared {
            shared.remove(&detail_key(id)).await;
        }
    }
}

#[async_trait]
impl ProductPages for CachedProducts {
    async fn list(&self, question: &ListProducts) -> Result<ListPage, StoreError> {
        if question.page.cursor().is_some() {
            let page = self.sources.queries.list(question).await?;
            return Ok(Arc::new(Shown::new(page, self.sources.clock.now())));
        }
        let changes = self.sources.changes.load(Ordering::SeqCst);
        self.lists.get(question, changes).await.value()
    }

    async fn brands(&self, question: &ListBrands) -> Result<BrandPage, StoreError> {
        // A short walk through an index: nothing to save.
        self.sources.queries.brands(question).await
    }

    async fn main_page(&self) -> Result<Arc<Shown<MainPage>>, StoreError> {
        let changes = self.sources.changes.load(Ordering::SeqCst);
        self.main.get(&(), changes).await.value()
    }

    async fn find(&self, id: ProductId) -> Result<Option<ProductDetail>, StoreError> {
        let mut version = 0;
        for _ in 0..=RELOADS_MAX {
            let Some(detail) = self.details.get(&id, version).await.value()? else {
                return Ok(None);
            };
            match self.sources.queries.standing(id).await {
                Ok(Some(standing)) if standing.version == detail.card.product.version => {
                    return Ok(Some(standing_so(&detail, standing)));
                }
                Ok(Some(standing)) => version = standing.version,
                Ok(None) => {
                    self.absent(id).await;
                    return Ok(None);
                }
                // The entry is within its promise, or it would not have been given.
                Err(error) if error.is_retryable() => {
                    tracing::warn!(%id, ?error, "a product is shown with the stock of before");
                    return Ok(Some(ProductDetail::clone(&detail)));
                }
                Err(error) => return Err(error),
            }
        }
        self.sources.queries.find(id).await
    }
}

#[async_trait]
impl NoticeListener for CachedProducts {
    async fn heard(&self, notice: &str) {
        match notice.parse() {
            Ok(id) => self.forget(id).await,
            // A later release may have more to say.
            Err(_) => self.missed().await,
        }
    }

    async fn missed(&self) {
        self.sources.changes.fetch_add(1, Ordering::SeqCst);
        self.details.forget_all();
    }
}

fn standing_so(detail: &ProductDetail, standing: ProductStanding) -> ProductDetail {
    let mut detail = detail.clone();
    detail.card.stock = standing.stock;
    detail.card.sales = standing.sales;
    detail.card.views = standing.views;
    detail.seller_name = standing.seller_name;
    detail
}
