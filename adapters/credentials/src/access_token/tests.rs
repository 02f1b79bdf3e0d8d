//! Good tokens pass, forged ones do not.

use std::time::Duration;

use jangbogo_kernel::Uuid;
use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "https://shop.example";
const AUDIENCE: &str = "jangbogo-api";

fn now() -> Timestamp {
    "2026-11-21T02:03:04Z".parse().unwrap()
}

fn tokens(key: &SigningKey) -> Ed25519AccessTokens {
    Ed25519AccessTokens::new(key, ISSUER, AUDIENCE)
}

fn claims() -> AccessClaims {
    AccessClaims {
        member: MemberId::new(Uuid::from_u128(1)),
        role: Role::Seller,
        session: SessionId::new(Uuid::from_u128(2)),
        issued_at: now(),
        expires_at: now().plus(Duration::from_mins(15)),
    }
}

/// Header and body as JSON, to be changed and signed again.
fn parts(token: &str) -> (Value, Value) {
    let json = |part: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    let mut parts = token.split('.');
    (json(parts.next().unwrap()), json(parts.next().unwrap()))
}

/// A token of any header and body with a true signature of `key`.
fn sign(header: &str, body: &str, key: &SigningKey) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(body));
    let pkcs8 = key.to_pkcs8();
    let pair = aws_lc_rs::signature::Ed25519KeyPair::from_pkcs8(pkcs8.expose_secret()).unwrap();
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// A good token with one field of header (`h`) or body (`b`) set, or removed by `null`.
fn altered(key: &SigningKey, part: char, field: &str, value: Value) -> String {
    let (mut header, mut body) = parts(&tokens(key).issue(&claims()).unwrap());
    let target = if part == 'h' { &mut header } else { &mut body };
    let fields = target.as_object_mut().unwrap();
    if value.is_null() {
        fields.remove(field).expect("the field was there");
    } else {
        fields.insert(field.to_owned(), value);
    }
    sign(&header.to_string(), &body.to_string(), key)
}

#[test]
fn an_issued_token_tells_its_claims() {
    let key = SigningKey::generate().unwrap();
    let token = tokens(&key).issue(&claims()).unwrap();
    assert_eq!(tokens(&key).verify(&token, now()), Ok(claims()));

    let (header, body) = parts(&token);
    assert_eq!(header, json!({"typ": "at+jwt", "alg": "EdDSA", "kid": key.id()}));
    assert_eq!(body["sub"], "mem_00000000000000000000000000000001");
    assert_eq!(body["sid"], "ses_00000000000000000000000000000002");
    assert_eq!(body["role"], "seller");
    assert_eq!(body["exp"], now().as_seconds() + 900);
    let again = tokens(&key).issue(&claims()).unwrap();
    assert_ne!(parts(&again).1["jti"], body["jti"]);
}

#[test]
fn time_is_the_caller_s_and_has_no_leeway() {
    let key = SigningKey::generate().unwrap();
    let tokens = tokens(&key);
    let token = tokens.issue(&claims()).unwrap();
    let moment = Duration::from_micros(1);
    let end = claims().expires_at;
    assert_eq!(tokens.verify(&token, now().minus(moment)), Err(TokenError::Invalid));
    assert!(tokens.verify(&token, end.minus(moment)).is_ok());
    assert_eq!(tokens.verify(&token, end), Err(TokenError::Expired));
}

#[test]
fn the_helper_that_signs_altered_tokens_signs_well() {
    let key = SigningKey::generate().unwrap();
    let token = altered(&key, 'b', "role", json!("buyer"));
    assert_eq!(tokens(&key).verify(&token, now()).unwrap().role, Role::Buyer);
}

#[test]
fn well_signed_tokens_with_a_wrong_header_are_refused() {
    let key = SigningKey::generate().unwrap();
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA",
        "x": URL_SAFE_NO_PAD.encode(key.public_key())});
    for (field, value) in [
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("ES256")),
        ("alg", json!("eddsa")),
        ("alg", Value::Null),
        ("typ", json!("JWT")),
        ("typ", json!("rt+jwt")),
        ("typ", Value::Null),
        ("kid", json!("another")),
        ("kid", json!("../../dev/null")),
        ("kid", Value::Null),
        ("jwk", jwk),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/chain.pem")),
        ("x5c", json!(["AAAA"])),
        ("cty", json!("JWT")),
        ("crit", json!(["exp"])),
        ("zip", json!("DEF")),
        ("surprise", json!(true)),
    ] {
        let token = altered(&key, 'h', field, value.clone());
        let refused = tokens(&key).verify(&token, now());
        assert_eq!(refused, Err(TokenError::Invalid), "{field}: {value}");
    }
}

