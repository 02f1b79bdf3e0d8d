//! Where entries come from: the shared cache if it has one that is good enough, else the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jangbogo_catalog::{
    Attributes, Current, ListProducts, MainPage, Product, ProductCard, ProductDetail, ProductId,
    ProductQueries, Shown,
};
use jangbogo_kernel::{Clock, Page, StoreError, Timestamp};
use metrics::counter;

use crate::coalesced::Loader;
use crate::entry::{Loaded, times};
use crate::shared::{Shared, key};
use crate::stored::{self, Store};

/// What every loader asks.
#[derive(Clone)]
pub(crate) struct Sources {
    pub(crate) queries: Arc<dyn ProductQueries>,
    pub(crate) shared: Option<Arc<Shared>>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Counts changes that lists may show. Read before the database is, it tells which changes an
    /// answer has surely seen.
    pub(crate) changes: Arc<AtomicI64>,
}

/// Loads lists and the main page.
pub(crate) struct ListLoader {
    pub(crate) sources: Sources,
    pub(crate) ttl: Duration,
}

/// Loads product pages.
pub(crate) struct DetailLoader {
    pub(crate) sources: Sources,
    pub(crate) ttl: Duration,
    pub(crate) absent_ttl: Duration,
}

impl ListLoader {
    async fn load<T: Store + Send + Sync + 'static>(
        &self,
        (kind, name): (&'static str, &str),
        newer_than: Option<Timestamp>,
        ask: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<Loaded<Arc<Shown<T>>>, StoreError> {
        let it = &self.sources;
        let mark = it.changes.load(Ordering::SeqCst);
        let shared_key = key(kind, name);
        let mut place = None;
        if let Some(shared) = &it.shared {
            let found = shared.in_epoch(&shared_key).await;
            let stored = found.as_ref().and_then(|found| stored::read(found.value.as_deref()?));
            if let Some((asked_at, value)) = it.good(stored, newer_than, self.ttl) {
                counter!("cache_hits_total", "cache" => kind, "level" => "shared").increment(1);
                return Ok(self.loaded(value, mark, asked_at));
            }
            counter!("cache_misses_total", "cache" => kind, "level" => "shared").increment(1);
            place = found.map(|found| (shared, found.epoch));
        }
        let asked_at = it.clock.now();
        let value = ask.await?;
        if let Some((shared, epoch)) = place
            && let Some(bytes) = stored::write(&value, asked_at)
        {
            shared.set_in(&epoch, &shared_key, &bytes, self.ttl).await;
        }
        Ok(self.loaded(value, mark, asked_at))
    }

    fn loaded<T>(&self, value: T, mark: i64, asked_at: Timestamp) -> Loaded<Arc<Shown<T>>> {
        // Exactly what the entry of this answer will be judged by, until its renewal is due.
        let (renew_at, _) = times(self.ttl, asked_at);
        let current = Current::new(renew_at, Arc::clone(&self.sources.changes), mark);
        let value = Shown::new(value, asked_at.plus(self.ttl)).to_everybody(current);
        Loaded { value: Arc::new(value), mark, asked_at, ttl: self.ttl }
    }
}

impl Sources {
    /// What was stored, if it is young enough and newer than what is wanted to be replaced.
    fn good<T>(
        &self,
        stored: Option<(Timestamp, T)>,
        newer_than: Option<Timestamp>,
        ttl: Duration,
    ) -> Option<(Timestamp, T)> {
        let now = self.clock.now();
        stored.filter(|(asked_at, _)| {
            // A clock that is ahead of ours would make an entry live longer than promised.
            *asked_at <= now
                && now < asked_at.plus(ttl)
                && newer_than.is_none_or(|than| *asked_at > than)
        })
    }
}

#[async_trait]
impl Loader<ListProducts, Arc<Shown<Page<ProductCard>>>> for ListLoader {
    async fn load(
        &self,
        question: &ListProducts,
        _mark: i64,
        newer_than: Option<Timestamp>,
    ) -> Result<Loaded<Arc<Shown<Page<ProductCard>>>>, StoreError> {
        let queries = &self.sources.queries;
        let ask = async {
            let mut page = queries.list(question).await?;
            page.items.iter_mut().for_each(without_text);
            Ok(page)
        };
        self.load(("lists", &name(question)), newer_than, ask).await
    }

