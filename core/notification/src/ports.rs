//! What the crate needs from outside: somebody who carries mails.

use std::fmt;

use async_trait::async_trait;
use jangbogo_kernel::fault;

/// A mail to one recipient.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The recipient's address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The body, plain text.
    pub text: String,
    /// Names the occasion; one mail leaves per key.
    pub key: String,
}

/// Carries mails out of the house.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends the mail.
    ///
    /// # Guarantees
    /// Any number of calls with one key leave one mail. It leaves whole or not at all, and to `to`
    /// alone: nothing in subject or text adds a header or a recipient.
    ///
    /// # Errors
    /// Transient when a later call may succeed. Permanent when the address is none, or the key is
    /// empty or longer than [`Mail::KEY_BYTES_MAX`]; nothing has left then.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}

/// The mail was not sent. The reasons name no address: they end up in logs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Try again later.
    #[error("the mail could not be sent now: {0}")]
    Transient(String),
    /// Trying again is no use.
    #[error("the mail can never be sent: {0}")]
    Permanent(String),
}

impl Mail {
    /// The longest key; every mailer can make a name of it.
    pub const KEY_BYTES_MAX: usize = 80;
}

// Who got which words is nobody's business in a log.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mail({})", self.key)
    }
}

fault!(MailError {
    Transient: Unavailable = "unavailable",
    Permanent: Unprocessable = "mail-refused",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_key_alone() {
        let mail = Mail {
            to: "a@example.com".to_owned(),
            subject: "subject".to_owned(),
            text: "text".to_owned(),
            key: "refund-1".to_owned(),
        };
        assert_eq!(format!("{mail:?}"), "Mail(refund-1)");
    }
}
