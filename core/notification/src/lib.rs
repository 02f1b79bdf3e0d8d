//! Mails that the shop sends, and the mailer port.
