//! The second layer: what surely did not arrive may be tried again.

use std::future::Future;

use jangbogo_payment::NotSentCause;

use super::answer::Answer;
use super::deadline::Deadline;
use super::settings::RetrySettings;
use super::time;

/// Tries again, a few times, some time apart.
#[derive(Debug)]
pub(super) struct Retry(RetrySettings);

impl Retry {
    pub(super) fn new(settings: RetrySettings) -> Self {
        Self(settings)
    }

    /// Runs the call until it arrives. Only a missing connection is a reason to try again: a
    /// refusal, a closed or busy provider and an open breaker are answers, and after silence a
    /// second request could charge twice.
    pub(super) async fn run<A, F>(
        &self,
        deadline: &Deadline,
        note: impl Fn(),
        call: impl Fn() -> F,
    ) -> A
    where
        A: Answer,
        F: Future<Output = A>,
    {
        let mut left = self.0.retries;
        loop {
            let answer = call().await;
            let did_not_arrive = answer.not_sent_cause() == Some(NotSentCause::Unreachable);
            let has_time = deadline.time_before_call().is_some_and(|time| time >= self.0.wait);
            if !did_not_arrive || left == 0 || !has_time {
                return answer;
            }
            left -= 1;
            note();
            time::pause(self.0.wait).await;
        }
    }
}
