//! What handlers take from a request; every refusal is a [`Problem`](crate::problem::Problem).

mod accept;
mod address;
mod authenticated;
mod idempotency;
mod internal;
mod json;
mod page;
mod target;
mod viewer;

pub(crate) use accept::wants_json;
pub(crate) use address::{ClientAddress, client_address};
pub(crate) use authenticated::{Authenticated, SessionCache, bearer};
pub(crate) use idempotency::IdempotencyHeader;
pub(crate) use internal::InternalCaller;
pub(crate) use json::{Json, object, objects};
pub(crate) use page::{PageQuery, refused_page, wanted_page};
pub(crate) use target::{Path, Query, blank_as_none};
pub(crate) use viewer::Viewer;
