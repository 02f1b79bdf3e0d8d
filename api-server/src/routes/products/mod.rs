//! Products on sale, and what their sellers do with them.

mod add_product;
mod edit_product;
mod get_main_page;
mod get_product;
mod list_brands;
mod list_products;
mod view;
mod withdraw_product;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(in crate::routes) use view::ProductCardView;

use crate::app::AppState;

/// The endpoints of this resource.
pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_main_page::get_main_page))
        .routes(routes!(list_products::list_products, add_product::add_product))
        .routes(routes!(list_brands::list_brands))
        .routes(routes!(
            get_product::get_product,
            edit_product::edit_product,
            withdraw_product::withdraw_product
        ))
}
