//! The relay: claims published facts, delivers them to consumers, retries, dead letters.
