//! All layers of one kind of call.

use std::future::Future;
use std::time::Duration;

use jangbogo_payment::{OperationHealth, ProviderOperation, ProviderProfile};

use super::answer::Answer;
use super::breaker::Breaker;
use super::bulkhead::Bulkhead;
use super::deadline::Deadline;
use super::retry::Retry;
use super::settings::ResilienceSettings;
use super::{time, time_out};

/// The layers, in order.
pub(super) struct Stack {
    provider: String,
    operation: ProviderOperation,
    deadline: Duration,
    /// The time that must be left when a call is sent.
    needs: Duration,
    retry: Retry,
    breaker: Breaker,
    bulkhead: Bulkhead,
    time_out: Duration,
}

impl Stack {
    pub(super) fn new(
        profile: &ProviderProfile,
        operation: ProviderOperation,
        settings: &ResilienceSettings,
    ) -> Self {
        let (deadline, needs) = match operation {
            ProviderOperation::Capture | ProviderOperation::Refund | ProviderOperation::Charge => {
                (settings.money_deadline, profile.call_deadline)
            }
            ProviderOperation::Open | ProviderOperation::Lookup => {
                (settings.question_deadline, Duration::ZERO)
            }
        };
        let bulkhead = match operation {
            ProviderOperation::Lookup => settings.lookup,
            _ => settings.money,
        };
        Self {
            provider: profile.name.0.clone(),
            operation,
            deadline,
            needs,
            retry: Retry::new(settings.retry),
            breaker: Breaker::new(&profile.name.0, operation, settings.breaker),
            bulkhead: Bulkhead::new(bulkhead),
            time_out: profile.call_deadline,
        }
    }

    /// Runs a call through the layers.
    pub(super) async fn run<A, F>(&self, call: impl Fn() -> F) -> A
    where
        A: Answer,
        F: Future<Output = A>,
    {
        let start = time::now();
        let deadline = &Deadline::after(self.deadline, self.needs);
        let call = &call;
        let once = || time_out::run(self.time_out, deadline, call());
        let in_turn = || self.bulkhead.run(deadline, once);
        let guarded = || self.breaker.run(in_turn);
        let answer = self.retry.run(deadline, || self.note_retry(), guarded).await;
        self.note(&answer, time::now().saturating_duration_since(start));
        answer
    }

    /// How this kind of call goes.
    pub(super) fn health(&self) -> OperationHealth {
        let (calls, failures) = self.breaker.counts();
        OperationHealth {
            operation: self.operation,
            circuit: self.breaker.circuit(),
            calls,
            failures,
            running: self.bulkhead.running(),
            waiting: self.bulkhead.waiting(),
        }
    }

    fn note(&self, answer: &impl Answer, elapsed: Duration) {
        let (provider, operation) = (self.provider.clone(), self.operation.name());
        metrics::counter!("payment_provider_calls_total", "provider" => provider.clone(),
            "operation" => operation, "result" => answer.result())
        .increment(1);
        metrics::histogram!("payment_provider_call_seconds", "provider" => provider,
            "operation" => operation)
        .record(elapsed);
    }

    fn note_retry(&self) {
        metrics::counter!("payment_provider_retries_total", "provider" => self.provider.clone(),
            "operation" => self.operation.name())
        .increment(1);
    }
}
