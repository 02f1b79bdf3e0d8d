//! What the world may know about products.

use jangbogo_kernel::{DomainEvent, Uuid};
use serde::{Deserialize, Serialize};

use crate::ProductId;

/// A product came into the shop.
#[derive(Debug, Serialize, Deserialize)]
pub struct ProductAdded {
    /// The product.
    pub product: ProductId,
}

/// A product's description or price changed.
#[derive(Debug, Serialize, Deserialize)]
pub struct ProductChanged {
    /// The product.
    pub product: ProductId,
    /// The product's version.
    pub version: i64,
}

/// A product left the shop.
#[derive(Debug, Serialize, Deserialize)]
pub struct ProductWithdrawn {
    /// The product.
    pub product: ProductId,
    /// The product's version.
    pub version: i64,
}

impl DomainEvent for ProductAdded {
    const NAME: &'static str = "catalog.product_added.v1";

    fn aggregate(&self) -> Uuid {
        self.product.uuid()
    }

    fn sequence(&self) -> i64 {
        1
    }
}

impl DomainEvent for ProductChanged {
    const NAME: &'static str = "catalog.product_changed.v1";

    fn aggregate(&self) -> Uuid {
        self.product.uuid()
    }

    fn sequence(&self) -> i64 {
        self.version
    }
}

impl DomainEvent for ProductWithdrawn {
    const NAME: &'static str = "catalog.product_withdrawn.v1";

    fn aggregate(&self) -> Uuid {
        self.product.uuid()
    }

    fn sequence(&self) -> i64 {
        self.version
    }
}
