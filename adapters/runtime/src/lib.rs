//! System clock, random ids, the combiner.
