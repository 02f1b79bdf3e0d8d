//! `GET /api/v1/rankings`.

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use jangbogo_catalog::{RankedProduct, Ranking, RankingPeriod, Shown};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::AppState;
use crate::extract::Query;
use crate::problem::Problem;
use crate::routes::products::ProductCardView;
use crate::shown::{Asked, Rendered};

/// Which ranking.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RankingQuery {
    /// The time: `day` (yesterday; the default), `last3days` (the five popular ones), `week`,
    /// `month` or `quarter` (7, 30 and 90 days up to yesterday).
    #[param(default = "day")]
    period: Option<String>,
}

/// The most sold products of a time, most first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RankingView {
    /// The time.
    #[schema(examples("last3days"))]
    period: String,
    /// The last day that was counted, in Seoul; null as long as nothing was counted.
    #[schema(examples("2026-11-25"))]
    until: Option<String>,
    /// Made anew once a day. A product that is no longer on sale leaves its place empty.
    items: Vec<RankedProductView>,
}

/// A product and its place.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RankedProductView {
    /// From 1.
    place: i64,
    /// Pieces sold in the time, less those that came back.
    pieces: i64,
    /// The product as it is now.
    product: ProductCardView,
}

/// What was sold most in a time.
#[utoipa::path(get, path = "/api/v1/rankings", tag = "products",
    params(RankingQuery),
    responses(
        (status = 200, description = "The ranking", body = RankingView),
        (status = 304, description = "Still as the `ETag` in `If-None-Match` says"),
        (status = 400, description = "No such time: `validation-failed`"),
    ))]
pub(super) async fn get_ranking(
    State(state): State<AppState>,
    Query(query): Query<RankingQuery>,
    asked: Asked,
) -> Result<Response, Problem> {
    let name = query.period.as_deref().filter(|name| !name.is_empty());
    let period = match name {
        None => RankingPeriod::Day,
        Some(name) => RankingPeriod::from_name(name).ok_or_else(|| {
            Problem::field("period", "one of day, last3days, week, month, quarter")
        })?,
    };
    let ranking = state.shop.rankings.ranking(period).await?;
    let now = state.shop.clock.now();
    // Its products are shown like those of any list.
    let keep = Duration::from_millis(state.config.cache.list_ttl_ms);
    let shown = Shown::new(ranking, now.plus(keep));
    asked.answer(&shown, now, |ranking| Rendered::of(&RankingView::from(ranking)))
}

impl From<&Ranking> for RankingView {
    fn from(ranking: &Ranking) -> Self {
        Self {
            period: ranking.period.name().to_owned(),
            until: ranking.until.map(|day| day.to_string()),
            items: ranking.places.iter().cloned().map(Into::into).collect(),
        }
    }
}

impl From<RankedProduct> for RankedProductView {
    fn from(ranked: RankedProduct) -> Self {
        let RankedProduct { place, pieces, card } = ranked;
        Self { place, pieces, product: card.into() }
    }
}
