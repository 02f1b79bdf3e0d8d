//! Mails as RFC 5322 files, one per key.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use jangbogo_kernel::Clock;
use jangbogo_notification::{Mail, MailError, Mailer};
use lettre::message::{Mailbox, Message, SinglePart};
use lettre::{Address, message::MessageBuilder};

/// Writes each mail to `{folder}/{key}.eml`.
///
/// The file appears complete or not at all, and survives a crash once `send` has answered. Sending
/// again under the same key replaces it. A crash may leave a draft, whose name starts with a dot
/// and never ends in `.eml`.
pub struct FileMailer {
    folder: Arc<Path>,
    from: Mailbox,
    clock: Arc<dyn Clock>,
}

impl FileMailer {
    /// A mailer that writes into `folder`, which is made when it is missing, and signs as `from`:
    /// `Name <name@example.com>` or the address alone.
    ///
    /// # Errors
    /// Permanent when `from` is no address, transient when the folder cannot be made.
    pub async fn open(
        folder: impl AsRef<Path>,
        from: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, MailError> {
        let from = from.parse().map_err(|error| {
            MailError::Permanent(format!("the sender is not an address: {error}"))
        })?;
        let folder = folder.as_ref();
        tokio::fs::create_dir_all(folder).await.map_err(transient)?;
        Ok(Self { folder: folder.into(), from, clock })
    }

    fn message(&self, mail: &Mail, name: &str) -> Result<Message, MailError> {
        let to: Address = mail.to.parse().map_err(permanent)?;
        // A subject is one line; lettre would also encode a line break, not obey it.
        let subject = mail.subject.replace(char::is_control, " ");
        let id = format!("<{name}@{}>", self.from.email.domain());
        let now = u64::try_from(self.clock.now().as_micros()).unwrap_or(0);
        MessageBuilder::new()
            .date(SystemTime::UNIX_EPOCH + Duration::from_micros(now))
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            // The same for each repeat, so that mail programs see one mail too.
            .message_id(Some(id))
            .singlepart(SinglePart::plain(mail.text.clone()))
            .map_err(permanent)
    }
}

#[async_trait]
impl Mailer for FileMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let name = safe_name(&mail.key)?;
        let bytes = self.message(mail, &name)?.formatted();
        let folder = Arc::clone(&self.folder);
        // One blocking piece: a caller that goes away cannot stop it half-way.
        let writing = tokio::task::spawn_blocking(move || {
            let file = folder.join(format!("{name}.eml"));
            write_whole(&folder, &file, &bytes)
        });
        writing.await.map_err(transient)?.map_err(transient)
    }
}

/// The key with every byte that could mean something to a file system or a mail header as `%XX`;
/// different keys have different names.
fn safe_name(key: &str) -> Result<String, MailError> {
    if key.is_empty() || key.len() > Mail::KEY_BYTES_MAX {
        let rule = format!("a key has 1 to {} bytes", Mail::KEY_BYTES_MAX);
        return Err(MailError::Permanent(rule));
    }
    let name = key.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    Ok(name.collect())
}

fn write_whole(folder: &Path, file: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = folder.join(format!(".{:016x}.draft", rand::random::<u64>()));
    let written = write_synced(&draft, bytes).and_then(|()| fs::rename(&draft, file));
    if let Err(error) = written {
        // The first error is the one to tell; the draft may not even exist.
        let _ = fs::remove_file(&draft);
        return Err(error);
    }
    // The new name is durable only with its folder.
    File::open(folder)?.sync_all()
}

fn write_synced(path: &PathBuf, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn transient(error: impl std::fmt::Display) -> MailError {
    MailError::Transient(error.to_string())
}

fn permanent(error: impl std::fmt::Display) -> MailError {
    MailError::Permanent(error.to_string())
}

#[cfg(test)]
mod tests;
