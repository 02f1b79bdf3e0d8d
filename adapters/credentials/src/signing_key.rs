//! The Ed25519 key behind the access tokens, and the file that keeps it.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use sha2::{Digest as _, Sha256};

/// An Ed25519 key pair; `Debug` shows its public name alone.
#[derive(Clone)]
pub struct SigningKey {
    pkcs8: SecretSlice<u8>,
    public: Vec<u8>,
}

/// There is no usable key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The cryptographic library gave no key.
    #[error("no signing key could be generated")]
    Generation,
    /// The bytes are not a PKCS#8 document of an Ed25519 key.
    #[error("not an Ed25519 private key in PKCS#8 form")]
    Malformed,
    /// Others than the owner may read or change the file.
    #[error("{} has mode {mode:03o}; a signing key needs 600", path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file could not be read or written.
    #[error("the signing key {} could not be kept", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A key takes 83 bytes; whatever is longer is not read to its end.
const FILE_BYTES_MAX: u64 = 1_024;

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
        let path = path.as_ref();
        let kept = match load(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create(path, &Self::generate()?).and_then(|()| load(path))
            }
            loaded => loaded,
        };
        let (mode, bytes) =
            kept.map_err(|source| KeyError::File { path: path.to_owned(), source })?;
        if mode & 0o077 != 0 {
            let path = path.to_owned();
            return Err(KeyError::TooOpen { path, mode });
        }
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

/// Permission bits and content, both of the one opened file.
fn load(path: &Path) -> io::Result<(u32, SecretSlice<u8>)> {
    let file = File::open(path)?;
    let mode = file.metadata()?.mode() & 0o777;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok((mode, bytes.into()))
}

/// Makes the file unless another process was first.
fn create(path: &Path, key: &SigningKey) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{:016x}.tmp", rand::random::<u64>()));
    let draft = PathBuf::from(name);
    let written = write_new(&draft, key.pkcs8.expose_secret());
    // A link, unlike a rename, leaves a file alone that is there already.
    let linked = written.and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    let removed = fs::remove_file(&draft);
    linked.and(removed)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::Barrier;

    use super::*;

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
        create(&folder.key(), &SigningKey::generate().unwrap()).unwrap();
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
