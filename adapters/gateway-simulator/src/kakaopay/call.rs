//! What every call goes through: the headers, the faults before, the effect, the faults after.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use axum::{Extension, Json};
use serde_json::Value;

use super::approve::{self, Approve};
use super::cancel::{self, Cancel};
use super::fields::Fields;
use super::order::{self, Order};
use super::payment::Payment;
use super::ready::{self, Ready};
use super::refusal::{CallError, Code, Decline, Refusal};
use super::standing::{self, Standing};
use super::subscription::{self, Subscription};
use super::{KakaoPay, answer};
use crate::backstage::lock;
use crate::connection::Cut;
use crate::fault::{Call, Provider, When};
use crate::script::{Ending, Outcome, Script, detached};

/// The route of one call.
pub(super) fn endpoint(call: Call) -> MethodRouter<Arc<KakaoPay>> {
    post(serve).layer(Extension(call))
}

/// The answer to everything that is not part of the API.
pub(crate) async fn unknown_path() -> Response {
    Refusal::from(Code::UnknownPath).into_response()
}

async fn serve(
    State(kakaopay): State<Arc<KakaoPay>>,
    Extension(call): Extension<Call>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let work = async move {
        let outcome = handle(&kakaopay, call, &headers, &body).await;
        outcome.unwrap_or_else(|error| Outcome::Reply(error.into_response()))
    };
    detached(&cut, work).await
}

async fn handle(
    kakaopay: &Arc<KakaoPay>,
    call: Call,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Outcome, CallError> {
    let fields = Fields::read(kakaopay, headers, body)?;
    let request = Request::parse(call, &fields)?;
    let claim = match request.moves_money_of() {
        Some(tid) => Some(Claim::take(kakaopay, tid).ok_or(Code::InFlight)?),
        None => None,
    };
    let backstage = &kakaopay.backstage;
    if call == Call::Charge && !backstage.turnstile.lets_in() {
        return Err(Code::TooMany.into());
    }
    let reference = request.reference(kakaopay).await?;
    let now_us = backstage.clock.now_us();
    let hit = backstage.faults.hit(Provider::KakaoPay, call, &reference, now_us);

    let before = Script::play(backstage.faults.draw(&hit, When::Before)).await;
    if let Some(Ending::Late(ms)) = before.ending {
        request.run_later(kakaopay, claim, ms);
        return Ok(Outcome::Lost);
    }
    if let Some(ending) = before.ending {
        return Ok(ending.outcome(None));
    }
    let decline = before.decline.map(Decline::from);
    let mut answer = request.run(kakaopay, decline.as_ref()).await?;
    let after = Script::play(backstage.faults.draw(&hit, When::After)).await;
    answer::sprinkle(kakaopay, call, &reference, &mut answer);
    answer::falsify(&mut answer, before.delta.saturating_add(after.delta));
    if let Some(ending) = after.ending {
        return Ok(ending.outcome(Some(&answer.to_string())));
    }
    if let Some(decline) = after.decline {
        return Err(Decline::from(decline).refusal().into());
    }
    let response = Json(answer).into_response();
    Ok(Outcome::Reply(match after.drip.or(before.drip) {
        Some(drip) => drip.slow_down(response).await,
        None => response,
    }))
}

enum Request {
    Ready(Box<Ready>),
    Approve(Approve),
    Order(Order),
    Cancel(Cancel),
    Charge(Subscription),
    Standing(Standing),
    Inactive(Standing),
}

impl Request {
    fn parse(call: Call, fields: &Fields) -> Result<Self, Refusal> {
        Ok(match call {
            Call::Ready => Self::Ready(Box::new(Ready::parse(fields)?)),
            Call::Approve => Self::Approve(Approve::parse(fields)?),
            Call::Order => Self::Order(Order::parse(fields)?),
            Call::Cancel => Self::Cancel(Cancel::parse(fields)?),
            Call::Charge => Self::Charge(Subscription::parse(fields)?),
            Call::Standing => Self::Standing(Standing::parse(fields)?),
            Call::BillingKey => Self::Inactive(Standing::parse(fields)?),
            // They are the other providers', and have no route here.
            _ => return Err(Code::UnknownPath.into()),
        })
    }

    /// The tid or SID that no other call may move money of at the same time.
    fn moves_money_of(&self) -> Option<&str> {
        match self {
            Self::Approve(request) => Some(&request.tid),
            Self::Cancel(request) => Some(&request.tid),
            Self::Charge(request) => Some(&request.sid),
            Self::Ready(_) | Self::Order(_) | Self::Standing(_) | Self::Inactive(_) => None,
        }
    }

    /// The merchant's name for the payment; the tid of one that is not known.
    async fn reference(&self, kakaopay: &KakaoPay) -> Result<String, CallError> {
        let tid = match self {
            Self::Ready(request) => return Ok(request.partner_order_id().to_owned()),
            Self::Approve(request) => return Ok(request.partner_order_id.clone()),
            Self::Order(request) => &request.tid,
            Self::Cancel(request) => &request.tid,
            Self::Charge(request) => return Ok(request.partner_order_id.clone()),
            Self::Standing(request) | Self::Inactive(request) => return Ok(request.sid.clone()),
        };
        if kakaopay.backstage.faults.is_empty() {
            return Ok(tid.clone());
        }
        let mut tx = kakaopay.backstage.ledger.begin().await?;
        let payment = Payment::find(&mut tx, tid).await?;
        Ok(payment.map_or_else(|| tid.clone(), |payment| payment.partner_order_id))
    }

    /// The effect comes when the client has long left.
    fn run_later(self, kakaopay: &Arc<KakaoPay>, claim: Option<Claim>, ms: u64) {
        let wait_us = i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(1_000);
        let due_us = kakaopay.backstage.clock.now_us().saturating_add(wait_us);
        let later = Arc::downgrade(kakaopay);
        kakaopay.backstage.agenda.add(due_us, async move {
            let Some(kakaopay) = later.upgrade() else {
                return; // the simulator is gone, and with it what it had not done
            };
            if let Err(error) = self.run(&kakaopay, None).await {
                tracing::info!(?error, "the late call came to nothing");
            }
            drop(claim);
        });
    }

    async fn run(self, kakaopay: &KakaoPay, decline: Option<&Decline>) -> Result<Value, CallError> {
        match self {
            Self::Ready(request) => ready::run(kakaopay, *request, decline).await,
            Self::Approve(request) => approve::run(kakaopay, request, decline).await,
            Self::Order(request) => order::run(kakaopay, request, decline).await,
            Self::Cancel(request) => cancel::run(kakaopay, request, decline).await,
            Self::Charge(request) => subscription::run(kakaopay, request, decline).await,
            Self::Standing(request) => standing::status(kakaopay, request, decline).await,
            Self::Inactive(request) => standing::inactive(kakaopay, request, decline).await,
        }
    }
}

/// Marks a payment as being worked on, from before the first fault until the answer is made.
struct Claim {
    in_flight: Arc<Mutex<HashSet<String>>>,
    tid: String,
}

impl Claim {
    fn take(kakaopay: &KakaoPay, tid: &str) -> Option<Self> {
        let in_flight = Arc::clone(&kakaopay.in_flight);
        let is_new = lock(&in_flight).insert(tid.to_owned());
        is_new.then(|| Self { in_flight, tid: tid.to_owned() })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        lock(&self.in_flight).remove(&self.tid);
    }
}
