//! Many rows on PostgreSQL: one array a column. However many rows there are, the statement's text
//! is the same, so that it is read and planned once a connection.

use std::fmt::Write as _;

use sqlx::postgres::PgArguments;
use sqlx::{Arguments as _, Postgres};
use uuid::Uuid;

use super::cell::Cell;
use crate::backend::{AnyOf, Many};

impl Many for Postgres {
    // A bound on the memory of one statement, not the engine's.
    const CELLS_MAX: usize = 200_000;

    fn rows(cells: Vec<Cell>, width: usize, text: &mut String) -> Result<PgArguments, sqlx::Error> {
        let mut arguments = PgArguments::default();
        text.push_str("SELECT * FROM UNNEST(");
        for n in 0..width {
            let comma = if n == 0 { "" } else { ", " };
            let array = add_column(&mut arguments, &cells, n, width)?;
            let _ = write!(text, "{comma}${}::{array}", n + 1);
        }
        text.push(')');
        Ok(arguments)
    }

    fn any_of(_: usize, first: usize) -> AnyOf {
        AnyOf { text: format!(" = ANY(${first})"), arguments: 1 }
    }

    fn bind_ids(arguments: &mut PgArguments, mut ids: Vec<Uuid>) -> Result<(), sqlx::Error> {
        if let Some(last) = ids.last().copied() {
            // Said twice is said once.
            ids.resize(ids.len().max(IDS_RECKONED), last);
        }
        arguments.add(ids).map_err(sqlx::Error::Encode)
    }
}

/// A plan that is kept for all parameters is reckoned with so many ids
/// (`estimate_array_length` in PostgreSQL's selfuncs.c). With fewer, PostgreSQL believes a plan for
/// the very ones at hand to be cheaper each time, and planning costs several times the reading.
const IDS_RECKONED: usize = 10;

/// Adds every `width`th cell from the `n`th on as one array, and tells its type.
fn add_column(
    arguments: &mut PgArguments,
    cells: &[Cell],
    n: usize,
    width: usize,
) -> Result<&'static str, sqlx::Error> {
    macro_rules! column {
        ($kind:ident, $array:literal, $value:ident => $borrowed:expr) => {{
            let column = cells.iter().skip(n).step_by(width).map(|cell| match cell {
                Cell::$kind($value) => Ok($borrowed),
                other => Err(of_several_types(other)),
            });
            let column = column.collect::<Result<Vec<_>, _>>()?;
            arguments.add(column).map_err(sqlx::Error::Encode)?;
            $array
        }};
    }
    Ok(match cells.get(n) {
        Some(Cell::Int(_)) => column!(Int, "bigint[]", value => *value),
        Some(Cell::Id(_)) => column!(Id, "uuid[]", value => *value),
        Some(Cell::Flag(_)) => column!(Flag, "boolean[]", value => *value),
        Some(Cell::Bytes(_)) => column!(Bytes, "bytea[]", value => value.as_deref()),
        Some(Cell::Text(_)) | None => column!(Text, "text[]", value => value.as_deref()),
    })
}

fn of_several_types(cell: &Cell) -> sqlx::Error {
    sqlx::Error::Encode(format!("a column of several types: {cell:?}").into())
}
