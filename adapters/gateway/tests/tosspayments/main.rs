//! TossPayments' adapter against the simulator, over HTTP.

#[cfg(test)]
mod payments;
#[cfg(test)]
mod shop;
