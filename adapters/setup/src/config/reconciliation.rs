//! `[reconciliation]`: how far back books are compared.

use serde::{Deserialize, Serialize};

use super::ConfigError;
use super::load::possible;

/// The comparison of our books with the providers'. When it runs is the schedule of the job
/// `reconcile`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReconciliationConfig {
    /// So many whole days before the day of the run; more than one finds what came late.
    pub look_back_days: u32,
}

impl Default for ReconciliationConfig {
    fn default() -> Self {
        Self { look_back_days: 3 }
    }
}

impl ReconciliationConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let days = (1..=31).contains(&self.look_back_days);
        possible("reconciliation.look_back_days", days, "1 to 31")
    }
}
