//! Refresh tokens: 256 random bits as text for the client, a digest for the database.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jangbogo_member::{RefreshSecret, RefreshSecrets, TokenDigest};
use sha2::{Digest as _, Sha256};

/// Makes tokens of the form `rt_` and 43 letters of base64url.
///
/// A plain SHA-256 is enough for storage: nobody can guess 256 random bits, so slow hashing would
/// protect nothing. The prefix lets secret scanners find a leaked token.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomRefreshSecrets;

const PREFIX: &str = "rt_";
const RANDOM_BYTES: usize = 32;

impl RefreshSecrets for RandomRefreshSecrets {
    fn generate(&self) -> RefreshSecret {
        let random: [u8; RANDOM_BYTES] = rand::random();
        let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
        let digest = digest_of(&text);
        RefreshSecret { text, digest }
    }

    fn digest(&self, text: &str) -> Option<TokenDigest> {
        // Decoding into a fixed buffer bounds the work for whatever a client sends.
        let mut random = [0; RANDOM_BYTES];
        let encoded = text.strip_prefix(PREFIX)?;
        let length = URL_SAFE_NO_PAD.decode_slice(encoded, &mut random).ok()?;
        (length == RANDOM_BYTES).then(|| digest_of(text))
    }
}

fn digest_of(text: &str) -> TokenDigest {
    TokenDigest(Sha256::digest(text.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_token_is_recognised_and_never_repeats() {
        let first = RandomRefreshSecrets.generate();
        let second = RandomRefreshSecrets.generate();
        assert_eq!(RandomRefreshSecrets.digest(&first.text), Some(first.digest));
        assert_ne!(first.text, second.text);
        assert_ne!(first.digest, second.digest);
        assert_eq!(first.text.len(), 46);
    }

    #[test]
    fn the_digest_is_sha_256_of_the_whole_text() {
        let text = format!("rt_{}", "A".repeat(43));
        let digest = RandomRefreshSecrets.digest(&text).unwrap();
        let expected = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
        assert_eq!(digest.0.as_slice(), expected.as_ref());
    }

    #[test]
    fn other_shapes_are_not_ours() {
        let a = |letters: usize| "A".repeat(letters);
        for bad in [
            String::new(),
            "rt_".to_owned(),
            a(46),
            format!("rt_{}", a(42)),
            format!("rt_{}", a(44)),
            format!("rt_{}", a(100_000)),
            format!("rt_{}=", a(43)),
            format!("rt_{}+", a(42)),
            format!("rt_{}\n", a(43)),
            format!(" rt_{}", a(43)),
            format!("RT_{}", a(43)),
            // The last letter has two spare bits; only one spelling of a token is accepted.
            format!("rt_{}B", a(42)),
        ] {
            assert!(RandomRefreshSecrets.digest(&bad).is_none(), "{bad:.60}");
        }
    }
}
