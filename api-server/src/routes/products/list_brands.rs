//! `GET /api/v1/brands`.

use axum::extract::State;
use jangbogo_catalog::ListBrands;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::AppState;
use crate::extract::{Json, Query, blank_as_none, refused_page};
use crate::problem::Problem;
use crate::routes::view::PageView;

/// Which brands are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListBrandsQuery {
    /// Items per page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    #[serde(deserialize_with = "blank_as_none")]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A maker who has products on sale.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BrandView {
    /// For the parameter `brand` of the product list.
    #[schema(examples("참들녘"))]
    name: String,
}

/// Brands by name; the page of one is the product list with `brand`.
#[utoipa::path(get, path = "/api/v1/brands", tag = "products",
    params(ListBrandsQuery),
    responses(
        (status = 200, description = "A page", body = PageView<BrandView>),
        (status = 400, description = "`validation-failed`, `cursor-invalid`"),
    ))]
pub(super) async fn list_brands(
    State(state): State<AppState>,
    Query(query): Query<ListBrandsQuery>,
) -> Result<Json<PageView<BrandView>>, Problem> {
    let question = ListBrands::parse(query.limit, query.cursor.as_deref());
    let question = question.map_err(refused_page)?;
    let page = state.shop.products.brands(&question).await?;
    let brands = PageView::whole(page.names.into_iter().map(|name| BrandView { name }));
    Ok(Json(PageView { next_cursor: page.next, ..brands }))
}
