//! Loading into PostgreSQL: COPY, into tables without secondary indexes when they are empty.

use std::fmt::Write as _;

use async_trait::async_trait;
use jangbogo_kernel::StoreError;
use sqlx::Postgres;
use sqlx::postgres::PgConnection;

use super::{Cell, Loads, Rows};
use crate::error::store_error;
use crate::statement::{assembled, sql};

/// Text is sent in pieces of about this size.
const PIECE: usize = 1 << 20;

/// The tables that are loaded by millions.
const TABLES: &str = "('product', 'product_category', 'stock', 'stock_ledger')";

#[async_trait]
impl Loads for Postgres {
    const AT_LENGTH: &'static str = "SELECT set_config('statement_timeout', '0', true), \
         set_config('maintenance_work_mem', '512MB', true)";

    async fn take_away(on: &mut PgConnection) -> Result<(), StoreError> {
        let operation = "take indexes away";
        let some = "SELECT 1 FROM product LIMIT 1";
        if sql::<Self>(some).row(on, operation).await?.is_some() {
            return Ok(());
        }
        // What belongs to a constraint stays: ids ascend, which costs an index little.
        let text = format!(
            "WITH missing AS ( \
                 SELECT 1 AS place, indexname::text AS name, \
                        'DROP INDEX ' || indexname AS away, indexdef AS restore \
                 FROM pg_indexes \
                 WHERE schemaname = current_schema() AND tablename IN {TABLES} \
                   AND NOT EXISTS (SELECT 1 FROM pg_constraint c \
                                   WHERE c.conindid = indexname::regclass) \
                 UNION ALL \
                 SELECT 2, conname::text, \
                        format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname), \
                        format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, \
                               pg_get_constraintdef(oid)) \
                 FROM pg_constraint \
                 WHERE contype = 'f' AND conrelid::regclass::text IN {TABLES} \
                   AND connamespace = current_schema()::regnamespace) \
             INSERT INTO bulk_restore (number, name, away, restore) \
             SELECT row_number() OVER (ORDER BY place, name), name, away, restore FROM missing \
             RETURNING away"
        );
        for row in assembled::<Self>(text).rows(on, operation).await? {
            assembled::<Self>(row.get("away")?).execute(on, operation).await?;
        }
        Ok(())
    }

    async fn write(on: &mut PgConnection, rows: &Rows) -> Result<(), StoreError> {
        let failed = |error| store_error("copy rows", error);
        let statement = format!("COPY {} FROM STDIN", rows.into);
        let mut copy = on.copy_in_raw(&statement).await.map_err(failed)?;
        let mut piece = String::with_capacity(PIECE + (PIECE >> 2));
        for row in rows.rows() {
            line(&mut piece, row);
            if piece.len() >= PIECE {
                copy.send(piece.as_bytes()).await.map_err(failed)?;
                piece.clear();
            }
        }
        copy.send(piece.as_bytes()).await.map_err(failed)?;
        copy.finish().await.map_err(failed)?;
        Ok(())
    }

    async fn settle(on: &mut PgConnection) -> Result<(), StoreError> {
        let operation = "settle the stock";
        sql::<Self>(
            "UPDATE stock s SET available = s.available - c.reserved - c.sold, \
                 reserved = s.reserved + c.reserved, sold = s.sold + c.sold, \
                 sequence = s.sequence + c.steps \
             FROM bulk_stock c WHERE c.product_id = s.product_id",
        )
        .execute(on, operation)
        .await?;
        sql::<Self>("DROP TABLE bulk_stock").execute(on, operation).await?;
        Ok(())
    }
}

/// A row in COPY's text format.
fn line(piece: &mut String, row: &[Cell]) {
    for (n, cell) in row.iter().enumerate() {
        if n > 0 {
            piece.push('\t');
        }
        match cell {
            Cell::Null => piece.push_str("\\N"),
            Cell::Number(number) => {
                let _ = write!(piece, "{number}");
            }
            Cell::Id(id) => {
                let _ = write!(piece, "{id}");
            }
            Cell::Text(text) => escape(piece, text),
        }
    }
    piece.push('\n');
}

fn escape(piece: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '\\' => piece.push_str("\\\\"),
            '\t' => piece.push_str("\\t"),
            '\n' => piece.push_str("\\n"),
            '\r' => piece.push_str("\\r"),
            other => piece.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn rows_as_copy_reads_them() {
        let mut piece = String::new();
        let text = Cell::Text("a\tb\\N\r\n눈".into());
        line(&mut piece, &[Cell::Null, Cell::Number(-5), Cell::Id(Uuid::nil()), text]);
        let expected = "\\N\t-5\t00000000-0000-0000-0000-000000000000\ta\\tb\\\\N\\r\\n눈\n";
        assert_eq!(piece, expected);
    }
}
