//! Mail as files in a folder.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_mail::FileMailer;
use jangbogo_notification::contract;
use jangbogo_runtime::SystemClock;
use jangbogo_tests::Scratch;

/// The folder as the recipients see it.
struct Folder(Scratch);

#[async_trait]
impl contract::Mailbox for Folder {
    async fn recipients(&self) -> Vec<String> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(self.0.path()).unwrap() {
            let mail = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let (head, _) = mail.split_once("\r\n\r\n").unwrap();
            // A header goes on in lines that start with a blank.
            let head = head.replace("\r\n ", " ").to_lowercase();
            for line in head.split("\r\n") {
                let (name, value) = line.split_once(':').unwrap();
                if ["to", "cc", "bcc"].contains(&name) {
                    all.extend(value.split(',').map(|one| one.trim().to_owned()));
                }
            }
        }
        all.sort();
        all
    }
}

macro_rules! behaviours {
    ($($name:ident,)+) => {
        pub(crate) const LISTED: &[&str] = &[$(stringify!($name)),+];

        $(
            #[tokio::test]
            async fn $name() {
                let folder = Folder(Scratch::new());
                let (path, clock) = (folder.0.path(), Arc::new(SystemClock));
                let mailer = FileMailer::open(path, "장보고 <shop@example.com>", clock);
                contract::$name(&mailer.await.unwrap(), &folder).await;
            }
        )+
    };
}

behaviours! {
    a_sent_mail_leaves_to_its_recipient,
    one_key_leaves_one_mail,
    keys_that_differ_leave_mails_of_their_own,
    nothing_but_the_address_adds_a_recipient,
    an_impossible_mail_is_refused_for_good,
}
