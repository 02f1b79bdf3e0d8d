//! What Redis speeds up: the shared cache, its invalidation, locks, unique visitors. The database
//! decides; with Redis gone or flushed every answer stays right.
