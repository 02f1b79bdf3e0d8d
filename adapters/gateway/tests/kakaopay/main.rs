//! KakaoPay's adapter against the simulator, over HTTP.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod capture;
#[cfg(test)]
mod refund;
#[cfg(test)]
mod shop;
#[cfg(test)]
mod silence;
