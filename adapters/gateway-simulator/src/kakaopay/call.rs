//! What every call goes through: the headers, the faults before, the effect, the faults after.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use axum::{Extension, Json};
use serde_json::Value;

use super::approve::{self, Approve};
use super::cancel::{self, Cancel};
use super::fields::Fields;
use super::order::{self, Order};
use super::ready::{self, Ready};
use super::refusal::{CallError, Code, Decline, Refusal};
use super::{KakaoPay, answer};
use crate::backstage::lock;
use crate::connection::Cut;
use crate::fault::{Action, Call, When};

/// The route of one call.
pub(super) fn endpoint(call: Call) -> MethodRouter<Arc<KakaoPay>> {
    post(serve).layer(Extension(call))
}

/// The answer to everything that is not part of the API.
pub(super) async fn unknown_path() -> Response {
    Refusal::from(Code::UnknownPath).into_response()
}

/// How a call ends.
enum Outcome {
    Reply(Response),
    /// The client gets nothing at all.
    Lost,
}

async fn serve(
    State(kakaopay): State<Arc<KakaoPay>>,
    Extension(call): Extension<Call>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // A task of its own, because the server drops this future when the client hangs up, and a
    // provider goes on with what it has begun.
    let work = tokio::spawn(async move {
        let outcome = handle(&kakaopay, call, &headers, &body).await;
        outcome.unwrap_or_else(|error| Outcome::Reply(error.into_response()))
    });
    match work.await {
        Ok(Outcome::Reply(response)) => response,
        Ok(Outcome::Lost) => {
            cut.pull();
            StatusCode::NO_CONTENT.into_response() // written to a cut connection: never seen
        }
        Err(error) => {
            tracing::error!(%error, "a call was lost");
            Refusal::from(Code::Internal).into_response()
        }
    }
}

async fn handle(
    kakaopay: &KakaoPay,
    call: Call,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Outcome, CallError> {
    let fields = Fields::read(kakaopay, headers, body)?;
    let request = Request::parse(call, &fields)?;
    let _claim = match request.moves_money_of() {
        Some(tid) => Some(Claim::take(kakaopay, tid).ok_or(Code::InFlight)?),
        None => None,
    };
    let faults = &kakaopay.backstage.faults;

    let before = Script::play(faults.draw(call, When::Before)).await;
    if let Some(ending) = before.ending {
        return Ok(ending.outcome(None));
    }
    let mut answer = request.run(kakaopay, before.decline.as_ref()).await?;
    let after = Script::play(faults.draw(call, When::After)).await;
    answer::sprinkle(kakaopay, &mut answer);
    answer::falsify(&mut answer, before.delta.saturating_add(after.delta));
    if let Some(ending) = after.ending {
        return Ok(ending.outcome(Some(&answer)));
    }
    if let Some(decline) = after.decline {
        return Err(decline.refusal().into());
    }
    Ok(Outcome::Reply(Json(answer).into_response()))
}

enum Request {
    Ready(Box<Ready>),
    Approve(Approve),
    Order(Order),
    Cancel(Cancel),
}

impl Request {
    fn parse(call: Call, fields: &Fields) -> Result<Self, Refusal> {
        Ok(match call {
            Call::Ready => Self::Ready(Box::new(Ready::parse(fields)?)),
            Call::Approve => Self::Approve(Approve::parse(fields)?),
            Call::Order => Self::Order(Order::parse(fields)?),
            Call::Cancel => Self::Cancel(Cancel::parse(fields)?),
        })
    }

    /// The tid that no other call may move money of at the same time.
    fn moves_money_of(&self) -> Option<&str> {
        match self {
            Self::Approve(request) => Some(&request.tid),
            Self::Cancel(request) => Some(&request.tid),
            Self::Ready(_) | Self::Order(_) => None,
        }
    }

    async fn run(self, kakaopay: &KakaoPay, decline: Option<&Decline>) -> Result<Value, CallError> {
        match self {
            Self::Ready(request) => ready::run(kakaopay, *request, decline).await,
            Self::Approve(request) => approve::run(kakaopay, request, decline).await,
            Self::Order(request) => order::run(kakaopay, request, decline).await,
            Self::Cancel(request) => cancel::run(kakaopay, request, decline).await,
        }
    }
}

/// Marks a payment as being worked on, from before the first fault until the answer is made.
struct Claim<'a> {
    kakaopay: &'a KakaoPay,
    tid: String,
}

impl<'a> Claim<'a> {
    fn take(kakaopay: &'a KakaoPay, tid: &str) -> Option<Self> {
        let is_new = lock(&kakaopay.in_flight).insert(tid.to_owned());
        is_new.then(|| Self { kakaopay, tid: tid.to_owned() })
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        lock(&self.kakaopay.in_flight).remove(&self.tid);
    }
}

/// What the faults drawn for one side of the effect have come to.
#[derive(Default)]
struct Script {
    ending: Option<Ending>,
    decline: Option<Decline>,
    delta: i64,
}

/// A fault that takes the place of the answer.
enum Ending {
    Reset,
    Status { code: u16, body: String },
    Garbage,
}

impl Script {
    /// Waits out the latencies and keeps the rest.
    async fn play(actions: Vec<Action>) -> Self {
        let mut script = Self::default();
        for action in actions {
            match action {
                Action::Latency { ms } => tokio::time::sleep(Duration::from_millis(ms)).await,
                Action::Reset => script.ending = Some(Ending::Reset),
                Action::Status { code, body } => {
                    script.ending = Some(Ending::Status { code, body });
                }
                Action::Garbage => script.ending = Some(Ending::Garbage),
                Action::WrongAmount { delta } => script.delta = script.delta.saturating_add(delta),
                Action::Decline { error_code, method_result_code } => {
                    script.decline = Some(Decline { error_code, method_result_code });
                }
            }
        }
        script
    }
}

impl Ending {
    fn outcome(self, answer: Option<&Value>) -> Outcome {
        let (status, body) = match self {
            Self::Reset => return Outcome::Lost,
            Self::Status { code, body } => {
                (StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body)
            }
            Self::Garbage => (StatusCode::OK, broken_off(answer)),
        };
        let json = [(header::CONTENT_TYPE, "application/json")];
        Outcome::Reply((status, json, body).into_response())
    }
}

/// The first half of the answer, or of one that was never made.
fn broken_off(answer: Option<&Value>) -> String {
    let text = answer.map_or_else(|| r#"{"aid":"A","tid":"T"}"#.to_owned(), Value::to_string);
    text.chars().take(text.chars().count() / 2).collect()
}
