//! What failsafe's machine does, for us to see: it tells of its steps and has no way to be asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use failsafe::Instrument;
use jangbogo_payment::{Circuit, ProviderOperation};

/// The state that the machine is in.
#[derive(Debug, Default)]
pub(super) struct State {
    circuit: AtomicU8,
}

const CLOSED: u8 = 0;
const HALF_OPEN: u8 = 1;
const OPEN: u8 = 2;

impl State {
    pub(super) fn get(&self) -> Circuit {
        match self.circuit.load(Ordering::Relaxed) {
            CLOSED => Circuit::Closed,
            HALF_OPEN => Circuit::HalfOpen,
            _ => Circuit::Open,
        }
    }
}

/// Hears of the machine's steps.
pub(super) struct Mirror {
    provider: String,
    operation: &'static str,
    state: Arc<State>,
}

impl Mirror {
    pub(super) fn new(provider: &str, operation: ProviderOperation, state: Arc<State>) -> Self {
        Self { provider: provider.to_owned(), operation: operation.name(), state }
    }

    fn show(&self, circuit: Circuit) {
        let code = match circuit {
            Circuit::Closed => CLOSED,
            Circuit::HalfOpen => HALF_OPEN,
            Circuit::Open => OPEN,
        };
        self.state.circuit.store(code, Ordering::Relaxed);
        let (provider, operation) = (self.provider.clone(), self.operation);
        metrics::gauge!("payment_provider_circuit", "provider" => provider.clone(),
            "operation" => operation)
        .set(f64::from(code));
        metrics::counter!("payment_provider_circuit_changes_total", "provider" => provider,
            "operation" => operation, "to" => circuit.name())
        .increment(1);
    }
}

impl Instrument for Mirror {
    fn on_call_rejected(&self) {
        // The answer to the call is counted like every other.
    }

    fn on_open(&self) {
        self.show(Circuit::Open);
        tracing::warn!(
            provider = self.provider,
            operation = self.operation,
            "the payment provider is failing; it is left alone for a moment"
        );
    }

    fn on_half_open(&self) {
        self.show(Circuit::HalfOpen);
        tracing::info!(
            provider = self.provider,
            operation = self.operation,
            "trial calls find out whether the payment provider is well again"
        );
    }

    fn on_closed(&self) {
        if self.state.get() == Circuit::Closed {
            return; // it was built
        }
        self.show(Circuit::Closed);
        tracing::info!(
            provider = self.provider,
            operation = self.operation,
            "calls to the payment provider are let through"
        );
    }
}
