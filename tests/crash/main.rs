//! The shop is killed, and nothing is lost.
