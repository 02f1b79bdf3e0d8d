//! Money: attempts that are recorded before they are sent, and settled only by proof.
//!
//! An [`Attempt`] to capture or refund goes `Created → Sent → …`. Three outcomes exist: the
//! provider did it, the provider did not, nobody knows ([`Outcome`]). Silence, time-outs and cut
//! connections are the third, and only a positive proof moves it: [`ResolveAttempts`] asks the
//! provider until there is one. All news of an attempt, whoever brings it, goes through
//! [`Settle`]; an order has at most one live or successful capture, whatever crashes.
//!
//! No call to a provider is made while a transaction is open.
//!
//! ```
//! use jangbogo_payment::AttemptState;
//!
//! assert!(AttemptState::Unknown.may_become(AttemptState::Succeeded));
//! assert!(!AttemptState::Succeeded.may_become(AttemptState::Declined));
//! ```

mod agreement;
mod approve_payment;
mod attempt;
mod attempt_state;
mod close_session;
mod compare_books;
mod decide_attempt;
mod difference;
mod end_agreement;
mod event;
mod execute_refund;
mod follow_hint;
mod intent;
mod late_capture;
mod ledger;
mod news;
mod ports;
mod provider;
mod provider_books;
mod provider_health;
mod reconcile;
mod reconciliation;
mod recurring;
mod request_refund;
mod resolve_attempts;
mod settle;
mod start_payment;

pub mod contract;

pub use agreement::{Agreement, AgreementKey, AgreementState};
pub use approve_payment::{ApprovePayment, ApprovePaymentError, Proof};
pub use attempt::{Attempt, Operation, RefundPart};
pub use attempt_state::AttemptState;
pub use close_session::{CloseReason, CloseSession};
pub use compare_books::{CompareBooks, CompareBooksError};
pub use decide_attempt::{DecideAttempt, DecideAttemptCommand, DecideAttemptError};
pub use difference::{Difference, DifferenceClass};
pub use end_agreement::{EndAgreement, EndAgreementError};
pub use event::{RefundRequested, SurplusReturned};
pub use execute_refund::{ExecuteRefund, ExecuteRefundError};
pub use follow_hint::{FollowHint, FollowHintError};
pub use intent::PaymentIntent;
pub use ledger::{LedgerEntry, LedgerTransaction};
pub use news::{News, Setting, Settlement, Statement, Verdict};
pub use ports::{
    AgreementRepository, AttemptStep, PaymentQueries, PaymentRepository, ReconciliationQueries,
    ReconciliationRepository, Transaction,
};
#[cfg(feature = "mock")]
pub use provider::MockPaymentProvider;
pub use provider::{
    CaptureRequest, Looked, NotSentCause, OpenRequest, Outcome, PaymentProvider, ProviderError,
    ProviderName, ProviderProfile, ProviderSession, ProviderTransaction, Providers, Redirects,
    RefundRequest, ReturnUrls, UnknownCause,
};
pub use provider_books::{BookedMovement, Period, ProviderBooks};
pub use provider_health::{Circuit, OperationHealth, ProviderHealth, ProviderOperation};
pub use reconcile::{Reconcile, ReconcileError, Reconciled};
pub use reconciliation::{Reconciliation, ReconciliationDetail, ReconciliationTotals};
pub use recurring::{
    Charge, ChargeRequest, Charged, Firmness, Granted, Learnt, RecurringProfile, RecurringProvider,
    SentCharge, Sought, Standing, Way, Witness,
};
pub use request_refund::{
    RefundScope, RequestRefund, RequestRefundCommand, RequestRefundError, RequestedRefund,
};
pub use resolve_attempts::{ResolveAttempts, Resolved};
pub use settle::{Settle, SettleError, Settled};
pub use start_payment::{StartPayment, StartPaymentCommand, StartPaymentError, StartedPayment};

use jangbogo_kernel::Id;

/// The id of an attempt to capture, which buyers see as the payment's: `pay_…`.
pub type AttemptId = Id<Attempt>;
/// The id of an attempt to refund as buyers see it: `rfd_…`; the attempt's own value.
pub type RefundId = Id<RefundPart>;
/// A standing agreement's id: `agr_…`.
pub type AgreementId = Id<Agreement>;
/// A comparison of books' id: `rcn_…`.
pub type ReconciliationId = Id<Reconciliation>;
/// A payment intent's id: `pin_…`.
pub type IntentId = Id<PaymentIntent>;