#[test]
fn well_signed_tokens_with_a_wrong_body_are_refused() {
    let key = SigningKey::generate().unwrap();
    let later = now().as_seconds() + 1;
    for (field, value) in [
        ("iss", json!("https://evil.example")),
        ("iss", json!([ISSUER])),
        ("iss", Value::Null),
        ("aud", json!("another-api")),
        ("aud", json!([AUDIENCE, "another-api"])),
        ("aud", Value::Null),
        ("sub", json!("ses_00000000000000000000000000000001")),
        ("sub", json!("mem_1")),
        ("sub", Value::Null),
        ("sid", json!("mem_00000000000000000000000000000001")),
        ("sid", Value::Null),
        ("role", json!("owner")),
        ("role", Value::Null),
        ("nbf", json!(later)),
        ("nbf", Value::Null),
        ("iat", json!(later)),
        ("iat", Value::Null),
        ("exp", json!("2030-01-01")),
        ("exp", json!(-1)),
        ("exp", json!(i64::MAX)),
        ("exp", json!(u64::MAX)),
        ("exp", Value::Null),
        ("jti", Value::Null),
    ] {
        let token = altered(&key, 'b', field, value.clone());
        let refused = tokens(&key).verify(&token, now());
        assert_eq!(refused, Err(TokenError::Invalid), "{field}: {value}");
    }
    let old = altered(&key, 'b', "exp", json!(now().as_seconds()));
    assert_eq!(tokens(&key).verify(&old, now()), Err(TokenError::Expired));
}

#[test]
fn a_claim_said_twice_is_refused() {
    let key = SigningKey::generate().unwrap();
    let (header, body) = parts(&tokens(&key).issue(&claims()).unwrap());
    let twice = body.to_string().replacen('{', r#"{"role":"admin","#, 1);
    let token = sign(&header.to_string(), &twice, &key);
    assert_eq!(tokens(&key).verify(&token, now()), Err(TokenError::Invalid));
}

#[test]
fn a_token_of_another_key_is_refused_even_under_our_key_s_name() {
    let key = SigningKey::generate().unwrap();
    let other = SigningKey::generate().unwrap();
    let foreign = tokens(&other).issue(&claims()).unwrap();
    assert_eq!(tokens(&key).verify(&foreign, now()), Err(TokenError::Invalid));

    let (header, body) = parts(&tokens(&key).issue(&claims()).unwrap());
    let forged = sign(&header.to_string(), &body.to_string(), &other);
    assert_eq!(tokens(&key).verify(&forged, now()), Err(TokenError::Invalid));
    // An expired forgery must not be told apart from any other.
    let late = claims().expires_at;
    assert_eq!(tokens(&key).verify(&forged, late), Err(TokenError::Invalid));
}

#[test]
fn no_signature_and_a_public_key_as_hmac_secret_are_refused() {
    let key = SigningKey::generate().unwrap();
    let good = tokens(&key).issue(&claims()).unwrap();
    let (_, body) = parts(&good);
    let none = json!({"alg": "none", "typ": "at+jwt", "kid": key.id()}).to_string();
    let message =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(none), URL_SAFE_NO_PAD.encode(body.to_string()));
    let header = Header { alg: Algorithm::HS256, ..header_of(&key) };
    let secret = EncodingKey::from_secret(key.public_key());
    let swapped = encode(&header, &body, &secret).unwrap();
    for forged in [message.clone(), format!("{message}."), swapped] {
        let refused = tokens(&key).verify(&forged, now());
        assert_eq!(refused, Err(TokenError::Invalid), "{forged}");
    }
}

#[test]
fn damaged_tokens_are_refused() {
    let key = SigningKey::generate().unwrap();
    let tokens = tokens(&key);
    let good = tokens.issue(&claims()).unwrap();
    for length in 0..good.len() {
        let cut = &good[..length];
        assert_eq!(tokens.verify(cut, now()), Err(TokenError::Invalid), "{cut}");
    }
    for place in 0..good.len() {
        let letter = if good.as_bytes()[place] == b'A' { "B" } else { "A" };
        let mut changed = good.clone();
        changed.replace_range(place..=place, letter);
        let refused = tokens.verify(&changed, now());
        assert_eq!(refused, Err(TokenError::Invalid), "{changed}");
    }
    for odd in [format!("{good}."), format!("{good}=="), format!(" {good}")] {
        assert_eq!(tokens.verify(&odd, now()), Err(TokenError::Invalid));
    }
}

#[test]
fn an_oversized_token_is_refused_however_well_signed() {
    let key = SigningKey::generate().unwrap();
    let padded = |letters: usize| altered(&key, 'b', "pad", json!("x".repeat(letters)));
    assert!(tokens(&key).verify(&padded(1_000), now()).is_ok());
    let long = padded(3_000);
    assert!(long.len() > Ed25519AccessTokens::TOKEN_BYTES_MAX);
    assert_eq!(tokens(&key).verify(&long, now()), Err(TokenError::Invalid));
}

#[test]
fn after_a_rotation_the_former_key_is_for_reading_alone() {
    let former = SigningKey::generate().unwrap();
    let key = SigningKey::generate().unwrap();
    let old = tokens(&former).issue(&claims()).unwrap();
    let rotated = tokens(&key).accepting(&former);
    assert_eq!(rotated.verify(&old, now()), Ok(claims()));
    let new = rotated.issue(&claims()).unwrap();
    assert_eq!(parts(&new).0["kid"], key.id());
    assert_eq!(rotated.verify(&new, now()), Ok(claims()));
}
