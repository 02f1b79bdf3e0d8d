//! The batch process.

fn main() {}
