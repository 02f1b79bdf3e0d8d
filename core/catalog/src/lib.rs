//! Products, discounts, categories, listing.
