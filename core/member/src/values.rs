//! What a member is made of, parsed once at the border.

use std::fmt;

use jangbogo_kernel::{ErrorKind, Fault};
use unicode_normalization::UnicodeNormalization as _;

/// A field's text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{rule}")]
pub struct FieldError {
    /// The field, as the API names it.
    pub field: &'static str,
    /// The rule that the text breaks.
    pub rule: &'static str,
}

impl Fault for FieldError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        "validation-failed"
    }
}

/// An e-mail address, trimmed and in lower case; two spellings of one address are one account.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

/// A public name: 2–20 letters, digits or underscores of any script, NFKC.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Nickname(String);

/// A telephone number: 9–15 digits, optionally led by `+`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

/// A password as typed; never stored, never printed.
#[derive(Clone)]
pub struct Password(String);

/// A password hash in PHC string format.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl EmailAddress {
    /// The longest address (RFC 5321: 254 octets).
    pub const BYTES_MAX: usize = 254;

    /// An address with one `@`, a non-empty local part and a dotted domain.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let refused =
            FieldError { field: "email", rule: "an e-mail address like name@example.com" };
        let email = text.trim().nfkc().collect::<String>().to_lowercase();
        let (local, domain) = email.split_once('@').ok_or(refused)?;
        let visible =
            |c: char| !c.is_whitespace() && !c.is_control() && !"<>,;:\"()[]\\".contains(c);
        let labels = || domain.split('.');
        let fits = email.len() <= Self::BYTES_MAX
            && (1..=64).contains(&local.len())
            && email.chars().all(visible)
            && !domain.contains('@')
            && labels().count() >= 2
            && labels().all(|label| (1..=63).contains(&label.len()));
        if fits { Ok(Self(email)) } else { Err(refused) }
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Nickname {
    /// A nickname of 2–20 characters.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let name: String = text.trim().nfkc().collect();
        let fits = (2..=20).contains(&name.chars().count())
            && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        if fits {
            Ok(Self(name))
        } else {
            let rule = "2 to 20 letters, digits or underscores";
            Err(FieldError { field: "nickname", rule })
        }
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Phone {
    /// A number; spaces, dots and hyphens are dropped.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let plain: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.')).collect();
        let digits = plain.strip_prefix('+').unwrap_or(&plain);
        if (9..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(plain))
        } else {
            Err(FieldError { field: "phone", rule: "9 to 15 digits, optionally led by +" })
        }
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Passwords of eight and more characters that lead the public lists of leaked ones.
const COMMON: &str = include_str!("common_passwords.txt");

impl Password {
    /// Fewest characters of a new password (ASVS 5.0 6.2.1).
    pub const CHARS_MIN: usize = 8;
    /// Most bytes; bounds the work of hashing.
    pub const BYTES_MAX: usize = 256;

    /// A password as typed at log-in: any text that is not absurdly long.
    pub fn typed(text: &str) -> Result<Self, FieldError> {
        if text.is_empty() || text.len() > Self::BYTES_MAX {
            return Err(FieldError { field: "password", rule: "1 to 256 bytes" });
        }
        // NFC, so that the same password typed on another keyboard is the same bytes.
        Ok(Self(text.nfc().collect()))
    }

    /// A new password: long enough, not a common one, not the account's own words.
    pub fn chosen(
        text: &str,
        email: &EmailAddress,
        nickname: &Nickname,
    ) -> Result<Self, FieldError> {
        let password = Self::typed(text)?;
        let field = "password";
        if password.0.chars().count() < Self::CHARS_MIN {
            return Err(FieldError { field, rule: "at least 8 characters" });
        }
        let lower = password.0.to_lowercase();
        if COMMON.lines().any(|common| common == lower) {
            return Err(FieldError { field, rule: "not one of the most common passwords" });
        }
        let own_words = [email.as_str(), nickname.as_str()];
        if own_words.iter().any(|word| word.to_lowercase() == lower) {
            return Err(FieldError { field, rule: "not the e-mail address or nickname" });
        }
        Ok(password)
    }

    /// The text, for the hasher alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl PasswordHash {
    /// Wraps a PHC string made by the hasher or read from the database.
    pub fn new(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

// Personal data and secrets do not show in logs.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}
impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(…)")
    }
}
impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}
impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_normalised_and_checked() {
        assert_eq!(EmailAddress::parse(" A@B.Kr ").unwrap().as_str(), "a@b.kr");
        for bad in ["", "a", "a@b", "@b.kr", "a@b..kr", "a b@c.kr", "a@b@c.kr", "a@b.kr\r\nBcc: x"]
        {
            assert!(EmailAddress::parse(bad).is_err(), "{bad}");
        }
        assert!(EmailAddress::parse(&format!("{}@b.kr", "a".repeat(65))).is_err());
    }

    #[test]
    fn nicknames_of_any_script() {
        assert!(Nickname::parse("장보고").is_ok());
        for bad in ["", "a", "a b", "<b>", &"x".repeat(21)] {
            assert!(Nickname::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn new_passwords_must_be_worth_the_name() {
        let email = EmailAddress::parse("long.name@example.com").unwrap();
        let nickname = Nickname::parse("longnickname").unwrap();
        for bad in ["short7!", "password1", "LongNickname", "long.name@example.com"] {
            assert!(Password::chosen(bad, &email, &nickname).is_err(), "{bad}");
        }
        assert!(Password::chosen("정말 긴 비밀번호입니다", &email, &nickname).is_ok());
        assert!(Password::chosen(&"x".repeat(257), &email, &nickname).is_err());
    }
}
