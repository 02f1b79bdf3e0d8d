//! Tells a member that somebody tried to sign up with their address.

use jangbogo_kernel::Timestamp;

use crate::Mail;
use crate::words::{korean_time, one_line};

/// What the notice of a repeated sign-up tells.
///
/// The page cannot say that an address has an account, so its owner is told here. The mail carries
/// no link and no secret: who did not ask for it has nothing to do.
#[derive(Clone, Copy)]
pub struct SignUpRepeatedNotice<'a> {
    /// The member's address.
    pub to: &'a str,
    /// The notice's own id: each try is told.
    pub notice: &'a str,
    /// When somebody tried.
    pub tried_at: Timestamp,
}

impl SignUpRepeatedNotice<'_> {
    /// The mail; one per try.
    pub fn compose(&self) -> Mail {
        let tried_at = korean_time(self.tried_at);
        Mail {
            to: self.to.to_owned(),
            subject: "[장보고] 이미 가입된 이메일 주소입니다".to_owned(),
            text: format!(
                "이 이메일 주소로 회원 가입이 다시 시도되었습니다.\n\
                 본인이 하셨다면 이미 계정이 있으니 로그인해 주세요.\n\
                 본인이 아니라면 아무것도 하지 않으셔도 됩니다. 계정은 바뀌지 않았습니다.\n\
                 \n\
                 시도시각: {tried_at} (한국 시간)\n\
                 \n\
                 ----\n\
                 Somebody tried to sign up with this address, which already has an account.\n\
                 If it was you, please log in. If not, there is nothing to do.\n"
            ),
            key: format!("sign-up-repeated-{}", one_line(self.notice)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_reads_of_each_try() {
        let notice = SignUpRepeatedNotice {
            to: "member@example.com",
            notice: "0001",
            tried_at: "2026-11-21T02:03:04Z".parse().unwrap(),
        };
        let mail = notice.compose();
        assert_eq!(mail.to, "member@example.com");
        assert_eq!(mail.key, "sign-up-repeated-0001");
        assert!(mail.text.contains("시도시각: 2026-11-21 11:03 (한국 시간)"));
        assert!(mail.text.contains("already has an account"));
        let again = SignUpRepeatedNotice { notice: "0002", ..notice };
        assert_ne!(again.compose().key, mail.key);
    }

    #[test]
    fn the_longest_ids_fit_a_mail_s_key() {
        let notice = "00000000-0000-7000-8000-000000000001";
        let mail = SignUpRepeatedNotice {
            to: "member@example.com",
            notice,
            tried_at: Timestamp::from_micros(0),
        }
        .compose();
        assert!(mail.key.len() <= Mail::KEY_BYTES_MAX);
    }
}
