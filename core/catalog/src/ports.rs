//! What the crate needs from outside.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_kernel::{EventKind, Id, Page, StoreError};

use crate::{
    BrandPage, ListBrands, ListProducts, MainPage, Product, ProductCard, ProductDetail, ProductId,
    ProductSort, ProductStanding, Ranking, RankingPeriod, SaleTerms, Shown, SoldItem, ViewDay,
    ViewsOf, Visitor, Who,
};

/// A transaction that reaches products.
pub trait Transaction: jangbogo_kernel::Transaction {
    /// Products.
    fn products(&mut self) -> &mut dyn ProductRepository;
    /// Sales counters.
    fn sales(&mut self) -> &mut dyn SalesRepository;
    /// Unique visitors.
    fn views(&mut self) -> &mut dyn ViewRepository;
    /// Rankings.
    fn rankings(&mut self) -> &mut dyn RankingRepository;
}

/// Loads and saves products.
#[async_trait]
pub trait ProductRepository: Send {
    /// The products with these ids, withdrawn ones too, in any order; unknown ids are left out.
    async fn find_many(&mut self, ids: &[ProductId]) -> Result<Vec<Product>, StoreError>;

    /// The terms on which these are sold, withdrawn ones too, in any order; unknown ids are left
    /// out.
    async fn terms(&mut self, ids: &[ProductId]) -> Result<Vec<SaleTerms>, StoreError>;

    /// Adds new products.
    async fn add(&mut self, products: &[Product]) -> Result<(), StoreError>;

    /// Saves a product whose version was raised by one.
    ///
    /// # Errors
    /// A conflict when the stored version is not the one before.
    async fn save(&mut self, product: &Product) -> Result<(), StoreError>;
}

/// Counts sold pieces; counters are statistics, not part of the product.
#[async_trait]
pub trait SalesRepository: Send {
    /// Keeps pieces of an event, which are all of one day, at most one item for each product, for a
    /// later [`count`].
    ///
    /// [`count`]: Self::count
    async fn keep(&mut self, event: Id<EventKind>, items: &[SoldItem]) -> Result<(), StoreError>;

    /// Takes out up to `limit` kept items, oldest events first.
    ///
    /// # Guarantees
    /// An item is taken by one transaction that commits; others wait for it or do not see it.
    async fn take(&mut self, limit: u32) -> Result<Vec<SoldItem>, StoreError>;

    /// Adds pieces to the products' counters and to their days (negative takes back). A product's
    /// counter never falls below zero.
    async fn count(&mut self, items: &[SoldItem]) -> Result<(), StoreError>;
}

/// Makes rankings of what was sold on which days.
#[async_trait]
pub trait RankingRepository: Send {
    /// Makes the ranking of a time anew, over these days, the last one included: products on sale
    /// with pieces above zero, most first, ties by id, as many as it has
    /// [`places`](RankingPeriod::places). Tells how many there are.
    ///
    /// # Errors
    /// Contended when somebody else makes it at the same time.
    async fn rank(
        &mut self,
        period: RankingPeriod,
        days: (ViewDay, ViewDay),
    ) -> Result<u64, StoreError>;

    /// Forgets up to `limit` rows of days before `day`; tells how many.
    async fn forget(&mut self, day: ViewDay, limit: u32) -> Result<u64, StoreError>;
}

/// Reads rankings.
#[async_trait]
pub trait RankingQueries: Send + Sync {
    /// The ranking of a time as it was made last, without products that have left the shop since.
    async fn ranking(&self, period: RankingPeriod) -> Result<Ranking, StoreError>;
}

/// Keeps unique visitors of products and days.
#[async_trait]
pub trait ViewRepository: Send {
    /// Saves what was counted on top of what was stored, and adds the difference to the product's
    /// total; tells whether it was saved.
    ///
    /// # Guarantees
    /// Nothing is saved when the stored version is not the one before: somebody else was first.
    async fn save(&mut self, counted: &CountedViews) -> Result<bool, StoreError>;

    /// Forgets sketches of days before `day`, as many as are forgotten at once; counts stay.
    async fn forget_sketches(&mut self, day: ViewDay) -> Result<(), StoreError>;
}

/// Reads what is stored of visitors.
#[async_trait]
pub trait ViewQueries: Send + Sync {
    /// What is stored of each, in any order; of a product that nobody has visited, nothing with
    /// version 0. Products that do not exist are left out.
    async fn stored(&self, views: &[ViewsOf]) -> Result<Vec<StoredViews>, StoreError>;
}

