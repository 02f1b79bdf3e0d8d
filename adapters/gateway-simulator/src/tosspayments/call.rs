//! What every call goes through: the key, the idempotency key, the faults before, the effect, the
//! faults after.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use serde_json::Value;

pub(super) use super::request::Endpoint;

use super::idempotency::{self, Key};
use super::refusal::{CallError, Refusal, status_of};
use super::request::{Answer, Raw, Request};
use super::{TossPayments, answer};
use crate::backstage::lock;
use crate::connection::Cut;
use crate::fault::{Provider, When};
use crate::random;
use crate::script::{Ending, Outcome, Script, detached};
use crate::webhook::{self, Webhook};

/// The route of one call.
pub(super) fn endpoint(
    method: MethodFilter,
    endpoint: Endpoint,
) -> MethodRouter<Arc<TossPayments>> {
    on(method, serve).layer(Extension(endpoint))
}

/// The answer to everything that is not part of the API.
pub(crate) async fn unknown_path() -> Response {
    respond(&Answer::refused(&Refusal::new("NOT_FOUND"), None))
}

async fn serve(
    State(toss): State<Arc<TossPayments>>,
    Extension(endpoint): Extension<Endpoint>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let raw = Raw { method, uri, headers, body };
    let work = async move {
        match handle(&toss, endpoint, &raw).await {
            Ok(outcome) => outcome,
            Err(CallError::Refused(refusal)) => {
                Outcome::Reply(respond(&Answer::refused(&refusal, None)))
            }
            Err(CallError::Broken(error)) => {
                tracing::error!(%error, "the simulator broke");
                let refusal = Refusal::new("FAILED_INTERNAL_SYSTEM_PROCESSING");
                Outcome::Reply(respond(&Answer::refused(&refusal, None)))
            }
        }
    };
    detached(&cut, work).await
}

async fn handle(
    toss: &Arc<TossPayments>,
    endpoint: Endpoint,
    raw: &Raw,
) -> Result<Outcome, CallError> {
    authorise(toss, &raw.headers)?;
    let job = Job::prepare(toss, endpoint, raw)?;
    let backstage = &toss.backstage;
    let reference = match &job.request {
        Ok(request) => request.reference(toss).await?,
        Err(_) => String::new(),
    };
    let now_us = backstage.clock.now_us();
    let hit = backstage.faults.hit(Provider::TossPayments, endpoint.call(), &reference, now_us);
    let before = Script::play(backstage.faults.draw(&hit, When::Before)).await;
    if let Some(Ending::Late(ms)) = before.ending {
        job.run_later(toss, ms);
        return Ok(Outcome::Lost);
    }
    if let Some(ending) = before.ending {
        return Ok(ending.outcome(None));
    }
    let scripted = before.error.as_deref().map(Refusal::new);
    let answer = job.run(toss, scripted.as_ref()).await?;
    if !answer.status.is_success() {
        return Ok(Outcome::Reply(respond(&answer)));
    }
    let after = Script::play(backstage.faults.draw(&hit, When::After)).await;
    let body = answer::falsify(&answer.body, before.delta.saturating_add(after.delta));
    if let Some(ending) = after.ending {
        return Ok(ending.outcome(Some(&body)));
    }
    if let Some(code) = after.error {
        return Err(Refusal::new(&code).into());
    }
    let response = respond(&Answer { body, ..answer });
    Ok(Outcome::Reply(match after.drip.or(before.drip) {
        Some(drip) => drip.slow_down(response).await,
        None => response,
    }))
}

fn authorise(toss: &TossPayments, headers: &HeaderMap) -> Result<(), Refusal> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match given {
        Some(given) if given == toss.authorization => Ok(()),
        Some(given) if !given.starts_with("Basic ") => {
            Err(Refusal::new("INCORRECT_BASIC_AUTH_FORMAT"))
        }
        _ => Err(Refusal::new("UNAUTHORIZED_KEY")),
    }
}

fn respond(answer: &Answer) -> Response {
    let headers = [
        (header::CONTENT_TYPE.as_str(), "application/json;charset=UTF-8".to_owned()),
        ("x-tosspayments-trace-id", random::hex(32)),
    ];
    (answer.status, headers, answer.body.clone()).into_response()
}

