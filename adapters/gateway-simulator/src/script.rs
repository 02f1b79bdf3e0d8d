//! What the faults of one side of a call come to, and how a call ends.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt as _, stream};

use crate::connection::Cut;
use crate::fault::Action;

/// How long a truncated answer takes to be written.
const LEAVING: Duration = Duration::from_millis(50);

/// How a call ends.
pub(crate) enum Outcome {
    Reply(Response),
    /// The client gets nothing at all.
    Lost,
}

/// What the faults drawn for one side of the effect have come to.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) ending: Option<Ending>,
    /// KakaoPay's decline: its error code and its method's.
    pub(crate) decline: Option<(i64, String)>,
    /// TossPayments' error.
    pub(crate) error: Option<String>,
    /// What an amount lies by.
    pub(crate) delta: i64,
    pub(crate) drip: Option<Drip>,
}

/// A fault that takes the place of the answer.
pub(crate) enum Ending {
    /// The effect comes so many milliseconds later.
    Late(u64),
    Reset,
    Status {
        code: u16,
        body: String,
    },
    Garbage,
    Truncated,
}

/// How a slow body comes.
#[derive(Clone, Copy)]
pub(crate) struct Drip {
    pieces: u32,
    pause: Duration,
}

impl Script {
    /// Waits out the latencies and keeps the rest.
    pub(crate) async fn play(actions: Vec<Action>) -> Self {
        let mut script = Self::default();
        for action in actions {
            match action {
                Action::Latency { ms } => tokio::time::sleep(Duration::from_millis(ms)).await,
                Action::Late { ms } => script.ending = Some(Ending::Late(ms)),
                Action::Reset => script.ending = Some(Ending::Reset),
                Action::Status { code, body } => {
                    script.ending = Some(Ending::Status { code, body });
                }
                Action::Garbage => script.ending = Some(Ending::Garbage),
                Action::Truncated => script.ending = Some(Ending::Truncated),
                Action::WrongAmount { delta } => script.delta = script.delta.saturating_add(delta),
                Action::Decline { error_code, method_result_code } => {
                    script.decline = Some((error_code, method_result_code));
                }
                Action::Error { code } => script.error = Some(code),
                Action::Drip { pieces, pause_ms } => {
                    script.drip = Some(Drip { pieces, pause: Duration::from_millis(pause_ms) });
                }
                // They strike connections and webhooks, and no rule puts them here.
                Action::Refuse | Action::Duplicate { .. } => {}
            }
        }
        script
    }
}

impl Ending {
    /// What the client gets; `answer` is the true one, if it was made.
    pub(crate) fn outcome(self, answer: Option<&str>) -> Outcome {
        let answer = answer.unwrap_or(r#"{"aid":"A","tid":"T"}"#);
        match self {
            Self::Reset | Self::Late(_) => Outcome::Lost,
            Self::Status { code, body } => {
                let status = StatusCode::from_u16(code);
                reply(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body)
            }
            Self::Garbage => reply(StatusCode::OK, first_half(answer)),
            Self::Truncated => Outcome::Reply(cut_short(answer)),
        }
    }
}

fn reply(status: StatusCode, body: String) -> Outcome {
    let json = [(header::CONTENT_TYPE, "application/json")];
    Outcome::Reply((status, json, body).into_response())
}

fn first_half(text: &str) -> String {
    text.chars().take(text.chars().count() / 2).collect()
}

/// An answer that says how long it is and ends before.
fn cut_short(answer: &str) -> Response {
    let half = Bytes::from(first_half(answer));
    let cut = stream::once(async {
        // Time for the first half to leave; a cut at once would take it along.
        tokio::time::sleep(LEAVING).await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    });
    let parts = stream::iter([Ok(half)]).chain(cut);
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_LENGTH, answer.len().to_string()),
    ];
    (StatusCode::OK, headers, Body::from_stream(parts)).into_response()
}

impl Drip {
    /// The same answer, drop by drop.
    pub(crate) async fn slow_down(self, response: Response) -> Response {
        let (parts, body) = response.into_parts();
        let Ok(whole) = axum::body::to_bytes(body, usize::MAX).await else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response(); // our own body: never
        };
        let pieces = usize::try_from(self.pieces.max(1)).unwrap_or(1);
        let size = whole.len().div_ceil(pieces).max(1);
        let drops = stream::unfold(whole, move |mut rest| async move {
            if rest.is_empty() {
                return None;
            }
            tokio::time::sleep(self.pause).await;
            let drop = rest.split_to(size.min(rest.len()));
            Some((Ok::<_, Infallible>(drop), rest))
        });
        let mut response = Response::new(Body::from_stream(drops));
        *response.status_mut() = parts.status;
        *response.headers_mut() = parts.headers;
        response
    }
}

/// Works on a call to its end, whether or not the client waits for it: the server drops a handler's
/// future when the client hangs up, and a provider goes on with what it has begun.
pub(crate) async fn detached(
    cut: &Cut,
    work: impl Future<Output = Outcome> + Send + 'static,
) -> Response {
    match tokio::spawn(work).await {
        Ok(Outcome::Reply(response)) => response,
        Ok(Outcome::Lost) => {
            cut.pull();
            StatusCode::NO_CONTENT.into_response() // written to a cut connection: never seen
        }
        Err(error) => {
            tracing::error!(%error, "a call was lost");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
