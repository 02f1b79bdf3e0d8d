//! Products with quantities, as requests name them.

use jangbogo_catalog::ProductId;
use jangbogo_kernel::Quantity;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;

/// Pieces of one product.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineRequest {
    /// The product.
    #[schema(examples("pro_019a2f3e4b5c7d8e9f0a1b2c3d4e5f60"))]
    pub(crate) product_id: String,
    /// Pieces.
    #[schema(minimum = 1, maximum = 999)]
    pub(crate) quantity: i64,
}

/// The lines with checked ids and quantities; the refusal points at the first that is neither.
pub(crate) fn parse_lines(lines: &[LineRequest]) -> Result<Vec<(ProductId, Quantity)>, Problem> {
    let numbered = lines.iter().enumerate();
    numbered.map(|(at, line)| line.parse(at)).collect()
}

impl LineRequest {
    fn parse(&self, at: usize) -> Result<(ProductId, Quantity), Problem> {
        let product = self
            .product_id
            .parse()
            .map_err(|_| Problem::at(format!("/lines/{at}/product_id"), "a product's id"))?;
        let quantity = Quantity::try_new(self.quantity)
            .map_err(|refused| Problem::at(format!("/lines/{at}/quantity"), refused.to_string()))?;
        Ok((product, quantity))
    }
}