/// A call with what it has taken for itself.
struct Job {
    /// A malformed request has an answer too, and its idempotency key repeats it.
    request: Result<Request, Refusal>,
    key: Option<Key>,
    _claims: Vec<Claim>,
}

impl Job {
    fn prepare(toss: &TossPayments, endpoint: Endpoint, raw: &Raw) -> Result<Self, Refusal> {
        let key = Key::of(raw)?;
        let mut claims = Vec::new();
        if let Some(key) = &key {
            let claim = Claim::take(toss, key.name());
            claims.push(claim.ok_or_else(|| Refusal::new("IDEMPOTENT_REQUEST_PROCESSING"))?);
        }
        let request = match test_code(endpoint, &raw.headers) {
            Some(refusal) => Err(refusal),
            None => Request::parse(endpoint, raw),
        };
        if let Some(name) = request.as_ref().ok().and_then(Request::moves_money_of) {
            let claim = Claim::take(toss, name);
            claims.push(claim.ok_or_else(|| Refusal::new("FORBIDDEN_CONSECUTIVE_REQUEST"))?);
        }
        Ok(Self { request, key, _claims: claims })
    }

    /// The effect and the answer that its key repeats are one transaction.
    async fn run(&self, toss: &TossPayments, scripted: Option<&Refusal>) -> sqlx::Result<Answer> {
        let now_us = toss.backstage.clock.now_us();
        let mut tx = toss.backstage.ledger.begin().await?;
        if let Some(key) = &self.key
            && let Some(earlier) = idempotency::find(&mut tx, key, now_us).await?
        {
            return Ok(earlier);
        }
        let answered = match &self.request {
            Ok(request) => request.run(toss, &mut tx, scripted).await,
            Err(refusal) => Err(refusal.clone().into()),
        };
        let answer = match answered {
            Ok(answer) => answer,
            Err(CallError::Refused(refusal)) => Answer::refused(&refusal, None),
            Err(CallError::Broken(error)) => return Err(error),
        };
        if let Some(key) = &self.key {
            idempotency::record(&mut tx, key, &answer, now_us).await?;
        }
        tx.commit().await?;
        if let Some(payment) = &answer.changed {
            announce(toss, payment);
        }
        Ok(answer)
    }

    /// The effect comes when the client has long left.
    fn run_later(self, toss: &Arc<TossPayments>, ms: u64) {
        let wait_us = i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(1_000);
        let due_us = toss.backstage.clock.now_us().saturating_add(wait_us);
        let later = Arc::downgrade(toss);
        toss.backstage.agenda.add(due_us, async move {
            let Some(toss) = later.upgrade() else {
                return; // the simulator is gone, and with it what it had not done
            };
            if let Err(error) = self.run(&toss, None).await {
                tracing::error!(%error, "the simulator broke");
            }
        });
    }
}

/// A test's wish for an error, which the provider grants on confirm and on billing charges.
fn test_code(endpoint: Endpoint, headers: &HeaderMap) -> Option<Refusal> {
    let wished = headers.get("TossPayments-Test-Code")?;
    if !matches!(endpoint, Endpoint::Confirm | Endpoint::Charge) {
        return None;
    }
    let code = wished.to_str().ok().filter(|code| status_of(code).is_some());
    Some(Refusal::new(code.unwrap_or("INVALID_TEST_CODE")))
}

/// Tells the shop that a payment changed.
pub(super) fn announce(toss: &TossPayments, payment: &Value) {
    let now_us = toss.backstage.clock.now_us();
    let Some(body) = answer::status_changed(payment, now_us) else {
        return;
    };
    let webhook = Webhook {
        provider: Provider::TossPayments,
        reference: payment["orderId"].as_str().unwrap_or_default().to_owned(),
        id: random::hex(32),
        made_at: answer::korean_time(now_us),
        body: body.to_string(),
    };
    webhook::announce(&toss.backstage, webhook);
}

/// Marks something as being worked on, from before the first fault until the answer is made.
struct Claim {
    in_flight: Arc<Mutex<HashSet<String>>>,
    name: String,
}

impl Claim {
    fn take(toss: &TossPayments, name: String) -> Option<Self> {
        let in_flight = Arc::clone(&toss.in_flight);
        let is_new = lock(&in_flight).insert(name.clone());
        is_new.then_some(Self { in_flight, name })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        lock(&self.in_flight).remove(&self.name);
    }
}
