//! Attempts as they are kept.

use jangbogo_kernel::{Id, Quantity, StoreError, Timestamp, Uuid};
use jangbogo_ordering::Returned;
use jangbogo_payment::{
    Attempt, AttemptState, Charge, Firmness, Operation, ProviderName, ProviderSession, Redirects,
    RefundPart, Way, Witness,
};

use crate::backend::Backend;
use crate::statement::{Record, Values};

/// The columns that [`attempt`] reads and [`values`] writes; a macro, because constant statements
/// are made of it.
macro_rules! attempt_columns {
    () => {
        "id, intent_id, order_id, buyer_id, number, operation, provider, merchant_ref, amount, \
         currency, state, version, session_reference, redirect_pc, redirect_mobile, redirect_app, \
         provider_transaction, problem, raw, refund_request, refunded_before, captured, returned, \
         reason, created_at, sent_at, settled_at, due_at, lookups, missing_since, way, \
         agreement_id, witness, firmness, is_surplus"
    };
}
pub(super) use attempt_columns;

/// Product, pieces, and whether they can be sold again, as a refund's returned pieces are kept in
/// JSON.
type ReturnedRow = (Uuid, i64, bool);

/// The same as it was kept before anything could be written off.
type OldReturnedRow = (Uuid, i64);

const CAPTURE: &str = "CAPTURE";
const REFUND: &str = "REFUND";
const SESSION: &str = "SESSION";
const AGREEING: &str = "AGREEING";
const CHARGE: &str = "CHARGE";

pub(super) fn attempts<DB: Backend>(rows: &[Record<DB>]) -> Result<Vec<Attempt>, StoreError> {
    rows.iter().map(attempt).collect()
}

pub(super) fn attempt<DB: Backend>(row: &Record<DB>) -> Result<Attempt, StoreError> {
    Ok(Attempt {
        id: row.id("id")?,
        intent: row.id("intent_id")?,
        order: row.id("order_id")?,
        buyer: row.id("buyer_id")?,
        number: row.get("number")?,
        operation: operation(row)?,
        provider: ProviderName(row.get("provider")?),
        merchant_ref: row.get("merchant_ref")?,
        amount: row.money("amount")?,
        state: row.named("state", AttemptState::from_name)?,
        version: row.get("version")?,
        session: session(row)?,
        provider_transaction: row.get("provider_transaction")?,
        problem: row.get("problem")?,
        raw: row.get("raw")?,
        created_at: row.time("created_at")?,
        sent_at: row.maybe_time("sent_at")?,
        settled_at: row.maybe_time("settled_at")?,
        due_at: row.maybe_time("due_at")?,
        lookups: row.get("lookups")?,
        missing_since: row.maybe_time("missing_since")?,
        way: way(row)?,
        is_surplus: row.get("is_surplus")?,
    })
}

fn way<DB: Backend>(row: &Record<DB>) -> Result<Way, StoreError> {
    match row.get::<String>("way")?.as_str() {
        SESSION => Ok(Way::Session),
        AGREEING => Ok(Way::Agreeing),
        CHARGE => Ok(Way::Charge(Charge {
            agreement: row.id("agreement_id")?,
            witness: row.get::<Option<String>>("witness")?.map(Witness),
            firmness: match row.get::<Option<String>>("firmness")? {
                Some(_) => Some(row.named("firmness", Firmness::from_name)?),
                None => None,
            },
        })),
        other => Err(row.impossible(format!("way is {other:?}"))),
    }
}

fn operation<DB: Backend>(row: &Record<DB>) -> Result<Operation, StoreError> {
    match row.get::<String>("operation")?.as_str() {
        CAPTURE => Ok(Operation::Capture),
        REFUND => Ok(Operation::Refund(RefundPart {
            request: row.id("refund_request")?,
            refunded_before: row.money("refunded_before")?,
            captured: row.money("captured")?,
            returned: returned(row)?,
            reason: row.get("reason")?,
        })),
        other => Err(row.impossible(format!("operation is {other:?}"))),
    }
}

fn returned<DB: Backend>(row: &Record<DB>) -> Result<Vec<Returned>, StoreError> {
    let pieces = pieces(&row.get::<String>("returned")?).map_err(|error| row.impossible(error))?;
    pieces
        .into_iter()
        .map(|(product, pieces, is_sellable)| {
            let quantity = Quantity::try_new(pieces).map_err(|error| row.impossible(error))?;
            Ok(Returned { product: Id::new(product), quantity, is_sellable })
        })
        .collect()
}

fn pieces(text: &str) -> serde_json::Result<Vec<ReturnedRow>> {
    serde_json::from_str(text).or_else(|_older| {
        let pieces: Vec<OldReturnedRow> = serde_json::from_str(text)?;
        Ok(pieces.into_iter().map(|(product, pieces)| (product, pieces, true)).collect())
    })
}

