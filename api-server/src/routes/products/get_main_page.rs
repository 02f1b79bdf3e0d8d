//! `GET /api/v1/main`.

use axum::extract::State;
use axum::response::Response;
use jangbogo_catalog::MainPage;
use serde::Serialize;
use utoipa::ToSchema;

use super::view::ProductCardView;
use crate::app::AppState;
use crate::problem::Problem;
use crate::shown::{Asked, Rendered};

/// The shop's first page.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MainPageView {
    /// At most nine of the most sold products, most first.
    top_sales: Vec<ProductCardView>,
    /// At most nine of the most discounted products, most first.
    top_discount: Vec<ProductCardView>,
}

/// What the shop's first page shows.
#[utoipa::path(get, path = "/api/v1/main", tag = "products",
    responses(
        (status = 200, description = "The page", body = MainPageView),
        (status = 304, description = "Still as the `ETag` in `If-None-Match` says"),
    ))]
pub(super) async fn get_main_page(
    State(state): State<AppState>,
    asked: Asked,
) -> Result<Response, Problem> {
    let page = state.shop.products.main_page().await?;
    asked.answer(&page, state.shop.clock.now(), |page| Rendered::of(&MainPageView::from(page)))
}

impl From<&MainPage> for MainPageView {
    fn from(page: &MainPage) -> Self {
        let row = |cards: &[_]| cards.iter().cloned().map(ProductCardView::from).collect();
        Self { top_sales: row(&page.top_sales), top_discount: row(&page.top_discount) }
    }
}
