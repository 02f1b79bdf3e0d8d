//! Argon2id passwords and EdDSA access tokens.
