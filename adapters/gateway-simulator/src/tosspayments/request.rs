//! The calls, parsed, and what each does.

use axum::http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::Value;
use sqlx::SqliteConnection;

use super::billing::{self, Charge, Issue};
use super::cancel::{self, Cancel};
use super::confirm::{self, Confirm};
use super::create::{self, Create};
use super::fields::Fields;
use super::lookup;
use super::payment::Payment;
use super::refusal::{CallError, Refusal};
use super::transactions::{self, Range};
use super::{TossPayments, page};
use crate::fault::Call;

/// The calls of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Create,
    Confirm,
    Get,
    GetByOrder,
    Cancel,
    Transactions,
    IssueBillingKey,
    Charge,
    RemoveBillingKey,
}

impl Endpoint {
    /// What faults call it.
    pub(super) fn call(self) -> Call {
        match self {
            Self::Create => Call::Ready,
            Self::Confirm => Call::Approve,
            Self::Get | Self::GetByOrder => Call::Order,
            Self::Cancel => Call::Cancel,
            Self::Transactions => Call::Report,
            Self::IssueBillingKey | Self::RemoveBillingKey => Call::BillingKey,
            Self::Charge => Call::Charge,
        }
    }
}

/// A request as it came.
pub(super) struct Raw {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: axum::body::Bytes,
}

/// A well-formed request.
#[derive(Debug)]
pub(super) enum Request {
    Create(Box<Create>),
    Confirm(Confirm),
    Get(String),
    GetByOrder(String),
    Cancel(Cancel),
    Transactions(Range),
    IssueBillingKey(Issue),
    Charge(Charge),
    RemoveBillingKey(String),
}

/// What a call answers, and what it changed that the shop is told of.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: String,
    pub(super) changed: Option<Value>,
}

impl Answer {
    /// Nothing changed.
    pub(super) fn told(body: &Value) -> Self {
        Self { status: StatusCode::OK, body: body.to_string(), changed: None }
    }

    /// The payment is now like this.
    pub(super) fn changed(payment: Value) -> Self {
        Self { status: StatusCode::OK, body: payment.to_string(), changed: Some(payment) }
    }

    pub(super) fn refused(refusal: &Refusal, changed: Option<Value>) -> Self {
        Self { status: refusal.status(), body: refusal.body(), changed }
    }
}

impl Request {
    pub(super) fn parse(endpoint: Endpoint, raw: &Raw) -> Result<Self, Refusal> {
        let segment = |place: usize| {
            let segment = raw.uri.path().split('/').nth(place);
            segment.unwrap_or_default().to_owned()
        };
        let body = || Fields::of_body(&raw.headers, &raw.body);
        Ok(match endpoint {
            Endpoint::Create => Self::Create(Box::new(Create::parse(&body()?)?)),
            Endpoint::Confirm => Self::Confirm(Confirm::parse(&body()?)?),
            Endpoint::Get => Self::Get(segment(3)),
            Endpoint::GetByOrder => Self::GetByOrder(segment(4)),
            Endpoint::Cancel => Self::Cancel(Cancel::parse(segment(3), &body()?)?),
            Endpoint::Transactions => {
                let query = page::query_of(&raw.uri);
                Self::Transactions(Range::parse(&Fields::of_query(&query))?)
            }
            Endpoint::IssueBillingKey => Self::IssueBillingKey(Issue::parse(&body()?)?),
            Endpoint::Charge => Self::Charge(Charge::parse(segment(3), &body()?)?),
            Endpoint::RemoveBillingKey => Self::RemoveBillingKey(segment(3)),
        })
    }

    /// What no other call may move money of at the same time.
    pub(super) fn moves_money_of(&self) -> Option<String> {
        match self {
            Self::Confirm(request) => Some(format!("payment {}", request.payment_key)),
            Self::Cancel(request) => Some(format!("payment {}", request.payment_key)),
            Self::Charge(request) => Some(format!("order {}", request.order_id)),
            _ => None,
        }
    }

    /// The merchant's name for what it is about; what it names itself when that is not known.
    pub(super) async fn reference(&self, toss: &TossPayments) -> sqlx::Result<String> {
        let payment_key = match self {
            Self::Create(request) => return Ok(request.order_id.clone()),
            Self::Confirm(request) => return Ok(request.order_id.clone()),
            Self::Charge(request) => return Ok(request.order_id.clone()),
            Self::GetByOrder(order_id) => return Ok(order_id.clone()),
            Self::Transactions(range) => return Ok(range.name()),
            Self::IssueBillingKey(request) => return Ok(request.customer_key.clone()),
            Self::RemoveBillingKey(billing_key) => return Ok(billing_key.clone()),
            Self::Get(payment_key) => payment_key,
            Self::Cancel(request) => &request.payment_key,
        };
        if toss.backstage.faults.is_empty() {
            return Ok(payment_key.clone());
        }
        let mut tx = toss.backstage.ledger.begin().await?;
        let payment = Payment::find(&mut tx, payment_key).await?;
        Ok(payment.map_or_else(|| payment_key.clone(), |payment| payment.order_id))
    }

    /// Does it; `scripted` is the refusal that the fault program wants.
    pub(super) async fn run(
        &self,
        toss: &TossPayments,
        tx: &mut SqliteConnection,
        scripted: Option<&Refusal>,
    ) -> Result<Answer, CallError> {
        match (self, scripted) {
            (Self::Confirm(request), _) => confirm::run(toss, tx, request, scripted).await,
            (Self::Charge(request), _) => billing::charge(toss, tx, request, scripted).await,
            (_, Some(refusal)) => Err(refusal.clone().into()),
            (Self::Create(request), None) => create::run(toss, tx, request).await,
            (Self::Get(payment_key), None) => lookup::by_key(toss, tx, payment_key).await,
            (Self::GetByOrder(order_id), None) => lookup::by_order(toss, tx, order_id).await,
            (Self::Cancel(request), None) => cancel::run(toss, tx, request).await,
            (Self::Transactions(range), None) => transactions::run(tx, range).await,
            (Self::IssueBillingKey(request), None) => billing::issue(toss, tx, request).await,
            (Self::RemoveBillingKey(key), None) => billing::remove(tx, key).await,
        }
    }
}
