//! List the caller's orders.

use axum::extract::State;
use jangbogo_kernel::PageRequest;
use jangbogo_ordering::{OrderQueries, OrderState};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::OrderSummaryView;
use crate::app::AppState;
use crate::extract::{Authenticated, Json, Query, blank_as_none, wanted_page};
use crate::problem::Problem;
use crate::routes::view::PageView;

/// Which of the caller's orders are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListOrdersQuery {
    /// Only orders in this state.
    #[param(example = "paid")]
    #[serde(default, deserialize_with = "blank_as_none")]
    status: Option<String>,
    /// Items per page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    #[serde(default, deserialize_with = "blank_as_none")]
    limit: Option<i64>,
    /// `next_cursor` or `prev_cursor` of another page of this list.
    #[serde(default, deserialize_with = "blank_as_none")]
    cursor: Option<String>,
}

/// The caller's orders, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/orders",
    tag = "orders",
    params(ListOrdersQuery),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of orders", body = PageView<OrderSummaryView>),
        (status = 400, description = "`validation-failed`, `cursor-invalid`"),
    ),
)]
pub(crate) async fn list_orders(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    Query(query): Query<ListOrdersQuery>,
) -> Result<Json<PageView<OrderSummaryView>>, Problem> {
    let (wanted, page) = query.parse()?;
    let orders = state.shop.orders.list(caller.member, wanted, &page).await?;
    Ok(Json(PageView::of(orders, |order| OrderSummaryView::of(&order))))
}

impl ListOrdersQuery {
    fn parse(&self) -> Result<(Option<OrderState>, PageRequest), Problem> {
        let status = self.status.as_deref().map(|name| {
            OrderState::from_name(name)
                .ok_or_else(|| Problem::field("status", "a state of an order, such as paid"))
        });
        let list = <dyn OrderQueries>::LIST;
        let page = wanted_page(list, self.limit, self.cursor.as_deref())?;
        Ok((status.transpose()?, page))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(query: &str) -> (String, &'static str) {
        let query: ListOrdersQuery = serde_json::from_str(query).unwrap();
        let problem = query.parse().unwrap_err();
        let pointer = problem.errors().first().map(|error| error.pointer.clone());
        (pointer.unwrap_or_default(), problem.code())
    }

    #[test]
    fn what_is_not_asked_for_is_the_first_page_of_all() {
        let query: ListOrdersQuery = serde_json::from_str("{}").unwrap();
        assert_eq!(query.parse().unwrap(), (None, PageRequest::first()));
        let query = r#"{"status": "paid", "limit": "5"}"#;
        let query: ListOrdersQuery = serde_json::from_str(query).unwrap();
        let (status, page) = query.parse().unwrap();
        assert_eq!((status, page.limit()), (Some(OrderState::Paid), 5));
    }

    #[test]
    fn refusals_name_the_parameter() {
        let refused_status = refused(r#"{"status": "PAID"}"#);
        assert_eq!(refused_status, ("/status".to_owned(), "validation-failed"));
        let refused_limit = refused(r#"{"limit": "101"}"#);
        assert_eq!(refused_limit, ("/limit".to_owned(), "validation-failed"));
        let refused_cursor = refused(r#"{"cursor": "of another list"}"#);
        assert_eq!(refused_cursor, (String::new(), "cursor-invalid"));
    }
}
