//! Standing agreements inside transactions.

use async_trait::async_trait;
use jangbogo_kernel::{StoreError, Timestamp};
use jangbogo_ordering::OrderId;
use jangbogo_payment::{
    Agreement, AgreementId, AgreementKey, AgreementRepository, AgreementState, AttemptId, Firmness,
    Learnt, ProviderName,
};

use crate::backend::Backend;
use crate::statement::{Insert, Record, assembled, sql};
use crate::store::SqlTransaction;

const COLUMNS: &str = "id, buyer_id, provider, secret_key, granted_by, state, version, created_at, \
     ended_at";

#[async_trait]
impl<DB: Backend> AgreementRepository for SqlTransaction<DB> {
    async fn add(&mut self, agreement: &Agreement) -> Result<(), StoreError> {
        let mut insert = Insert::<DB>::into(
            "agreement (id, buyer_id, provider, secret_key, granted_by, state, version, \
             created_at, ended_at)",
        );
        insert.row(|row| {
            row.bind(agreement.id.uuid())
                .bind(agreement.buyer.uuid())
                .bind(agreement.provider.0.clone())
                .bind(agreement.key.expose().to_owned())
                .bind(agreement.granted_by.uuid())
                .bind(agreement.state.name().to_owned())
                .bind(agreement.version)
                .bind(agreement.created_at.as_micros())
                .bind(agreement.ended_at.map(Timestamp::as_micros))
        });
        insert.execute(self.on(), "add an agreement").await
    }

    async fn find(&mut self, id: AgreementId) -> Result<Option<Agreement>, StoreError> {
        let text = format!("SELECT {COLUMNS} FROM agreement WHERE id = $1{}", DB::FOR_UPDATE);
        let row = assembled::<DB>(text).bind(id.uuid()).row(self.on(), "find an agreement").await?;
        row.as_ref().map(agreement).transpose()
    }

    async fn of_order(&mut self, order: OrderId) -> Result<Option<Agreement>, StoreError> {
        let text = format!(
            "SELECT {COLUMNS} FROM agreement WHERE granted_by IN ( \
                 SELECT id FROM payment_attempt WHERE order_id = $1) ORDER BY id LIMIT 1"
        );
        let row = assembled::<DB>(text)
            .bind(order.uuid())
            .row(self.on(), "find an order's agreement")
            .await?;
        row.as_ref().map(agreement).transpose()
    }

    async fn save(&mut self, agreement: &Agreement, version_before: i64) -> Result<(), StoreError> {
        sql::<DB>(
            "UPDATE agreement SET state = $1, version = $2, ended_at = $3 \
             WHERE id = $4 AND version = $5",
        )
        .bind(agreement.state.name().to_owned())
        .bind(agreement.version)
        .bind(agreement.ended_at.map(Timestamp::as_micros))
        .bind(agreement.id.uuid())
        .bind(version_before)
        .change_one(self.on(), "save an agreement")
        .await
    }

    async fn ending(&mut self, limit: u32) -> Result<Vec<AgreementId>, StoreError> {
        let rows = sql::<DB>(
            "SELECT id FROM agreement WHERE state = 'ENDING' ORDER BY ended_at, id LIMIT $1",
        )
        .bind(i64::from(limit))
        .rows(self.on(), "find ending agreements")
        .await?;
        rows.iter().map(|row| row.id("id")).collect()
    }

    async fn learn(&mut self, attempt: AttemptId, learnt: &Learnt) -> Result<(), StoreError> {
        sql::<DB>(
            "UPDATE payment_attempt SET session_reference = COALESCE(session_reference, $1), \
                 firmness = COALESCE(firmness, $2) \
             WHERE id = $3",
        )
        .bind(learnt.reference.clone())
        .bind(learnt.firmness.map(|firmness| Firmness::name(firmness).to_owned()))
        .bind(attempt.uuid())
        .change_one(self.on(), "keep what an answer brought")
        .await
    }
}

fn agreement<DB: Backend>(row: &Record<DB>) -> Result<Agreement, StoreError> {
    Ok(Agreement {
        id: row.id("id")?,
        buyer: row.id("buyer_id")?,
        provider: ProviderName(row.get("provider")?),
        key: AgreementKey::new(row.get::<String>("secret_key")?),
        granted_by: row.id("granted_by")?,
        state: row.named("state", AgreementState::from_name)?,
        version: row.get("version")?,
        created_at: row.time("created_at")?,
        ended_at: row.maybe_time("ended_at")?,
    })
}
