//! The Ed25519 key behind the access tokens.

use std::fmt;
use std::path::Path;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use sha2::{Digest as _, Sha256};

use crate::key_file::{self, KeyError};

/// An Ed25519 key pair; `Debug` shows its public name alone.
#[derive(Clone)]
pub struct SigningKey {
    pkcs8: SecretSlice<u8>,
    public: Vec<u8>,
}

impl SigningKey {
    /// A fresh random key.
    pub fn generate() -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::Generation)?;
        let pkcs8 = pair.to_pkcs8().map_err(|_| KeyError::Generation)?;
        Self::from_pkcs8(pkcs8.as_ref())
    }

    /// The key in an unencrypted PKCS#8 document (DER, version 1 or 2).
    pub fn from_pkcs8(bytes: &[u8]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_pkcs8(bytes).map_err(|_| KeyError::Malformed)?;
        Ok(Self { pkcs8: bytes.to_vec().into(), public: pair.public_key().as_ref().to_vec() })
    }

    /// The key in an unencrypted PKCS#8 document as text: PEM, or its base64 alone.
    pub fn from_text(text: &SecretString) -> Result<Self, KeyError> {
        let lines = text.expose_secret().lines().map(str::trim);
        let body: String = lines.filter(|line| !line.starts_with("-----")).collect();
        let bytes = STANDARD.decode(body).map_err(|_| KeyError::Malformed)?;
        Self::from_pkcs8(SecretSlice::from(bytes).expose_secret())
    }

    /// The key as a PKCS#8 document (DER).
    pub fn to_pkcs8(&self) -> SecretSlice<u8> {
        self.pkcs8.clone()
    }

    /// The key in the file at `path`, which is made first when there is none.
    ///
    /// The file appears complete or not at all, and an existing file is never replaced: of any
    /// number of processes that start at once, all end with the same key.
    pub fn load_or_create(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        let bytes = key_file::load_or_create(path.as_ref(), || Ok(Self::generate()?.pkcs8))?;
        Self::from_pkcs8(bytes.expose_secret())
    }

    /// The key's public name: its RFC 7638 thumbprint.
    pub fn id(&self) -> String {
        let x = URL_SAFE_NO_PAD.encode(&self.public);
        let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        URL_SAFE_NO_PAD.encode(Sha256::digest(jwk))
    }

    /// The public half, 32 bytes.
    pub fn public_key(&self) -> &[u8] {
        &self.public
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.id())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::path::PathBuf;
    use std::sync::Barrier;

    use super::*;
    use crate::key_file::{create, write_new};

    /// A folder of the test's own, removed at its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            let name = format!("jangbogo-key-{:016x}", rand::random::<u64>());
            let folder = std::env::temp_dir().join(name);
            fs::create_dir(&folder).unwrap();
            Self(folder)
        }

        fn key(&self) -> PathBuf {
            self.0.join("signing.key")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn bytes_and_back() {
        let key = SigningKey::generate().unwrap();
        let same = SigningKey::from_pkcs8(key.to_pkcs8().expose_secret()).unwrap();
        assert_eq!(key.public_key(), same.public_key());
        assert_eq!(key.id(), same.id());
        assert_ne!(key.id(), SigningKey::generate().unwrap().id());
        assert!(matches!(SigningKey::from_pkcs8(b"no key"), Err(KeyError::Malformed)));
    }

    #[test]
    fn text_is_pem_or_its_base64_alone() {
        let key = SigningKey::generate().unwrap();
        let base64 = STANDARD.encode(key.to_pkcs8().expose_secret());
        let (first, second) = base64.split_at(64);
        let begin = "-----BEGIN PRIVATE KEY-----";
        let pem = format!("{begin}\n{first}\r\n{second}\n-----END PRIVATE KEY-----\n");
        for text in [base64.clone(), format!(" {base64}\n"), pem] {
            let read = SigningKey::from_text(&text.into()).unwrap();
            assert_eq!(read.id(), key.id());
        }
        for text in ["", "no base64!", first] {
            let refused = SigningKey::from_text(&text.to_owned().into());
            assert!(matches!(refused, Err(KeyError::Malformed)), "{text}");
        }
    }

    #[test]
    fn debug_shows_the_public_name_alone() {
        let key = SigningKey::generate().unwrap();
        assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.id()));
        assert!(format!("{:?}", key.to_pkcs8()).contains("REDACTED"));
    }

    #[test]
    fn the_file_is_made_once_and_used_again() {
        let folder = Folder::new();
        let made = SigningKey::load_or_create(folder.key()).unwrap();
        let read = SigningKey::load_or_create(folder.key()).unwrap();
        assert_eq!(made.id(), read.id());
        let mode = fs::metadata(folder.key()).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
        let left = fs::read_dir(&folder.0).unwrap().count();
        assert_eq!(left, 1, "no draft stays behind");
    }

    #[test]
    fn processes_that_start_at_once_share_one_key() {
        const PROCESSES: usize = 8;
        let folder = Folder::new();
        let start = Barrier::new(PROCESSES);
        let ids: Vec<String> = std::thread::scope(|scope| {
            let starters: Vec<_> = (0..PROCESSES)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        SigningKey::load_or_create(folder.key()).unwrap().id()
                    })
                })
                .collect();
            starters.into_iter().map(|s| s.join().unwrap()).collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
    }

    #[test]
    fn who_was_second_takes_the_first_one_s_key() {
        let folder = Folder::new();
        let first = SigningKey::load_or_create(folder.key()).unwrap();
        let second = SigningKey::generate().unwrap();
        create(&folder.key(), second.pkcs8.expose_secret()).unwrap();
        let kept = SigningKey::load_or_create(folder.key()).unwrap();
        assert_eq!(kept.id(), first.id());
    }

    #[test]
    fn a_file_that_others_may_touch_is_refused() {
        let folder = Folder::new();
        SigningKey::load_or_create(folder.key()).unwrap();
        for bits in [0o640, 0o604, 0o620, 0o601] {
            fs::set_permissions(folder.key(), fs::Permissions::from_mode(bits)).unwrap();
            let refused = SigningKey::load_or_create(folder.key());
            assert!(
                matches!(refused, Err(KeyError::TooOpen { mode, .. }) if mode == bits),
                "{bits:o}"
            );
        }
        fs::set_permissions(folder.key(), fs::Permissions::from_mode(0o400)).unwrap();
        assert!(SigningKey::load_or_create(folder.key()).is_ok());
    }

    #[test]
    fn a_file_with_something_else_is_refused_and_kept() {
        let folder = Folder::new();
        write_new(&folder.key(), b"my diary").unwrap();
        let refused = SigningKey::load_or_create(folder.key());
        assert!(matches!(refused, Err(KeyError::Malformed)));
        assert_eq!(fs::read(folder.key()).unwrap(), b"my diary");

        let nowhere = SigningKey::load_or_create(folder.0.join("none/signing.key"));
        assert!(matches!(nowhere, Err(KeyError::File { .. })));
    }
}