/// Counts different visitors approximately (standard error 0.81 %), in little memory.
#[async_trait]
pub trait VisitorSketch: Send + Sync {
    /// Takes a visitor in.
    ///
    /// # Guarantees
    /// The same visitor counts once, however often they come and whichever process they come to.
    async fn record(&self, views: ViewsOf, visitor: Visitor) -> Result<(), StoreError>;

    /// Up to `limit` of those with visitors that are not settled.
    async fn changed(&self, limit: usize) -> Result<Vec<ChangedViews>, StoreError>;

    /// The sketch united with what is stored; bytes of another kind of sketch unite with nothing.
    async fn united(&self, stored: &StoredViews) -> Result<Sketched, StoreError>;

    /// These are stored.
    ///
    /// # Guarantees
    /// Whoever came after the change was looked at stays unsettled.
    async fn settled(&self, changed: &[ChangedViews]) -> Result<(), StoreError>;
}

/// Takes the names off visitors.
pub trait VisitorNames: Send + Sync {
    /// The nameless visitor that somebody is on a day.
    ///
    /// # Guarantees
    /// The same in every process of the shop; different on another day; nobody without the shop's
    /// key can find out who it is.
    fn name(&self, day: ViewDay, who: &Who<'_>) -> Visitor;
}

/// A sketch that has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangedViews {
    /// Of what.
    pub views: ViewsOf,
    /// Which state of it was looked at.
    pub mark: u64,
}

/// What is stored of a product's visitors on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredViews {
    /// Of what.
    pub views: ViewsOf,
    /// How many different visitors.
    pub visitors: i64,
    /// The sketch that they were counted with, unless it is forgotten.
    pub sketch: Option<Vec<u8>>,
    /// Grows with every save; 0 when nothing is stored.
    pub version: i64,
}

/// A sketch and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketched {
    /// The sketch.
    pub bytes: Vec<u8>,
    /// How many different visitors.
    pub visitors: i64,
}

/// Visitors to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedViews {
    /// Of what.
    pub views: ViewsOf,
    /// How many were stored.
    pub before: i64,
    /// How many there are now.
    pub visitors: i64,
    /// The sketch that counted them.
    pub sketch: Vec<u8>,
    /// One more than the stored version.
    pub version: i64,
}

/// Reads outside transactions.
#[async_trait]
pub trait ProductQueries: Send + Sync {
    /// A page of products on sale.
    ///
    /// # Guarantees
    /// Following the cursors, forward or backward, shows every product that stays in the list
    /// exactly once and in one order.
    async fn list(&self, question: &ListProducts) -> Result<Page<ProductCard>, StoreError>;

    /// A page of the makers who have products on sale.
    ///
    /// # Guarantees
    /// Following the pages shows every such maker exactly once.
    async fn brands(&self, question: &ListBrands) -> Result<BrandPage, StoreError>;

    /// One product on sale, with its exact stock.
    async fn find(&self, id: ProductId) -> Result<Option<ProductDetail>, StoreError>;

    /// What changes often of a product on sale; much cheaper than the whole.
    ///
    /// # Guarantees
    /// `None` exactly when [`find`](Self::find) finds nothing, and the same numbers as it.
    async fn standing(&self, id: ProductId) -> Result<Option<ProductStanding>, StoreError>;

    /// The shop's first page.
    async fn main_page(&self) -> Result<MainPage, StoreError> {
        let top = async |sort| {
            let question = ListProducts::top(sort, MainPage::ROW_MAX);
            let question = question.map_err(|error| StoreError::new("ask for a row", error))?;
            Ok::<_, StoreError>(self.list(&question).await?.items)
        };
        let top_sales = top(ProductSort::Sales).await?;
        Ok(MainPage { top_sales, top_discount: top(ProductSort::Discount).await? })
    }
}

/// What shoppers are shown. Unlike [`ProductQueries`] an answer may be a little old, and how old is
/// an adapter's promise; nothing is decided by it.
#[async_trait]
pub trait ProductPages: Send + Sync {
    /// A page of products on sale; its cards come without description and statement.
    async fn list(
        &self,
        question: &ListProducts,
    ) -> Result<Arc<Shown<Page<ProductCard>>>, StoreError>;

    /// A page of brands.
    async fn brands(&self, question: &ListBrands) -> Result<BrandPage, StoreError>;

    /// The shop's first page; its cards come without description and statement.
    async fn main_page(&self) -> Result<Arc<Shown<MainPage>>, StoreError>;

    /// One product on sale.
    ///
    /// # Guarantees
    /// All of it is of the moment, and what was withdrawn is not found, while the store answers.
    async fn find(&self, id: ProductId) -> Result<Option<ProductDetail>, StoreError>;
}
