//! What an adapter of the mailer port must prove.
//!
//! Every function takes a fresh mailer and a look at what has left through it, acts, and says in
//! words what it found broken.

use async_trait::async_trait;

use crate::{Mail, MailError, Mailer};

/// A look at the mails that have left; an adapter's tests provide it.
#[async_trait]
pub trait Mailbox: Send + Sync {
    /// Every recipient, blind ones too, of every mail that has left, sorted.
    async fn recipients(&self) -> Vec<String>;
}

/// A mail leaves to its recipient.
pub async fn a_sent_mail_leaves_to_its_recipient(mailer: &dyn Mailer, mailbox: &dyn Mailbox) {
    assert_eq!(mailbox.recipients().await, none(), "the mailer is not fresh");
    sent(mailer, &mail("a@example.com", "one")).await;
    sent(mailer, &mail("b@example.com", "two")).await;
    let left = mailbox.recipients().await;
    assert_eq!(left, ["a@example.com", "b@example.com"], "two mails");
}

/// Sending again under the same key changes nothing for the recipient.
pub async fn one_key_leaves_one_mail(mailer: &dyn Mailer, mailbox: &dyn Mailbox) {
    let first = mail("a@example.com", "one");
    let reworded = Mail { text: "다른 말".to_owned(), ..first.clone() };
    for repeat in [&first, &first, &reworded] {
        sent(mailer, repeat).await;
    }
    let left = mailbox.recipients().await;
    assert_eq!(left, ["a@example.com"], "one key left several mails");
}

/// Keys are compared exactly, whatever name the adapter makes of them.
pub async fn keys_that_differ_leave_mails_of_their_own(mailer: &dyn Mailer, mailbox: &dyn Mailbox) {
    let longest = "가".repeat(Mail::KEY_BYTES_MAX / 3);
    let keys = [
        "a-b", "a_b", "a b", "a/b", "a\\b", "a.b", "a%2Fb", "a\nb", "A-b", "..", ".", "/", "a",
        &longest,
    ];
    for key in keys {
        sent(mailer, &mail("a@example.com", key)).await;
    }
    let left = mailbox.recipients().await.len();
    assert_eq!(left, keys.len(), "two keys were taken for one");
}

/// What looks like a header in subject or text stays subject or text.
pub async fn nothing_but_the_address_adds_a_recipient(mailer: &dyn Mailer, mailbox: &dyn Mailbox) {
    const INJECTED: &str = "b@example.com";
    for (key, separator) in [("crlf", "\r\n"), ("lf", "\n"), ("cr", "\r")] {
        let line = format!("x{separator}Bcc: {INJECTED}{separator}{separator}body");
        let subject =
            Mail { subject: line.clone(), ..mail("a@example.com", &format!("subject-{key}")) };
        let text = Mail { text: line.clone(), ..mail("a@example.com", &format!("text-{key}")) };
        let in_key = mail("a@example.com", &line);
        for mail in [subject, text, in_key] {
            sent(mailer, &mail).await;
        }
    }
    let left = mailbox.recipients().await;
    assert_eq!(left, vec!["a@example.com"; 9], "a recipient was added");
}

/// A mail that can never leave is refused for good, and nothing leaves.
pub async fn an_impossible_mail_is_refused_for_good(mailer: &dyn Mailer, mailbox: &dyn Mailbox) {
    let too_long = "k".repeat(Mail::KEY_BYTES_MAX + 1);
    for (to, key) in [
        ("", "one"),
        ("nobody", "one"),
        ("@example.com", "one"),
        ("a@example.com\r\nBcc: b@example.com", "one"),
        ("a@example.com, b@example.com", "one"),
        ("a@example.com", ""),
        ("a@example.com", &too_long),
    ] {
        let result = mailer.send(&mail(to, key)).await;
        let refused = matches!(result, Err(MailError::Permanent(_)));
        assert!(refused, "{to:?} under {key:?} gave {result:?}");
    }
    assert_eq!(mailbox.recipients().await, none(), "a refused mail left");
}

async fn sent(mailer: &dyn Mailer, mail: &Mail) {
    let result = mailer.send(mail).await;
    assert_eq!(result, Ok(()), "a good mail ({mail:?}) was not sent");
}

fn mail(to: &str, key: &str) -> Mail {
    Mail {
        to: to.to_owned(),
        subject: "안녕하세요 hello".to_owned(),
        text: "첫째 줄\n둘째 줄\n".to_owned(),
        key: key.to_owned(),
    }
}

fn none() -> Vec<String> {
    Vec::new()
}
