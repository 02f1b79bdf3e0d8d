//! Argon2id passwords, `EdDSA` access tokens and random refresh tokens: the credential ports of
//! the member crate.
//!
//! * [`Argon2Hasher`] hashes passwords on a few blocking threads and refuses when too many wait;
//! * [`Ed25519AccessTokens`] signs and reads access tokens with one pinned algorithm, by the time
//!   that it is given;
//! * [`RandomRefreshSecrets`] makes refresh tokens of which only a digest is stored;
//! * [`HashedVisitors`] takes the names off visitors;
//! * [`SigningKey`] is made once, kept in a file that only its owner may read, and never printed;
//! * [`Sealer`] writes secrets so that the database keeps them and cannot tell them, with a
//!   [`SealingKey`] that is kept like the other one.
//!
//! ```
//! use jangbogo_credentials::{RandomRefreshSecrets, SigningKey};
//! use jangbogo_member::RefreshSecrets as _;
//!
//! let secret = RandomRefreshSecrets.generate();
//! assert_eq!(RandomRefreshSecrets.digest(&secret.text), Some(secret.digest));
//!
//! let key = SigningKey::generate()?;
//! assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.id()));
//! # Ok::<(), jangbogo_credentials::KeyError>(())
//! ```

mod access_token;
mod key_file;
mod password;
mod refresh_secret;
mod sealer;
mod signing_key;
mod visitors;

pub use access_token::Ed25519AccessTokens;
pub use key_file::KeyError;
pub use password::Argon2Hasher;
pub use refresh_secret::RandomRefreshSecrets;
pub use sealer::{SealError, Sealer, SealingKey};
pub use signing_key::SigningKey;
pub use visitors::HashedVisitors;
