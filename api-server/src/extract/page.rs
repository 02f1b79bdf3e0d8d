//! Which page of a list is wanted.

use jangbogo_kernel::{CursorError, PageRequest};
use serde::Deserialize;
use utoipa::IntoParams;

use super::blank_as_none;
use crate::problem::Problem;

/// The parameters of a list that has no others.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// Items per page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    #[serde(default, deserialize_with = "blank_as_none")]
    limit: Option<i64>,
    /// `next_cursor` or `prev_cursor` of another page of this list.
    #[serde(default, deserialize_with = "blank_as_none")]
    cursor: Option<String>,
}

impl PageQuery {
    /// The wanted page of the list of this name.
    pub(crate) fn page(&self, list: &'static str) -> Result<PageRequest, Problem> {
        wanted_page(list, self.limit, self.cursor.as_deref())
    }
}

/// The same for a list with other parameters beside these.
pub(crate) fn wanted_page(
    list: &'static str,
    limit: Option<i64>,
    cursor: Option<&str>,
) -> Result<PageRequest, Problem> {
    PageRequest::try_new(list, limit, cursor).map_err(refused_page)
}

/// A page that cannot be asked for.
pub(crate) fn refused_page(refused: CursorError) -> Problem {
    match refused {
        CursorError::Invalid => Problem::of("cursor-invalid").with_detail(refused.to_string()),
        CursorError::Limit => Problem::field("limit", refused.to_string()),
    }
}
