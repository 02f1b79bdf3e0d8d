//! The invariant checker against a healthy shop, and against one breach after the other.

#[cfg(test)]
mod breaches;
#[cfg(test)]
mod checker;
#[cfg(test)]
mod database;
