//! The mailer's contract, and what only files can show.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jangbogo_notification::contract;
use jangbogo_runtime::ManualClock;

use super::*;

/// A quarter past nine on a Saturday morning in Seoul.
fn clock() -> ManualClock {
    ManualClock::new("2026-11-21T00:15:00Z".parse().unwrap())
}

#[tokio::test]
async fn a_mail_bears_the_shop_s_own_time() {
    let folder = Folder::new();
    folder.mailer().await.send(&mail("글")).await.unwrap();
    let name = folder.names().pop().unwrap();
    let date = "Date: Sat, 21 Nov 2026 00:15:00 +0000".to_owned();
    assert!(folder.read(&name).headers.contains(&date));
}

/// A folder of the test's own, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let name = format!("jangbogo-mail-{:016x}", rand::random::<u64>());
        Self(std::env::temp_dir().join(name))
    }

    async fn mailer(&self) -> FileMailer {
        let from = "장보고 <shop@example.com>";
        FileMailer::open(&self.0, from, Arc::new(clock())).await.unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
        entries.map(|entry| name(entry).into_string().unwrap()).collect()
    }

    fn read(&self, name: &str) -> Eml {
        let text = fs::read_to_string(self.0.join(name)).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        // A header goes on in lines that start with a blank.
        let headers = head.replace("\r\n ", " ");
        Eml { headers: headers.split("\r\n").map(str::to_owned).collect(), body: body.to_owned() }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

/// A mail as any mail program would read it.
struct Eml {
    headers: Vec<String>,
    body: String,
}

impl Eml {
    fn header(&self, name: &str) -> Vec<&str> {
        let named = |line: &'_ &String| line.split(':').next().unwrap().eq_ignore_ascii_case(name);
        let value = |line: &'_ String| line.find(':').unwrap() + 1;
        self.headers.iter().filter(named).map(|line| line[value(line)..].trim()).collect()
    }
}

#[async_trait]
impl contract::Mailbox for Folder {
    async fn recipients(&self) -> Vec<String> {
        let mut all = Vec::new();
        for name in self.names() {
            assert!(!name.starts_with('.'), "{name} stayed behind");
            let eml = self.read(&name);
            for header in ["to", "cc", "bcc"] {
                let lines = eml.header(header).into_iter();
                all.extend(lines.flat_map(|line| line.split(',')).map(str::to_owned));
            }
        }
        all.sort();
        all
    }
}

/// The contract function of the same name on a fresh folder.
macro_rules! proves {
    ($($behaviour:ident),* $(,)?) => {
        $(#[tokio::test]
        async fn $behaviour() {
            let folder = Folder::new();
            let mailer = folder.mailer().await;
            contract::$behaviour(&mailer, &folder).await;
        })*
    };
}

proves! {
    a_sent_mail_leaves_to_its_recipient,
    one_key_leaves_one_mail,
    keys_that_differ_leave_mails_of_their_own,
    nothing_but_the_address_adds_a_recipient,
    an_impossible_mail_is_refused_for_good,
}

fn mail(text: &str) -> Mail {
    Mail {
        to: "buyer@example.com".to_owned(),
        subject: "주문이 접수되었습니다 (ord_7)".to_owned(),
        text: text.to_owned(),
        key: "order-confirmation-ord_7".to_owned(),
    }
}

fn decoded_body(eml: &Eml) -> String {
    assert_eq!(eml.header("content-transfer-encoding"), ["base64"]);
    let bytes = STANDARD.decode(eml.body.replace("\r\n", "")).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The text of a header (RFC 2047): a blank between two encoded words is no part of it.
fn decoded_words(header: &str) -> String {
    let mut text = String::new();
    let mut after_encoded = true;
    for word in header.split(' ') {
        let encoded = word.strip_prefix("=?utf-8?b?");
        if let Some(encoded) = encoded.and_then(|rest| rest.strip_suffix("?=")) {
            let blank = if after_encoded { "" } else { " " };
            let bytes = STANDARD.decode(encoded).unwrap();
            text = text + blank + &String::from_utf8(bytes).unwrap();
            after_encoded = true;
        } else {
            text = text + " " + word;
            after_encoded = false;
        }
    }
    text
}

#[tokio::test]
async fn the_file_is_a_mail_in_korean() {
    let folder = Folder::new();
    let mailer = folder.mailer().await;
    mailer.send(&mail("감사합니다.\n합계: 12,900원\n")).await.unwrap();
    let eml = folder.read("order-confirmation-ord_7.eml");

    assert_eq!(eml.header("to"), ["buyer@example.com"]);
    assert!(eml.header("from")[0].ends_with("<shop@example.com>"));
    assert_eq!(eml.header("date").len(), 1);
    assert_eq!(eml.header("mime-version"), ["1.0"]);
    assert_eq!(eml.header("content-type"), ["text/plain; charset=utf-8"]);
    let id = "<order-confirmation-ord_7@example.com>";
    assert_eq!(eml.header("message-id"), [id]);
    let subject = decoded_words(eml.header("subject")[0]);
    assert_eq!(subject, "주문이 접수되었습니다 (ord_7)");
    assert_eq!(decoded_body(&eml), "감사합니다.\r\n합계: 12,900원\r\n");
}

#[tokio::test]
async fn a_repeat_replaces_the_file() {
    let folder = Folder::new();
    let mailer = folder.mailer().await;
    mailer.send(&mail("처음")).await.unwrap();
    // A mailer of a new process finds the former one's files.
    folder.mailer().await.send(&mail("다시")).await.unwrap();
    assert_eq!(folder.names(), ["order-confirmation-ord_7.eml"]);
    let eml = folder.read("order-confirmation-ord_7.eml");
    assert_eq!(decoded_body(&eml), "다시");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeats_at_once_leave_one_whole_mail() {
    let folder = Folder::new();
    let mailer = folder.mailer().await;
    let texts: Vec<String> = (1..=16).map(|n| "긴 글 ".repeat(n * 100)).collect();
    let sending = texts.iter().map(|text| {
        let mailer = &mailer;
        async move { mailer.send(&mail(text)).await }
    });
    for sent in futures::future::join_all(sending).await {
        assert_eq!(sent, Ok(()));
    }
    assert_eq!(folder.names(), ["order-confirmation-ord_7.eml"]);
    let body = decoded_body(&folder.read("order-confirmation-ord_7.eml"));
    assert!(texts.contains(&body), "a mixture of mails");
}

#[tokio::test]
async fn keys_cannot_leave_the_folder() {
    let folder = Folder::new();
    let mailer = folder.mailer().await;
    let outside = Mail { key: "../../escaped".to_owned(), ..mail("글") };
    mailer.send(&outside).await.unwrap();
    assert_eq!(folder.names(), ["%2E%2E%2F%2E%2E%2Fescaped.eml"]);
}

#[tokio::test]
async fn trouble_with_the_disk_may_pass_and_leaves_no_draft() {
    let folder = Folder::new();
    let mailer = folder.mailer().await;
    // A folder in the mail's place makes the rename fail.
    let place = folder.0.join("order-confirmation-ord_7.eml");
    fs::create_dir(&place).unwrap();
    let failed = mailer.send(&mail("글")).await;
    assert!(matches!(failed, Err(MailError::Transient(_))), "{failed:?}");
    assert_eq!(folder.names(), ["order-confirmation-ord_7.eml"]);
    fs::remove_dir(&place).unwrap();
    assert_eq!(mailer.send(&mail("글")).await, Ok(()));
}

#[tokio::test]
async fn a_sender_that_is_no_address_is_refused_at_once() {
    let folder = std::env::temp_dir();
    let refused = FileMailer::open(folder, "shop@example.com\r\nBcc: x", Arc::new(clock())).await;
    assert!(matches!(refused, Err(MailError::Permanent(_))));
}
