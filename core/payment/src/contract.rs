//! What an adapter of the payment ports must prove.
