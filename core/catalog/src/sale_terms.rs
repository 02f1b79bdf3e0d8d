//! What buying needs to know of a product.

use jangbogo_member::MemberId;

use crate::{Price, Product, ProductId, ProductStatus};

/// The terms on which a product is sold now: a small part of it, which carts and orders are made
/// of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleTerms {
    /// The product.
    pub product: ProductId,
    /// Who sells it.
    pub seller: MemberId,
    /// Its name.
    pub name: String,
    /// What it costs.
    pub price: Price,
    /// Whether it can be bought.
    pub status: ProductStatus,
}

impl SaleTerms {
    /// Whether it can be bought.
    pub fn is_on_sale(&self) -> bool {
        self.status == ProductStatus::OnSale
    }
}

impl From<&Product> for SaleTerms {
    fn from(product: &Product) -> Self {
        Self {
            product: product.id,
            seller: product.seller,
            name: product.name.clone(),
            price: product.price,
            status: product.status,
        }
    }
}
