//! The innermost layer: a call that takes too long is over.

use std::future::Future;
use std::time::Duration;

use super::answer::Answer;
use super::deadline::Deadline;
use super::time;

/// Runs the call for at most `limit`, and never beyond the deadline. It was sent, so silence it is.
pub(super) async fn run<A: Answer>(
    limit: Duration,
    deadline: &Deadline,
    call: impl Future<Output = A>,
) -> A {
    let limit = limit.min(deadline.remaining());
    let answer = time::within(limit, call).await;
    answer.unwrap_or_else(|| A::silence("the payment provider did not answer in time"))
}
