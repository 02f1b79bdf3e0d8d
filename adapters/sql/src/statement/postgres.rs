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

    fn rows(rows: Vec<Vec<Cell>>, text: &mut String) -> Result<PgArguments, sqlx::Error> {
        let mut arguments = PgArguments::default();
        let mut columns: Vec<Column> = Vec::new();
        for row in rows {
            for (n, cell) in row.into_iter().enumerate() {
                match columns.get_mut(n) {
                    Some(column) => column.push(cell)?,
                    None => columns.push(Column::beginning(cell)),
                }
            }
        }
        text.push_str("SELECT * FROM UNNEST(");
        for (n, column) in (1..).zip(columns) {
            let comma = if n == 1 { "" } else { ", " };
            let _ = write!(text, "{comma}${n}::{}[]", column.type_name());
            column.add_to(&mut arguments).map_err(sqlx::Error::Encode)?;
        }
        text.push(')');
        Ok(arguments)
    }

    fn any_of(_: usize, first: usize) -> AnyOf {
        AnyOf { text: format!(" = ANY(${first})"), arguments: 1 }
    }

    fn bind_ids(arguments: &mut PgArguments, ids: Vec<Uuid>) -> Result<(), sqlx::Error> {
        arguments.add(ids).map_err(sqlx::Error::Encode)
    }
}

/// The values of one column.
enum Column {
    Int(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Id(Vec<Option<Uuid>>),
    Flag(Vec<Option<bool>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Column {
    fn beginning(cell: Cell) -> Self {
        match cell {
            Cell::Int(value) => Self::Int(vec![value]),
            Cell::Text(value) => Self::Text(vec![value]),
            Cell::Id(value) => Self::Id(vec![value]),
            Cell::Flag(value) => Self::Flag(vec![value]),
            Cell::Bytes(value) => Self::Bytes(vec![value]),
        }
    }

    fn push(&mut self, cell: Cell) -> Result<(), sqlx::Error> {
        match (self, cell) {
            (Self::Int(values), Cell::Int(value)) => values.push(value),
            (Self::Text(values), Cell::Text(value)) => values.push(value),
            (Self::Id(values), Cell::Id(value)) => values.push(value),
            (Self::Flag(values), Cell::Flag(value)) => values.push(value),
            (Self::Bytes(values), Cell::Bytes(value)) => values.push(value),
            (_, cell) => {
                let defect = format!("a column of several types: {cell:?}");
                return Err(sqlx::Error::Encode(defect.into()));
            }
        }
        Ok(())
    }

    const fn type_name(&self) -> &'static str {
        match self {
            Self::Int(_) => "bigint",
            Self::Text(_) => "text",
            Self::Id(_) => "uuid",
            Self::Flag(_) => "boolean",
            Self::Bytes(_) => "bytea",
        }
    }

    fn add_to(self, arguments: &mut PgArguments) -> Result<(), sqlx::error::BoxDynError> {
        match self {
            Self::Int(values) => arguments.add(values),
            Self::Text(values) => arguments.add(values),
            Self::Id(values) => arguments.add(values),
            Self::Flag(values) => arguments.add(values),
            Self::Bytes(values) => arguments.add(values),
        }
    }
}
