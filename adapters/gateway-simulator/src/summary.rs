//! A payment as the admin port lists it.

use serde::Serialize;

/// Where one payment stands.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) provider: &'static str,
    pub(crate) tid: String,
    pub(crate) merchant_ref: String,
    pub(crate) state: &'static str,
    pub(crate) amount: i64,
    pub(crate) canceled_amount: i64,
    pub(crate) cancel_available_amount: i64,
    pub(crate) is_expired: bool,
}
