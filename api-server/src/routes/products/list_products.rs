//! `GET /api/v1/products`.

use axum::extract::State;
use axum::response::Response;
use jangbogo_catalog::{ListError, ListProducts};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::ProductCardView;
use crate::app::AppState;
use crate::extract::{Query, blank_as_none};
use crate::problem::Problem;
use crate::routes::view::PageView;
use crate::shown::{Asked, Rendered};

/// Which products are wanted. A parameter that is empty asks for nothing.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListProductsQuery {
    /// `newest`, `price_asc`, `price_desc`, `sales` or `discount`.
    #[param(default = "newest")]
    sort: Option<String>,
    /// Only this category.
    #[param(example = "eye")]
    category: Option<String>,
    /// Only products of exactly this maker.
    #[param(max_length = 100, example = "참들녘")]
    brand: Option<String>,
    /// At least this price, minor units.
    #[param(minimum = 0)]
    #[serde(deserialize_with = "blank_as_none")]
    min_price: Option<i64>,
    /// At most this price, minor units.
    #[param(minimum = 0)]
    #[serde(deserialize_with = "blank_as_none")]
    max_price: Option<i64>,
    /// Names or maker contain this text.
    #[param(max_length = 100)]
    q: Option<String>,
    /// Items per page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    #[serde(deserialize_with = "blank_as_none")]
    limit: Option<i64>,
    /// `next_cursor` or `prev_cursor` of another page of this list.
    cursor: Option<String>,
}

/// A page of products on sale.
#[utoipa::path(get, path = "/api/v1/products", tag = "products",
    params(ListProductsQuery),
    responses(
        (status = 200, description = "A page", body = PageView<ProductCardView>),
        (status = 304, description = "Still as the `ETag` in `If-None-Match` says"),
        (status = 400, description = "`validation-failed`, `cursor-invalid`"),
    ))]
pub(super) async fn list_products(
    State(state): State<AppState>,
    Query(query): Query<ListProductsQuery>,
    asked: Asked,
) -> Result<Response, Problem> {
    let page = state.shop.products.list(&query.parse()?).await?;
    asked.answer(&page, state.shop.clock.now(), |page| {
        Rendered::of(&PageView::of(page.clone(), ProductCardView::from))
    })
}

impl ListProductsQuery {
    fn parse(&self) -> Result<ListProducts, Problem> {
        ListProducts::parse(
            self.sort.as_deref(),
            self.category.as_deref(),
            self.brand.as_deref(),
            (self.min_price, self.max_price),
            self.q.as_deref(),
            self.limit,
            self.cursor.as_deref(),
        )
        .map_err(refused)
    }
}

fn refused(error: ListError) -> Problem {
    let parameter = match error {
        ListError::Sort => "sort",
        ListError::Category => "category",
        ListError::Brand => "brand",
        ListError::PriceRange => "min_price",
        ListError::Text => "q",
        ListError::Limit => "limit",
        ListError::Cursor => return error.into(),
    };
    Problem::field(parameter, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refused_parameter_is_named() {
        let query = ListProductsQuery { limit: Some(101), ..ListProductsQuery::default() };
        let problem = query.parse().unwrap_err();
        assert_eq!(problem.errors()[0].pointer, "/limit");
        let query = ListProductsQuery {
            cursor: Some("nonsense".to_owned()),
            ..ListProductsQuery::default()
        };
        assert_eq!(query.parse().unwrap_err().code(), "cursor-invalid");
    }
}