fn session<DB: Backend>(row: &Record<DB>) -> Result<Option<ProviderSession>, StoreError> {
    let Some(reference) = row.get::<Option<String>>("session_reference")? else {
        return Ok(None);
    };
    let redirects = Redirects {
        // A charge without the buyer has a reference and no pages.
        pc: row.get::<Option<String>>("redirect_pc")?.unwrap_or_default(),
        mobile: row.get::<Option<String>>("redirect_mobile")?.unwrap_or_default(),
        app: row.get::<Option<String>>("redirect_app")?.unwrap_or_default(),
    };
    Ok(Some(ProviderSession { reference, redirects }))
}

/// The values of a new row, in the order of the columns.
pub(super) fn values(row: Values, attempt: &Attempt, operation: OperationRow) -> Values {
    let way = way_values(&attempt.way);
    let session = attempt.session.clone();
    let (reference, pc, mobile, app) = match session {
        Some(ProviderSession { reference, redirects }) => {
            (Some(reference), Some(redirects.pc), Some(redirects.mobile), Some(redirects.app))
        }
        None => (None, None, None, None),
    };
    row.bind(attempt.id.uuid())
        .bind(attempt.intent.uuid())
        .bind(attempt.order.uuid())
        .bind(attempt.buyer.uuid())
        .bind(attempt.number)
        .bind(operation.name.to_owned())
        .bind(attempt.provider.0.clone())
        .bind(attempt.merchant_ref.clone())
        .bind(attempt.amount.minor())
        .bind(attempt.amount.currency().code().to_owned())
        .bind(attempt.state.name().to_owned())
        .bind(attempt.version)
        .bind(reference)
        .bind(pc)
        .bind(mobile)
        .bind(app)
        .bind(attempt.provider_transaction.clone())
        .bind(attempt.problem.clone())
        .bind(attempt.raw.clone())
        .bind(operation.request)
        .bind(operation.refunded_before)
        .bind(operation.captured)
        .bind(operation.returned)
        .bind(operation.reason)
        .bind(attempt.created_at.as_micros())
        .bind(attempt.sent_at.map(Timestamp::as_micros))
        .bind(attempt.settled_at.map(Timestamp::as_micros))
        .bind(attempt.due_at.map(Timestamp::as_micros))
        .bind(attempt.lookups)
        .bind(attempt.missing_since.map(Timestamp::as_micros))
        .bind(way.0.to_owned())
        .bind(attempt.way.agreement().map(Id::uuid))
        .bind(way.1)
        .bind(way.2.map(str::to_owned))
        .bind(attempt.is_surplus)
}

/// Name, witness and firmness of a way, as they are kept.
fn way_values(way: &Way) -> (&'static str, Option<String>, Option<&'static str>) {
    match way {
        Way::Session => (SESSION, None, None),
        Way::Agreeing => (AGREEING, None, None),
        Way::Charge(charge) => {
            let witness = charge.witness.as_ref().map(|witness| witness.0.clone());
            (CHARGE, witness, charge.firmness.map(Firmness::name))
        }
    }
}

/// An operation as it is kept.
pub(super) struct OperationRow {
    name: &'static str,
    request: Option<Uuid>,
    refunded_before: Option<i64>,
    captured: Option<i64>,
    returned: Option<String>,
    reason: Option<String>,
}

impl OperationRow {
    pub(super) fn of(operation: &Operation) -> Result<Self, StoreError> {
        let Operation::Refund(part) = operation else {
            return Ok(Self {
                name: CAPTURE,
                request: None,
                refunded_before: None,
                captured: None,
                returned: None,
                reason: None,
            });
        };
        let row = |back: &Returned| (back.product.uuid(), back.quantity.get(), back.is_sellable);
        let pieces: Vec<ReturnedRow> = part.returned.iter().map(row).collect();
        let returned = serde_json::to_string(&pieces)
            .map_err(|error| StoreError::new("write returned pieces as JSON", error))?;
        Ok(Self {
            name: REFUND,
            request: Some(part.request.uuid()),
            refunded_before: Some(part.refunded_before.minor()),
            captured: Some(part.captured.minor()),
            returned: Some(returned),
            reason: Some(part.reason.clone()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_before_are_read_too() {
        let id = "00000000-0000-0000-0000-000000000007";
        let uuid = Uuid::from_u128(7);
        let new = format!(r#"[["{id}",2,false],["{id}",1,true]]"#);
        assert_eq!(pieces(&new).unwrap(), [(uuid, 2, false), (uuid, 1, true)]);
        assert_eq!(pieces(&format!(r#"[["{id}",2]]"#)).unwrap(), [(uuid, 2, true)]);
        assert_eq!(pieces("[]").unwrap(), []);
        assert!(pieces("[[7]]").is_err());
    }
}
