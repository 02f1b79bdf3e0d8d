//! The simulator seen over real HTTP, as a shop and a browser see it.

#[cfg(test)]
mod admin;
#[cfg(test)]
mod approve;
#[cfg(test)]
mod cancel;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod pay_page;
#[cfg(test)]
mod ready;
#[cfg(test)]
mod shop;
#[cfg(test)]
mod toss;
#[cfg(test)]
mod transport;
#[cfg(test)]
mod webhooks;
