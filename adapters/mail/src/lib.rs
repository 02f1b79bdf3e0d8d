//! The file mailer.
