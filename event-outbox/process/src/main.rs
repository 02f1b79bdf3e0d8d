//! The relay as a process of its own.

fn main() {}
