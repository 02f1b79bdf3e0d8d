//! Secrets of others that we must keep: sealed before they are stored.

use std::fmt;
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use sha2::{Digest as _, Sha256};

use crate::key_file::{self, KeyError};

/// A key that secrets are sealed with; `Debug` shows its public name alone.
#[derive(Clone)]
pub struct SealingKey(SecretSlice<u8>);

/// Seals secrets with one key, and opens what that key or an older one has sealed.
///
/// AES-256-GCM-SIV (RFC 8452) without a nonce: the same secret is sealed to the same text, so that
/// the database can still refuse one that it has. That a secret is the same is all that the texts
/// tell.
pub struct Sealer {
    keys: Vec<(String, LessSafeKey)>,
}

/// A secret could not be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It was sealed with a key that is not here.
    #[error("it was sealed with a key that this process does not have")]
    UnknownKey,
    /// It is not what was sealed, or was sealed for something else.
    #[error("it is not what was sealed here")]
    Broken,
}

/// Stands before everything that is sealed; no provider's own secret begins so.
const MARK: &str = "sealed:1:";
const KEY_BYTES: usize = 32;
/// Of a key's digest.
const NAME_BYTES: usize = 6;

impl SealingKey {
    /// A fresh random key.
    pub fn generate() -> Self {
        Self(rand::random::<[u8; KEY_BYTES]>().to_vec().into())
    }

    /// The 32 bytes in base64, as `openssl rand -base64 32` prints them.
    pub fn from_text(text: &SecretString) -> Result<Self, KeyError> {
        let bytes = STANDARD.decode(text.expose_secret().trim());
        Self::from_bytes(bytes.map_err(|_| KeyError::NotForSealing)?.into())
    }

    /// The key in the file at `path`, which is made first when there is none; the same for all
    /// processes that start at once.
    pub fn load_or_create(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        Self::from_bytes(key_file::load_or_create(path.as_ref(), || Ok(Self::generate().0))?)
    }

    fn from_bytes(bytes: SecretSlice<u8>) -> Result<Self, KeyError> {
        if bytes.expose_secret().len() == KEY_BYTES {
            Ok(Self(bytes))
        } else {
            Err(KeyError::NotForSealing)
        }
    }

    /// The key's public name.
    pub fn id(&self) -> String {
        let named =
            Sha256::new().chain_update("a sealing key's name").chain_update(self.0.expose_secret());
        URL_SAFE_NO_PAD.encode(&named.finalize()[..NAME_BYTES])
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({})", self.id())
    }
}

impl Sealer {
    /// Seals with the first key; the others open what they sealed before.
    pub fn new(keys: &[SealingKey]) -> Result<Self, KeyError> {
        let usable = |key: &SealingKey| {
            let unbound = UnboundKey::new(&AES_256_GCM_SIV, key.0.expose_secret());
            let unbound = unbound.map_err(|_| KeyError::NotForSealing)?;
            Ok((key.id(), LessSafeKey::new(unbound)))
        };
        Ok(Self { keys: keys.iter().map(usable).collect::<Result<_, _>>()? })
    }

    /// Seals a secret for one purpose; for another it does not open.
    pub fn seal(&self, purpose: &str, secret: &str) -> Result<String, SealError> {
        let (name, key) = self.keys.first().ok_or(SealError::UnknownKey)?;
        let mut bytes = secret.as_bytes().to_vec();
        key.seal_in_place_append_tag(no_nonce(), Aad::from(purpose), &mut bytes)
            .map_err(|_| SealError::Broken)?;
        Ok(format!("{MARK}{name}:{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Opens what was sealed; what was stored before there were seals is given as it is.
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<String, SealError> {
        let Some(rest) = sealed.strip_prefix(MARK) else { return Ok(sealed.to_owned()) };
        let (name, text) = rest.split_once(':').ok_or(SealError::Broken)?;
        let named = self.keys.iter().find(|(known, _)| known == name);
        let (_, key) = named.ok_or(SealError::UnknownKey)?;
        let mut bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| SealError::Broken)?;
        let opened = key.open_in_place(no_nonce(), Aad::from(purpose), &mut bytes);
        let opened = opened.map_err(|_| SealError::Broken)?;
        String::from_utf8(opened.to_vec()).map_err(|_| SealError::Broken)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(name, _)| name)).finish()
    }
}

/// The cipher is made to be safe when nonces repeat: then it tells what is the same, which is what
/// is wanted here.
fn no_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

#[cfg(test)]
mod tests {
    use super::*;

    const SID: &str = "S1234567890987654321";

    #[test]
    fn what_is_sealed_tells_nothing_and_opens_again() {
        let sealer = Sealer::new(&[SealingKey::generate()]).unwrap();
        let sealed = sealer.seal("kakaopay", SID).unwrap();
        assert!(sealed.starts_with(MARK) && !sealed.contains("1234567890"), "{sealed}");
        assert_eq!(sealer.open("kakaopay", &sealed).unwrap(), SID);
        assert_eq!(sealer.seal("kakaopay", SID).unwrap(), sealed, "the same secret, the same text");
        assert_ne!(sealer.seal("kakaopay", "S2").unwrap(), sealed);
        assert_eq!(sealer.open("tosspayments", &sealed), Err(SealError::Broken));
    }

    #[test]
    fn what_was_changed_or_cut_does_not_open() {
        let sealer = Sealer::new(&[SealingKey::generate()]).unwrap();
        let sealed = sealer.seal("kakaopay", SID).unwrap();
        let at = sealed.rfind(':').unwrap() + 1;
        let other = if sealed[at..].starts_with('A') { "B" } else { "A" };
        let changed = format!("{}{other}{}", &sealed[..at], &sealed[at + 1..]);
        for broken in [&*changed, &sealed[..sealed.len() - 4], &sealed[..at], "sealed:1:x"] {
            assert_eq!(sealer.open("kakaopay", broken), Err(SealError::Broken), "{broken}");
        }
    }

    #[test]
    fn a_new_key_seals_and_the_old_one_still_opens() {
        let (old, new) = (SealingKey::generate(), SealingKey::generate());
        let before = Sealer::new(std::slice::from_ref(&old)).unwrap();
        let sealed = before.seal("kakaopay", SID).unwrap();
        let after = Sealer::new(&[new.clone(), old]).unwrap();
        assert_eq!(after.open("kakaopay", &sealed).unwrap(), SID);
        let anew = after.seal("kakaopay", SID).unwrap();
        assert!(anew.contains(&new.id()), "{anew}");
        assert_eq!(before.open("kakaopay", &anew), Err(SealError::UnknownKey));
    }

    #[test]
    fn what_was_stored_before_is_taken_as_it_is() {
        let sealer = Sealer::new(&[SealingKey::generate()]).unwrap();
        assert_eq!(sealer.open("kakaopay", SID).unwrap(), SID);
    }

    #[test]
    fn a_key_is_32_bytes_in_base64_and_is_not_shown() {
        let key = SealingKey::from_text(&STANDARD.encode([7; 32]).into()).unwrap();
        assert_eq!(format!("{key:?}"), format!("SealingKey({})", key.id()));
        assert_eq!(
            format!("{:?}", Sealer::new(std::slice::from_ref(&key)).unwrap()),
            format!("[{:?}]", key.id())
        );
        for text in ["", "no base64!", &STANDARD.encode([7; 31])] {
            let refused = SealingKey::from_text(&text.to_owned().into());
            assert!(matches!(refused, Err(KeyError::NotForSealing)), "{text}");
        }
    }
}
