//! Loading into SQLite: inserts of many rows.

use async_trait::async_trait;
use jangbogo_kernel::StoreError;
use sqlx::Sqlite;
use sqlx::sqlite::SqliteConnection;

use super::{Cell, Loads, Rows};
use crate::statement::{Insert, sql};

#[async_trait]
impl Loads for Sqlite {
    const AT_LENGTH: &'static str = "SELECT 1";

    async fn take_away(_: &mut SqliteConnection) -> Result<(), StoreError> {
        // An embedded shop is small enough to keep its indexes.
        Ok(())
    }

    async fn write(on: &mut SqliteConnection, rows: &Rows) -> Result<(), StoreError> {
        let mut insert = Insert::<Self>::into(rows.into);
        for row in rows.rows() {
            insert.row(|mut values| {
                for cell in row {
                    values = match cell {
                        Cell::Null => values.bind(None::<i64>),
                        Cell::Number(number) => values.bind(*number),
                        Cell::Id(id) => values.bind(*id),
                        Cell::Text(text) => values.bind(text.clone().into_owned()),
                    };
                }
                values
            });
        }
        insert.execute(on, "insert rows").await
    }

    async fn settle(on: &mut SqliteConnection) -> Result<(), StoreError> {
        let operation = "settle the stock";
        sql::<Self>(
            "UPDATE stock SET available = available - c.reserved - c.sold, \
                 reserved = stock.reserved + c.reserved, sold = stock.sold + c.sold, \
                 sequence = sequence + c.steps \
             FROM bulk_stock c WHERE c.product_id = stock.product_id",
        )
        .execute(on, operation)
        .await?;
        sql::<Self>("DROP TABLE bulk_stock").execute(on, operation).await?;
        Ok(())
    }
}