    fn size(page: &Arc<Shown<Page<ProductCard>>>) -> usize {
        cards_size(&page.items)
    }
}

#[async_trait]
impl Loader<(), Arc<Shown<MainPage>>> for ListLoader {
    async fn load(
        &self,
        (): &(),
        _mark: i64,
        newer_than: Option<Timestamp>,
    ) -> Result<Loaded<Arc<Shown<MainPage>>>, StoreError> {
        let queries = &self.sources.queries;
        let ask = async {
            let mut page = queries.main_page().await?;
            let rows = page.top_sales.iter_mut().chain(&mut page.top_discount);
            rows.for_each(without_text);
            Ok(page)
        };
        self.load(("main", ""), newer_than, ask).await
    }

    fn size(page: &Arc<Shown<MainPage>>) -> usize {
        cards_size(&page.top_sales) + cards_size(&page.top_discount)
    }
}

#[async_trait]
impl Loader<ProductId, Option<Arc<ProductDetail>>> for DetailLoader {
    async fn load(
        &self,
        id: &ProductId,
        mark: i64,
        newer_than: Option<Timestamp>,
    ) -> Result<Loaded<Option<Arc<ProductDetail>>>, StoreError> {
        let it = &self.sources;
        let shared_key = detail_key(*id);
        if let Some(shared) = &it.shared {
            let stored = shared.get(&shared_key).await.and_then(|bytes| stored::read(&bytes));
            let stored: Option<(_, ProductDetail)> = it.good(stored, newer_than, self.ttl);
            if let Some((asked_at, detail)) = stored
                && detail.card.product.version >= mark
            {
                counter!("cache_hits_total", "cache" => "products", "level" => "shared")
                    .increment(1);
                return Ok(self.loaded(Some(detail), mark, asked_at));
            }
            counter!("cache_misses_total", "cache" => "products", "level" => "shared").increment(1);
        }
        let asked_at = it.clock.now();
        let detail = it.queries.find(*id).await?;
        if let (Some(shared), Some(detail)) = (&it.shared, &detail)
            && let Some(bytes) = stored::write(detail, asked_at)
        {
            shared.set(&shared_key, &bytes, self.ttl).await;
        }
        Ok(self.loaded(detail, mark, asked_at))
    }

    fn size(detail: &Option<Arc<ProductDetail>>) -> usize {
        detail.as_ref().map_or(0, |detail| detail.seller_name.len() + product_size(&detail.card))
    }
}

impl DetailLoader {
    /// A page is marked with its version, absence with whatever was wanted.
    pub(crate) fn loaded(
        &self,
        detail: Option<ProductDetail>,
        mark: i64,
        asked_at: Timestamp,
    ) -> Loaded<Option<Arc<ProductDetail>>> {
        let ttl = if detail.is_some() { self.ttl } else { self.absent_ttl };
        let version = detail.as_ref().map_or(0, |detail| detail.card.product.version);
        Loaded { value: detail.map(Arc::new), mark: mark.max(version), asked_at, ttl }
    }
}

/// The shared key of a product's page.
pub(crate) fn detail_key(id: ProductId) -> String {
    key("products", &id.to_string())
}

/// Everything that is asked, the page's size too: two questions never share a name.
fn name(question: &ListProducts) -> String {
    let ListProducts { sort, category, brand, seller, min_price, max_price, text, page } = question;
    let number = |n: &Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
    format!(
        "{}:{}:{}:{}:{}:{}:{}:{:?}:{}",
        sort.name(),
        page.limit(),
        page.cursor().map(ToString::to_string).unwrap_or_default(),
        category.map_or("", |category| category.slug()),
        seller.map(|seller| seller.to_string()).unwrap_or_default(),
        number(min_price),
        number(max_price),
        // Quoted, so that no name runs into the text.
        brand,
        text.as_deref().unwrap_or_default(),
    )
}

/// Lists show neither description nor statement, which may be a hundred times the rest.
fn without_text(card: &mut ProductCard) {
    card.product.description = String::new();
    card.product.attributes = Attributes::default();
}

/// Memory of the cards and, as much again, of what is made of them.
fn cards_size(cards: &[ProductCard]) -> usize {
    cards.iter().map(product_size).sum::<usize>() * 2
}

fn product_size(card: &ProductCard) -> usize {
    let Product { name, name_en, maker, description, image_url, attributes: it, .. } =
        &card.product;
    let texts = [
        name,
        name_en,
        maker,
        description,
        image_url,
        &it.statement_number,
        &it.registered_on,
        &it.shelf_life,
        &it.appearance,
        &it.serving_use,
        &it.storage,
        &it.intake_caution,
        &it.main_function,
        &it.base_standard,
    ];
    size_of::<ProductCard>() + texts.iter().map(|text| text.len()).sum::<usize>()
}
