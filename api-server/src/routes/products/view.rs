//! How products look, in lists and on their own pages, and what sellers write about them.

use jangbogo_catalog::{Attributes, ProductCard, ProductDetail, ProductId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::AppState;
use crate::problem::Problem;
use crate::routes::categories::CategoryView;
use crate::routes::view::MoneyView;

/// A product in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct ProductCardView {
    /// Identity.
    #[schema(examples("pro_0199f2a77c5e7d2c9d3f1d6a4c2b8e10"))]
    id: String,
    /// Name, Korean first.
    name: String,
    /// English name; may be empty.
    name_en: String,
    /// Maker or brand.
    maker: String,
    /// Where its picture is; may be empty.
    image_url: String,
    /// What it is good for.
    categories: Vec<CategoryView>,
    /// The price before the discount.
    original_price: MoneyView,
    /// The discount in hundredths of a per cent.
    #[schema(examples(1500))]
    discount_bps: u32,
    /// How much less than the original price a buyer pays.
    discount_amount: MoneyView,
    /// What a buyer pays for one piece.
    price: MoneyView,
    /// Pieces sold so far, a moment ago.
    sales: i64,
    /// Different visitors of each day so far, about and a moment ago.
    views: i64,
    /// Pieces that can be ordered now.
    stock: i64,
    /// When it was added.
    created_at: String,
    /// When it was last changed.
    updated_at: String,
}

/// A product on its own page.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProductDetailView {
    #[serde(flatten)]
    card: ProductCardView,
    /// Plain text.
    description: String,
    /// The maker's statement.
    attributes: AttributesView,
    /// Who sells it.
    seller: SellerView,
}

/// Who sells a product.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SellerView {
    /// Identity.
    id: String,
    /// Public name; empty when the seller has left.
    name: String,
}

/// The maker's statement on a health food. Plain text; every field may be empty.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = Attributes)]
#[serde(default, deny_unknown_fields)]
pub(super) struct AttributesView {
    /// Registration number of the statement.
    statement_number: String,
    /// Day of registration.
    registered_on: String,
    /// How long it keeps.
    shelf_life: String,
    /// Colour and texture.
    appearance: String,
    /// How much to take.
    serving_use: String,
    /// How to keep it.
    storage: String,
    /// Who must take care.
    intake_caution: String,
    /// What it does.
    main_function: String,
    /// Standards that it meets.
    base_standard: String,
}

impl ProductDetailView {
    /// The product on sale as it is now.
    pub(super) async fn load(state: &AppState, id: ProductId) -> Result<Self, Problem> {
        let found = state.shop.products.find(id).await?;
        Ok(found.ok_or_else(|| Problem::of("not-found"))?.into())
    }
}

impl From<ProductCard> for ProductCardView {
    fn from(card: ProductCard) -> Self {
        let product = card.product;
        let price = product.price;
        Self {
            id: product.id.to_string(),
            name: product.name,
            name_en: product.name_en,
            maker: product.maker,
            image_url: product.image_url,
            categories: product.categories.into_iter().map(Into::into).collect(),
            original_price: price.original().into(),
            discount_bps: price.discount().get(),
            discount_amount: price.discount_amount().into(),
            price: price.selling().into(),
            sales: card.sales,
            views: card.views,
            stock: card.stock,
            created_at: product.created_at.to_string(),
            updated_at: product.updated_at.to_string(),
        }
    }
}

impl From<ProductDetail> for ProductDetailView {
    fn from(mut detail: ProductDetail) -> Self {
        let product = &mut detail.card.product;
        let description = std::mem::take(&mut product.description);
        let attributes = std::mem::take(&mut product.attributes).into();
        let seller = SellerView { id: product.seller.to_string(), name: detail.seller_name };
        Self { card: detail.card.into(), description, attributes, seller }
    }
}

impl From<Attributes> for AttributesView {
    fn from(from: Attributes) -> Self {
        Self {
            statement_number: from.statement_number,
            registered_on: from.registered_on,
            shelf_life: from.shelf_life,
            appearance: from.appearance,
            serving_use: from.serving_use,
            storage: from.storage,
            intake_caution: from.intake_caution,
            main_function: from.main_function,
            base_standard: from.base_standard,
        }
    }
}

impl From<AttributesView> for Attributes {
    fn from(from: AttributesView) -> Self {
        Self {
            statement_number: from.statement_number,
            registered_on: from.registered_on,
            shelf_life: from.shelf_life,
            appearance: from.appearance,
            serving_use: from.serving_use,
            storage: from.storage,
            intake_caution: from.intake_caution,
            main_function: from.main_function,
            base_standard: from.base_standard,
        }
    }
}
