//! Passwords and tokens, as the shop makes them.

use jangbogo_credentials::{Argon2Hasher, Ed25519AccessTokens, RandomRefreshSecrets, SigningKey};
use jangbogo_member::contract;
use jangbogo_member::{AccessTokens, PasswordHasher, RefreshSecrets};
use jangbogo_runtime::SequentialIds;

use crate::fresh::NOW;

pub(crate) const LISTED: &[&str] = &[
    "a_hash_knows_its_password",
    "no_hash_knows_no_password",
    "a_refresh_token_is_recognised",
    "what_is_no_refresh_token_has_no_digest",
    "an_access_token_says_what_was_claimed",
    "a_forged_access_token_is_refused",
];

fn hasher() -> impl PasswordHasher {
    Argon2Hasher::new(2, 10)
}

fn refresh_secrets() -> impl RefreshSecrets {
    RandomRefreshSecrets
}

fn access_tokens() -> impl AccessTokens {
    Ed25519AccessTokens::new(&SigningKey::generate().unwrap(), "a-shop", "its-api")
}

#[tokio::test]
async fn a_hash_knows_its_password() {
    contract::a_hash_knows_its_password(&hasher()).await.unwrap();
}

#[tokio::test]
async fn no_hash_knows_no_password() {
    contract::no_hash_knows_no_password(&hasher()).await.unwrap();
}

#[test]
fn a_refresh_token_is_recognised() {
    contract::a_refresh_token_is_recognised(&refresh_secrets());
}

#[test]
fn what_is_no_refresh_token_has_no_digest() {
    contract::what_is_no_refresh_token_has_no_digest(&refresh_secrets());
}

#[test]
fn an_access_token_says_what_was_claimed() {
    let ids = SequentialIds::new();
    contract::an_access_token_says_what_was_claimed(&access_tokens(), &ids, NOW).unwrap();
}

#[test]
fn a_forged_access_token_is_refused() {
    let ids = SequentialIds::new();
    contract::a_forged_access_token_is_refused(&access_tokens(), &ids, NOW).unwrap();
}
