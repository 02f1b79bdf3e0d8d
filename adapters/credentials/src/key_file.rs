//! Files that keep keys.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretSlice};

/// There is no usable key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The cryptographic library gave no key.
    #[error("no key could be generated")]
    Generation,
    /// The bytes are not a PKCS#8 document of an Ed25519 key.
    #[error("not an Ed25519 private key in PKCS#8 form")]
    Malformed,
    /// The text is not that of a sealing key.
    #[error("not 32 bytes in base64")]
    NotForSealing,
    /// Others than the owner may read or change the file.
    #[error("{} has mode {mode:03o}; a key needs 600", path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file could not be read or written.
    #[error("the key {} could not be kept", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// No key takes as much; whatever is longer is not read to its end.
const FILE_BYTES_MAX: u64 = 1_024;

/// The key in the file at `path`, which is made first when there is none.
///
/// The file appears complete or not at all, and an existing file is never replaced: of any number
/// of processes that start at once, all end with the same key.
pub(crate) fn load_or_create(
    path: &Path,
    make: impl FnOnce() -> Result<SecretSlice<u8>, KeyError>,
) -> Result<SecretSlice<u8>, KeyError> {
    let kept = match load(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create(path, make()?.expose_secret()).and_then(|()| load(path))
        }
        loaded => loaded,
    };
    let (mode, bytes) = kept.map_err(|source| KeyError::File { path: path.to_owned(), source })?;
    if mode & 0o077 != 0 {
        return Err(KeyError::TooOpen { path: path.to_owned(), mode });
    }
    Ok(bytes)
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
pub(crate) fn create(path: &Path, key: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{:016x}.tmp", rand::random::<u64>()));
    let draft = PathBuf::from(name);
    let written = write_new(&draft, key);
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

pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
