//! Schedules inside transactions.

use async_trait::async_trait;
use jangbogo_job::{JobName, Schedule, ScheduleRepository};
use jangbogo_kernel::StoreError;

use super::row::{schedule, schedule_columns};
use crate::backend::Backend;
use crate::statement::{Insert, assembled, sql};
use crate::store::SqlTransaction;

#[async_trait]
impl<DB: Backend> ScheduleRepository for SqlTransaction<DB> {
    async fn find(&mut self, job: &JobName) -> Result<Option<Schedule>, StoreError> {
        const TEXT: &str =
            concat!("SELECT ", schedule_columns!(), " FROM job_schedule WHERE job = $1");
        let find = assembled::<DB>(format!("{TEXT}{}", DB::FOR_UPDATE)).bind(job.to_string());
        find.row(self.on(), "find a schedule").await?.as_ref().map(schedule).transpose()
    }

    async fn add_missing(&mut self, schedule: &Schedule) -> Result<(), StoreError> {
        let insert = Insert::<DB>::into(concat!("job_schedule (", schedule_columns!(), ")"));
        let mut insert = insert.or(" ON CONFLICT DO NOTHING");
        insert.row(|row| {
            row.bind(schedule.job.to_string())
                .bind(schedule.cron.clone())
                .bind(schedule.zone.clone())
                .bind(schedule.is_enabled)
                .bind(schedule.next_at.as_micros())
                .bind(schedule.version)
        });
        insert.execute(self.on(), "add a schedule").await
    }

    async fn save(&mut self, schedule: &Schedule) -> Result<(), StoreError> {
        sql::<DB>(
            "UPDATE job_schedule SET cron = $1, zone = $2, is_enabled = $3, next_at = $4, \
                 version = $5 \
             WHERE job = $6 AND version = $7",
        )
        .bind(schedule.cron.clone())
        .bind(schedule.zone.clone())
        .bind(schedule.is_enabled)
        .bind(schedule.next_at.as_micros())
        .bind(schedule.version)
        .bind(schedule.job.to_string())
        .bind(schedule.version - 1)
        .change_one(self.on(), "save a schedule")
        .await
    }
}
