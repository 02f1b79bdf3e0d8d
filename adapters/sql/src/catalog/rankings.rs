//! Rankings of products.

use async_trait::async_trait;
use jangbogo_catalog::{
    RankedProduct, Ranking, RankingPeriod, RankingQueries, RankingRepository, ViewDay,
};
use jangbogo_kernel::StoreError;

use super::queries::card;
use super::row::PRODUCT_COLUMNS;
use crate::backend::Backend;
use crate::statement::{Record, assembled, sql};
use crate::store::{SqlStore, SqlTransaction};

#[async_trait]
impl<DB: Backend> RankingRepository for SqlTransaction<DB> {
    async fn rank(
        &mut self,
        period: RankingPeriod,
        (first, last): (ViewDay, ViewDay),
    ) -> Result<u64, StoreError> {
        sql::<DB>("DELETE FROM product_ranking WHERE period = $1")
            .bind(period.name().to_owned())
            .execute(self.on(), "clear a ranking")
            .await?;
        // Sums of BIGINT are wider on one engine.
        sql::<DB>(
            "INSERT INTO product_ranking (period, place, product_id, pieces, until_day) \
             SELECT CAST($1 AS TEXT), ROW_NUMBER() OVER (ORDER BY s.pieces DESC, s.product_id), \
                 s.product_id, s.pieces, CAST($2 AS BIGINT) \
             FROM (SELECT d.product_id, CAST(SUM(d.pieces) AS BIGINT) AS pieces \
                   FROM product_sold d JOIN product p ON p.id = d.product_id \
                   WHERE d.day BETWEEN $3 AND $4 AND p.status = 'on_sale' \
                   GROUP BY d.product_id HAVING SUM(d.pieces) > 0 \
                   ORDER BY 2 DESC, 1 LIMIT $5) s",
        )
        .bind(period.name().to_owned())
        .bind(last.number())
        .bind(first.number())
        .bind(last.number())
        .bind(i64::from(period.places()))
        .execute(self.on(), "make a ranking")
        .await
    }

    async fn forget(&mut self, day: ViewDay, limit: u32) -> Result<u64, StoreError> {
        sql::<DB>(
            "DELETE FROM product_sold WHERE (day, product_id) IN ( \
                 SELECT day, product_id FROM product_sold WHERE day < $1 \
                 ORDER BY day, product_id LIMIT $2)",
        )
        .bind(day.number())
        .bind(i64::from(limit))
        .execute(self.on(), "forget the sales of old days")
        .await
    }
}

#[async_trait]
impl<DB: Backend> RankingQueries for SqlStore<DB> {
    async fn ranking(&self, period: RankingPeriod) -> Result<Ranking, StoreError> {
        let text = format!(
            "SELECT {PRODUCT_COLUMNS}, p.sales, p.views, COALESCE(s.available, 0) AS available, \
                 r.place, r.pieces, r.until_day \
             FROM product_ranking r JOIN product p ON p.id = r.product_id \
             LEFT JOIN stock s ON s.product_id = p.id \
             WHERE r.period = $1 AND p.status = 'on_sale' ORDER BY r.place"
        );
        let ranking = assembled::<DB>(text).bind(period.name().to_owned());
        let rows = ranking.rows(&mut *self.read().await?, "read a ranking").await?;
        let until = rows.first().map(|row| row.get("until_day")).transpose()?;
        let places = rows.iter().map(ranked).collect::<Result<_, _>>()?;
        Ok(Ranking { period, until: until.map(ViewDay::from_number), places })
    }
}

fn ranked<DB: Backend>(row: &Record<DB>) -> Result<RankedProduct, StoreError> {
    Ok(RankedProduct { place: row.get("place")?, pieces: row.get("pieces")?, card: card(row)? })
}
