//! Visitors without their names.

use aws_lc_rs::hmac;
use jangbogo_catalog::{ViewDay, Visitor, VisitorNames, Who};
use secrecy::ExposeSecret as _;

use crate::SigningKey;

/// Names visitors by a keyed hash (HMAC-SHA-256) of the day and of who they are. Neither address
/// nor browser can be found out from it without the key, and not even that one visitor of today is
/// one of yesterday.
pub struct HashedVisitors {
    key: hmac::Key,
}

/// What the key is for: the same secret signs tokens, and no hash of one use is one of another.
const PURPOSE: &[u8] = b"jangbogo visitors v1";

impl HashedVisitors {
    /// Names that every process with this key agrees on.
    pub fn new(key: &SigningKey) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, key.to_pkcs8().expose_secret());
        let derived = hmac::sign(&root, PURPOSE);
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()) }
    }
}

impl VisitorNames for HashedVisitors {
    fn name(&self, day: ViewDay, who: &Who<'_>) -> Visitor {
        let mut hash = hmac::Context::with_key(&self.key);
        hash.update(&day.number().to_be_bytes());
        match who {
            Who::Member(member) => {
                hash.update(b"m");
                hash.update(member.uuid().as_bytes());
            }
            Who::Stranger { address, user_agent } => {
                hash.update(b"s");
                // The address ends where the browser's name begins.
                hash.update(address.to_canonical().to_string().as_bytes());
                hash.update(b"\0");
                hash.update(user_agent);
            }
        }
        let mut name = [0; 32];
        name.copy_from_slice(hash.sign().as_ref());
        Visitor::new(name)
    }
}
