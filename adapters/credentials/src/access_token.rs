//! Access tokens: JWTs (RFC 9068) signed with Ed25519, read with everything pinned (RFC 8725).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jangbogo_kernel::Timestamp;
use jangbogo_member::{
    AccessClaims, AccessTokens, CredentialError, MemberId, Role, SessionId, TokenError,
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use crate::SigningKey;

/// Signs with one key; accepts that key and former ones.
///
/// Reading trusts nothing in the token's header: algorithm, type and key are ours or the token is
/// refused, and keys that a token brings along are refused with it. Time is the caller's; there is
/// no leeway.
pub struct Ed25519AccessTokens {
    signer: EncodingKey,
    header: Header,
    /// Accepted keys with the exact header of their tokens.
    accepted: Vec<(Header, DecodingKey)>,
    validation: Validation,
    issuer: String,
    audience: String,
}

/// The token's body, with times in seconds as RFC 7519 wants them.
#[derive(Serialize, Deserialize)]
struct Body {
    iss: String,
    aud: String,
    sub: MemberId,
    sid: SessionId,
    role: Role,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
}

impl Ed25519AccessTokens {
    /// The longest token that is looked at.
    pub const TOKEN_BYTES_MAX: usize = 4_096;

    /// Issues tokens of `issuer` for `audience`, signed with `key`.
    pub fn new(key: &SigningKey, issuer: &str, audience: &str) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "nbf", "exp"]);
        // Both would ask the machine's clock; `verify` compares with the time that it is given.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Self {
            signer: EncodingKey::from_ed_der(key.to_pkcs8().expose_secret()),
            header: header_of(key),
            accepted: vec![accepted(key)],
            validation,
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
        }
    }

    /// Also accepts tokens signed with a former key, so that a rotation logs nobody out.
    #[must_use]
    pub fn accepting(mut self, former: &SigningKey) -> Self {
        self.accepted.push(accepted(former));
        self
    }

    fn read(&self, token: &str) -> Option<Body> {
        if token.len() > Self::TOKEN_BYTES_MAX {
            return None;
        }
        let header = jsonwebtoken::decode_header(token).ok()?;
        // The whole header must be the one we write: no other algorithm or type, no unknown key,
        // no `jwk`, `jku`, `x5u` or `crit`.
        let (_, key) = self.accepted.iter().find(|(ours, _)| *ours == header)?;
        let body = decode::<Body>(token, key, &self.validation).ok()?.claims;
        Some(body)
    }
}

impl AccessTokens for Ed25519AccessTokens {
    fn issue(&self, claims: &AccessClaims) -> Result<String, CredentialError> {
        let issued_at = claims.issued_at.as_seconds();
        let body = Body {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: claims.member,
            sid: claims.session,
            role: claims.role,
            iat: issued_at,
            nbf: issued_at,
            exp: claims.expires_at.as_seconds(),
            jti: URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>()),
        };
        encode(&self.header, &body, &self.signer)
            .map_err(|error| CredentialError::Failed(error.to_string()))
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenError> {
        let body = self.read(token).ok_or(TokenError::Invalid)?;
        let issued_at = seconds(body.iat)?;
        let expires_at = seconds(body.exp)?;
        if now < issued_at || now < seconds(body.nbf)? {
            return Err(TokenError::Invalid);
        }
        if now >= expires_at {
            return Err(TokenError::Expired);
        }
        Ok(AccessClaims {
            member: body.sub,
            role: body.role,
            session: body.sid,
            issued_at,
            expires_at,
        })
    }
}

fn header_of(key: &SigningKey) -> Header {
    Header { typ: Some("at+jwt".to_owned()), kid: Some(key.id()), ..Header::new(Algorithm::EdDSA) }
}

fn accepted(key: &SigningKey) -> (Header, DecodingKey) {
    (header_of(key), DecodingKey::from_ed_der(key.public_key()))
}

fn seconds(seconds: i64) -> Result<Timestamp, TokenError> {
    let micros = seconds.checked_mul(1_000_000);
    micros.map(Timestamp::from_micros).ok_or(TokenError::Invalid)
}

#[cfg(test)]
mod tests;
