//! How most stories begin.

use crate::{Actor, ShopOptions, TestShop};

/// A shop with one seller, one product and one buyer.
pub struct Scene {
    /// The shop.
    pub shop: TestShop,
    /// Who sells the product.
    pub seller: Actor,
    /// Who is about to buy.
    pub buyer: Actor,
    /// A product at [`Scene::PRICE`].
    pub product: String,
}

impl Scene {
    /// What one piece costs.
    pub const PRICE: i64 = 12_900;

    /// A scene with so many pieces in stock.
    pub async fn open(pieces: i64) -> Self {
        Self::open_with(pieces, ShopOptions::default()).await
    }

    /// The same in a shop with other settings.
    pub async fn open_with(pieces: i64, options: ShopOptions) -> Self {
        let shop = TestShop::open_with(options).await;
        let (seller, buyer) = (shop.seller().await, shop.buyer().await);
        let product = seller.lists("루테인", Self::PRICE, pieces).await;
        Self { shop, seller, buyer, product }
    }
}
