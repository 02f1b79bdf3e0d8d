//! The shop over HTTP.
fn main() {}
