//! Products, discounts, categories and their lists.
//!
//! A product's price is decided here and nowhere else: [`Price`] keeps the original amount and the
//! discount, and [`Price::selling`] is what a buyer pays. How many pieces there are is decided by
//! the inventory; this crate only shows it.
//!
//! ```
//! use jangbogo_catalog::Price;
//! use jangbogo_kernel::{BasisPoints, Money};
//!
//! let price = Price::try_new(Money::won(12_900), BasisPoints::try_new(1_500)?)?;
//! assert_eq!(price.discount_amount(), Money::won(1_935));
//! assert_eq!(price.selling(), Money::won(10_965));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod brands;
mod category;
mod count_sales;
mod edit_product;
mod event;
mod flush_views;
mod forget_sales;
mod list;
mod ports;
mod price;
mod product;
mod rank_products;
mod ranking;
mod record_view;
mod sale_terms;
mod shown;
mod views;
mod withdraw_product;

pub mod contract;

pub use brands::{BrandPage, ListBrands};
pub use category::Category;
pub use count_sales::{CountSales, FlushSales, SoldItem};
pub use edit_product::{EditProduct, EditProductError};
pub use event::{ProductAdded, ProductChanged, ProductWithdrawn};
pub use flush_views::FlushViews;
pub use forget_sales::ForgetSales;
pub use list::{
    ListError, ListProducts, MainPage, ProductCard, ProductDetail, ProductSort, ProductStanding,
};
pub use ports::{
    ChangedViews, CountedViews, ProductPages, ProductQueries, ProductRepository, RankingQueries,
    RankingRepository, SalesRepository, Sketched, StoredViews, Transaction, ViewQueries,
    ViewRepository, VisitorNames, VisitorSketch,
};
pub use price::{Price, PriceError};
pub use product::{Attributes, NewProduct, Product, ProductChanges, ProductError, ProductStatus};
pub use rank_products::RankProducts;
pub use ranking::{RankedProduct, Ranking, RankingPeriod};
pub use record_view::RecordView;
pub use sale_terms::SaleTerms;
pub use shown::{Current, Shown};
pub use views::{ViewDay, ViewsOf, Visitor, Who};
pub use withdraw_product::{WithdrawProduct, WithdrawProductError};

use jangbogo_kernel::Id;

/// A product's id: `pro_…`.
pub type ProductId = Id<Product>;
