//! Many rows on SQLite: `VALUES (…), (…)`.

use std::borrow::Cow;
use std::fmt::Write as _;

use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, Sqlite};
use uuid::Uuid;

use super::cell::Cell;
use super::placeholders;
use crate::backend::{AnyOf, Many};

impl Many for Sqlite {
    // SQLite allows 32,766 arguments, but its time to read a statement grows with their square:
    // 30,000 take seconds.
    const CELLS_MAX: usize = 2_000;

    fn rows(
        cells: Vec<Cell>,
        width: usize,
        text: &mut String,
    ) -> Result<SqliteArguments, sqlx::Error> {
        let mut arguments = SqliteArguments::default();
        text.push_str("VALUES ");
        for next in (1..=cells.len()).step_by(width) {
            let comma = if next == 1 { "" } else { ", " };
            let _ = write!(text, "{comma}({})", placeholders(next, width));
        }
        for cell in cells {
            match cell {
                Cell::Int(value) => arguments.add(value),
                Cell::Text(value) => arguments.add(value.map(Cow::into_owned)),
                Cell::Id(value) => arguments.add(value),
                Cell::Flag(value) => arguments.add(value),
                Cell::Bytes(value) => arguments.add(value),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(arguments)
    }

    fn any_of(count: usize, first: usize) -> AnyOf {
        AnyOf { text: format!(" IN ({})", placeholders(first, count)), arguments: count }
    }

    fn bind_ids(arguments: &mut SqliteArguments, ids: Vec<Uuid>) -> Result<(), sqlx::Error> {
        ids.into_iter().try_for_each(|id| arguments.add(id)).map_err(sqlx::Error::Encode)
    }
}
