//! Passwords, refresh tokens and access tokens.

use std::time::Duration;

use jangbogo_kernel::{IdGenerator, StoreError, Timestamp};

use super::made;
use crate::{
    AccessClaims, AccessTokens, Password, PasswordHasher, RefreshSecrets, Role, TokenError,
};

/// A hash knows its password and no other; equal passwords have different hashes, none of which
/// shows the password.
pub async fn a_hash_knows_its_password(hasher: &dyn PasswordHasher) -> Result<(), StoreError> {
    let password = made(Password::typed("정말 긴 비밀번호입니다"))?;
    let other = made(Password::typed("정말 긴 비밀번호입니다 "))?;
    let hash = made(hasher.hash(&password).await)?;
    let again = made(hasher.hash(&password).await)?;
    assert!(hash.as_str().starts_with('$'), "not in PHC format");
    assert!(hash.as_str() != again.as_str(), "two hashes are not salted");
    assert!(!hash.as_str().contains(password.expose()), "the hash shows it");
    for hash in [hash.clone(), again] {
        let known = made(hasher.verify(&password, Some(hash)).await)?;
        assert!(known, "a hash does not know its password");
    }
    let known = made(hasher.verify(&other, Some(hash)).await)?;
    assert!(!known, "a hash knows another password");
    Ok(())
}

/// Without a hash no password is right.
pub async fn no_hash_knows_no_password(hasher: &dyn PasswordHasher) -> Result<(), StoreError> {
    for text in [" ", "password1", "정말 긴 비밀번호입니다"] {
        let password = made(Password::typed(text))?;
        let known = made(hasher.verify(&password, None).await)?;
        assert!(!known, "{text:?} is right where there is no account");
    }
    Ok(())
}

/// A generated token is recognised by its digest, never repeats and cannot be guessed.
pub fn a_refresh_token_is_recognised(secrets: &dyn RefreshSecrets) {
    let mut texts = Vec::new();
    for _ in 0..100 {
        let secret = secrets.generate();
        let digest = secrets.digest(&secret.text);
        assert_eq!(digest, Some(secret.digest), "a token is not recognised");
        // 256 bits take 32 bytes and more in any text.
        assert!(secret.text.len() >= 32, "fewer than 256 bits");
        texts.push(secret.text);
    }
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), 100, "a token was made twice");
}

/// Text that cannot be a token has no digest.
pub fn what_is_no_refresh_token_has_no_digest(secrets: &dyn RefreshSecrets) {
    let text = secrets.generate().text;
    let half: String = text.chars().take(text.chars().count() / 2).collect();
    let twice = format!("{text}{text}");
    for bad in ["", " ", "토큰", &half, &twice, &format!("{text} ")] {
        assert_eq!(secrets.digest(bad), None, "{bad:?} passes for a token");
    }
}

/// A token gives back its claims until it expires.
pub fn an_access_token_says_what_was_claimed(
    tokens: &dyn AccessTokens,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    for role in [Role::Buyer, Role::Seller, Role::Admin] {
        let claims = claims(ids, role, now);
        let token = made(tokens.issue(&claims))?;
        let read = tokens.verify(&token, claims.issued_at);
        assert_eq!(read, Ok(claims), "the claims have changed");
        let read = tokens.verify(&token, claims.expires_at.plus(Duration::from_hours(1)));
        assert_eq!(read, Err(TokenError::Expired), "an hour after the token's end");
    }
    Ok(())
}

/// A token that was changed or never was one is refused.
pub fn a_forged_access_token_is_refused(
    tokens: &dyn AccessTokens,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let buyer = made(tokens.issue(&claims(ids, Role::Buyer, now)))?;
    let admin = made(tokens.issue(&claims(ids, Role::Admin, now)))?;
    // The admin's claims under the buyer's signature.
    let signature = buyer.rsplit('.').next().unwrap_or_default();
    let claimed = admin.rsplit_once('.').map_or("", |(claimed, _)| claimed);
    let forged = format!("{claimed}.{signature}");
    let unsigned = format!("{claimed}.");
    for bad in ["", "a.b.c", &forged, &unsigned, claimed] {
        let read = tokens.verify(bad, now);
        assert_eq!(read, Err(TokenError::Invalid), "{bad:?} passes");
    }
    Ok(())
}

fn claims(ids: &dyn IdGenerator, role: Role, now: Timestamp) -> AccessClaims {
    // Tokens count in whole seconds.
    let issued_at = Timestamp::from_micros(now.as_seconds() * 1_000_000);
    AccessClaims {
        member: ids.next(),
        role,
        session: ids.next(),
        issued_at,
        expires_at: issued_at.plus(Duration::from_mins(15)),
    }
}
