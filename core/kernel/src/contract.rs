//! What an adapter of the kernel's ports must prove.
//!
//! Every function takes fresh adapters, acts, and says in words what it found broken.
