//! What an adapter of the catalogue ports must prove.
//!
//! Every function makes rows of its own, acts, and says in words what it found broken; an error of
//! the store ends it. Products belong to sellers, so a store of members comes along. The functions
//! may share one database and run at once: lists are asked for by seller.

use jangbogo_kernel::{BasisPoints, Id, IdGenerator, Money, Store, StoreError, Timestamp};
use jangbogo_member::MemberId;

use crate::{
    Attributes, Category, Price, Product, ProductDetail, ProductQueries, ProductRepository,
    ProductStanding, ProductStatus, SalesRepository, SoldItem, Transaction, ViewDay,
};

mod counters;
mod lists;
mod products;
mod rankings;

pub use counters::*;
pub use lists::*;
pub use products::*;
pub use rankings::*;

/// Sellers to whom products can belong.
pub type Members = dyn Store<dyn jangbogo_member::Transaction>;

/// A product on sale that is stored nowhere yet.
pub fn new_product(
    ids: &dyn IdGenerator,
    seller: MemberId,
    now: Timestamp,
) -> Result<Product, StoreError> {
    Ok(Product {
        id: Id::new(ids.next_uuid()),
        seller,
        name: "루테인 지아잔틴".to_owned(),
        name_en: "Lutein".to_owned(),
        maker: "참들녘".to_owned(),
        description: "첫째 줄\n둘째 'line'".to_owned(),
        image_url: "https://example.com/1.png".to_owned(),
        categories: vec![Category::Skin, Category::Eye],
        attributes: Attributes {
            main_function: "눈 건강 \"100 %\"".to_owned(),
            ..Attributes::default()
        },
        price: price(12_900, 1_500)?,
        status: ProductStatus::OnSale,
        version: 1,
        created_at: now,
        updated_at: now,
    })
}

/// A price in won.
pub fn price(won: i64, discount_bps: u32) -> Result<Price, StoreError> {
    let discount = made(BasisPoints::try_new(discount_bps))?;
    made(Price::try_new(Money::won(won), discount))
}

async fn added(store: &dyn Store<dyn Transaction>, products: &[Product]) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    let repository: &mut dyn ProductRepository = tx.products();
    repository.add(products).await?;
    tx.commit().await
}

async fn counted(
    store: &dyn Store<dyn Transaction>,
    items: &[(&Product, i64)],
) -> Result<(), StoreError> {
    let day = ViewDay::from_number(20_000);
    let item = |(product, pieces): &(&Product, i64)| SoldItem {
        product: product.id,
        pieces: *pieces,
        day,
    };
    let items = items.iter().map(item);
    let mut tx = store.begin().await?;
    let counters: &mut dyn SalesRepository = tx.sales();
    counters.count(&items.collect::<Vec<_>>()).await?;
    tx.commit().await
}

async fn sales(queries: &dyn ProductQueries, product: &Product) -> Result<i64, StoreError> {
    let detail = queries.find(product.id).await?;
    let standing = standing_of(detail.as_ref());
    assert_eq!(queries.standing(product.id).await?, standing, "not that of the product found");
    Ok(detail.map_or(-1, |detail| detail.card.sales))
}

/// What stands of a product that was found as a whole.
fn standing_of(detail: Option<&ProductDetail>) -> Option<ProductStanding> {
    detail.map(|ProductDetail { card, seller_name }| ProductStanding {
        version: card.product.version,
        stock: card.stock,
        sales: card.sales,
        views: card.views,
        seller_name: seller_name.clone(),
    })
}

/// A value that a contract makes for itself.
fn made<T, E>(value: Result<T, E>) -> Result<T, StoreError>
where
    E: std::error::Error + Send + Sync + 'static,
{
    value.map_err(|error| StoreError::new("make a value for a contract", error))
}
