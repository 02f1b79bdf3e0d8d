//! `GET /api/v1/categories`.

use jangbogo_catalog::Category;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::Json;
use crate::routes::view::PageView;

/// What a product is good for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CategoryView {
    /// For the parameter `category`.
    #[schema(examples("eye"))]
    slug: &'static str,
    /// Korean name.
    #[schema(examples("눈 건강"))]
    name: &'static str,
    /// English name.
    #[schema(examples("Eye health"))]
    name_en: &'static str,
}

impl From<Category> for CategoryView {
    fn from(category: Category) -> Self {
        Self { slug: category.slug(), name: category.name_ko(), name_en: category.name_en() }
    }
}

/// All categories, in the order in which shops show them.
#[utoipa::path(get, path = "/api/v1/categories", tag = "products",
    responses((status = 200, description = "All of them", body = PageView<CategoryView>)))]
pub(super) async fn list_categories() -> Json<PageView<CategoryView>> {
    Json(PageView::whole(Category::ALL.map(CategoryView::from)))
}
