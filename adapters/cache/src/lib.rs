//! In-process caches in front of query ports, with a second level that all processes share.
//!
//! [`CachedProducts`] shows products: the first pages of lists, the main page, product pages. How
//! old an answer may be is a promise, kept on the clock of the shop whatever messages are lost:
//!
//! | what | own changes | of other processes | at the latest |
//! |---|---|---|---|
//! | a product's page, and that it is gone | at once | at once | – |
//! | first pages of lists, the main page | at once | by notice | [`CacheSettings::list_ttl`] |
//! | stock, sales and views in them | – | – | [`CacheSettings::list_ttl`] |
//! | a product that was not there before | at once | by notice | [`CacheSettings::absent_ttl`] |
//!
//! While the database does not answer, all of it may be [`CacheSettings::stale_max`] older.
//!
//! A product's page is exact because its version, stock, sales, views and seller are looked at each
//! time, by key; the cache spares reading its long texts, for [`CacheSettings::product_ttl`].
//! Further pages of a list are read from the database each time, so that following cursors is as
//! exact as ever. Orders never ask here: they read the database in their own transaction.
//!
//! Entries keep their own times and are judged by the shop's clock; moka bounds their size and lets
//! one reader load for all who wait. Errors are not kept.
//!
//! [`MemoryVisitors`] is the in-process sketch of who looked at what.

mod coalesced;
mod entry;
mod load;
mod plain;
mod products;
mod settings;
mod shared;
mod stored;
mod visitors;

pub use plain::PlainProducts;
pub use products::{CachedProducts, Sharing};
pub use settings::CacheSettings;
pub use visitors::MemoryVisitors;
