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

    /// Whether another writer was in the way and nothing at all was done, so that the whole may be
    /// done again; see [`retried`](crate::retried).
    fn is_contended(&self) -> bool {
        false
    }
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

            fn is_contended(&self) -> bool {
                match self {
                    $(Self::$refusal { .. } => false,)*
                    $($(Self::$inner(inner) => $crate::Fault::is_contended(inner),)*)?
                }
            }
        }
    };
}

/// The store could not do its work. Opaque on purpose: callers can only retry or give up.
pub struct StoreError {
    trouble: Trouble,
    operation: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Lasting,
    /// Nobody knows whether it was done when it was a commit.
    Passing,
    /// Surely not done.
    Contended,
}

impl StoreError {
    /// A lasting failure of `operation`.
    pub fn new(operation: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { trouble: Trouble::Lasting, operation, source: source.into() }
    }

    /// A failure that may go away: a lost connection, a full pool. Of a commit nobody knows then
    /// whether it has happened.
    pub fn retryable(
        operation: &'static str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { trouble: Trouble::Passing, operation, source: source.into() }
    }

    /// Another writer was in the way: a deadlock, a conflict, a lock that did not become free. The
    /// transaction is undone, also when it was the commit that failed.
    pub fn contended(
        operation: &'static str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { trouble: Trouble::Contended, operation, source: source.into() }
    }

    /// Another writer changed the row first (a guarded update matched nothing).
    pub fn conflict(operation: &'static str) -> Self {
        Self::contended(operation, "the row was changed by someone else")
    }

    /// Whether the same work may succeed when tried again; only what is harmless when it is done
    /// twice may be, because it may have been done.
    pub const fn is_retryable(&self) -> bool {
        !matches!(self.trouble, Trouble::Lasting)
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
        if self.is_retryable() { ErrorKind::Unavailable } else { ErrorKind::Internal }
    }

    fn code(&self) -> &'static str {
        if self.is_retryable() { "unavailable" } else { "internal" }
    }

    fn is_contended(&self) -> bool {
        self.trouble == Trouble::Contended
    }
}
