//! The HTTP process.
