//! What every error can tell, and the one error that storage may give.

use std::error::Error;
use std::fmt;

/// What sort of trouble an error is; adapters map it to a status, a log level or an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The input breaks a rule of form or range.
    Invalid,
    /// Nobody is logged in, or the proof of it is not good.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// It does not exist, or the caller may not know that it does.
    NotFound,
    /// It cannot be done in the present state.
    Conflict,
    /// The input is understood and a rule refuses it.
    Unprocessable,
    /// Too often; try again later.
    RateLimited,
    /// Ours or a provider's outage; try again later.
    Unavailable,
    /// A defect of ours.
    Internal,
}

/// Answered by every error of every use case.
pub trait Fault: Error {
    /// What sort of trouble it is.
    fn kind(&self) -> ErrorKind;

    /// A stable, public code in kebab case, for example `out-of-stock`.
    fn code(&self) -> &'static str;
}

/// Implements [`Fault`] for an error enum: refusals of its own with kind and code, then the
/// variants that pass on what another error tells.
///
/// ```
/// use jangbogo_kernel::{ErrorKind, Fault as _, StoreError, fault};
///
/// #[derive(Debug, thiserror::Error)]
/// enum BuyError {
///     #[error("sold out")]
///     SoldOut,
///     #[error(transparent)]
///     Store(#[from] StoreError),
/// }
/// fault!(BuyError { SoldOut: Conflict = "sold-out" } passes on { Store });
///
/// assert_eq!(BuyError::SoldOut.kind(), ErrorKind::Conflict);
/// ```
#[macro_export]
macro_rules! fault {
    ($error:ty {
        $($refusal:ident: $kind:ident = $code:literal),* $(,)?
    } $(passes on { $($inner:ident),* $(,)? })?) => {
        impl $crate::Fault for $error {
            fn kind(&self) -> $crate::ErrorKind {
                match self {
                    $(Self::$refusal { .. } => $crate::ErrorKind::$kind,)*
                    $($(Self::$inner(inner) => $crate::Fault::kind(inner),)*)?
                }
            }

            fn code(&self) -> &'static str {
                match self {
                    $(Self::$refusal { .. } => $code,)*
                    $($(Self::$inner(inner) => $crate::Fault::code(inner),)*)?
                }
            }
        }
    };
}

/// The store could not do its work. Opaque on purpose: callers can only retry or give up.
pub struct StoreError {
    retryable: bool,
    operation: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl StoreError {
    /// A lasting failure of `operation`.
    pub fn new(operation: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { retryable: false, operation, source: source.into() }
    }

    /// A failure that may go away: contention, a lost connection, a full pool.
    pub fn retryable(
        operation: &'static str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { retryable: true, operation, source: source.into() }
    }

    /// Another writer changed the row first (a guarded update matched nothing).
    pub fn conflict(operation: &'static str) -> Self {
        Self::retryable(operation, "the row was changed by someone else")
    }

    /// Whether the same work may succeed when tried again.
    pub const fn is_retryable(&self) -> bool {
        self.retryable
    }
}

impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreError({}: {})", self.operation, self.source)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store failed to {}", self.operation)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}

impl Fault for StoreError {
    fn kind(&self) -> ErrorKind {
        if self.retryable { ErrorKind::Unavailable } else { ErrorKind::Internal }
    }

    fn code(&self) -> &'static str {
        if self.retryable { "unavailable" } else { "internal" }
    }
}
