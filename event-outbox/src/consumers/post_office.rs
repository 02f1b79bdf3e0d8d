//! One mail per event.

use std::sync::Arc;

use jangbogo_kernel::{Currency, Event, Money};
use jangbogo_member::{MemberId, MemberQueries};
use jangbogo_notification::{Mail, MailError, Mailer};

use super::Handled;
use crate::ConsumeError;

/// Sends mails about events to members.
pub(super) struct PostOffice {
    pub(super) members: Arc<dyn MemberQueries>,
    pub(super) mailer: Arc<dyn Mailer>,
    pub(super) inbox: Handled,
}

impl PostOffice {
    /// Sends what `compose` makes of the member's address, unless `consumer` has done so before.
    /// A member who has left has no address and gets nothing.
    ///
    /// The event's id is the mail's key: when a crash comes between sending and recording, the
    /// repeat is the same mail.
    pub(super) async fn send(
        &self,
        consumer: &str,
        event: &Event,
        member: MemberId,
        compose: impl FnOnce(&str) -> Result<Mail, ConsumeError> + Send,
    ) -> Result<(), ConsumeError> {
        if self.inbox.has(consumer, event.id).await? {
            return Ok(());
        }
        let Some(member) = self.members.find(member).await? else {
            let cause = format!("there is no member {member}");
            return Err(ConsumeError::Permanent(cause));
        };
        if let Some(address) = member.email {
            let mail = Mail { key: event.id.to_string(), ..compose(address.as_str())? };
            self.mailer.send(&mail).await?;
        }
        Ok(self.inbox.record(consumer, event.id).await?)
    }
}

/// An event's amount as money.
pub(super) fn money(minor: i64, currency: &str) -> Result<Money, ConsumeError> {
    let currency: Currency = currency.parse().map_err(permanent)?;
    Ok(Money::new(minor, currency))
}

/// The event says what cannot be.
pub(super) fn permanent(error: impl std::error::Error) -> ConsumeError {
    ConsumeError::Permanent(error.to_string())
}

impl From<MailError> for ConsumeError {
    fn from(error: MailError) -> Self {
        let cause = error.to_string();
        match error {
            MailError::Transient(_) => Self::Transient(cause),
            MailError::Permanent(_) => Self::Permanent(cause),
        }
    }
}
