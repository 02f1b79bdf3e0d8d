//! The mailer of the embedded shop: every mail is a file that any mail program opens.
//!
//! ```
//! use std::sync::Arc;
//!
//! use jangbogo_mail::FileMailer;
//! use jangbogo_notification::{Mail, Mailer as _};
//! use jangbogo_runtime::SystemClock;
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # runtime.block_on(async {
//! let folder = std::env::temp_dir().join("jangbogo-mail-example");
//! let clock = Arc::new(SystemClock);
//! let mailer = FileMailer::open(&folder, "Jangbogo <shop@example.com>", clock).await?;
//! let mail = Mail {
//!     to: "admiral@example.com".to_owned(),
//!     subject: "안녕하세요".to_owned(),
//!     text: "반갑습니다.".to_owned(),
//!     key: "greeting-1".to_owned(),
//! };
//! mailer.send(&mail).await?;
//! assert!(folder.join("greeting-1.eml").exists());
//! # std::fs::remove_dir_all(&folder).unwrap();
//! # Ok::<(), jangbogo_notification::MailError>(())
//! # }).unwrap();
//! ```

mod file_mailer;

pub use file_mailer::FileMailer;
