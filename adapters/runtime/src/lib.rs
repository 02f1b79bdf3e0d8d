//! What a process gives the core crates besides storage: time, ids and the combiner.
//!
//! * [`SystemClock`] and [`RandomIds`] for processes;
//! * [`ManualClock`] and [`SequentialIds`] for tests and simulations, where nothing is left to
//!   chance;
//! * [`Combiner`] puts commands that arrive together into one batch, so that they share one
//!   transaction; [`Lanes`] are several of them side by side;
//! * [`Singles`] runs the same commands one by one, several at the same time;
//! * [`CronTimetable`] and [`SystemWaiting`] tell jobs when to run, and let time pass;
//! * [`ProcessLocks`] are the locks of a process that has no lock server.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use jangbogo_kernel::{Clock as _, IdGenerator as _, Timestamp};
//! use jangbogo_runtime::{ManualClock, RandomIds};
//!
//! let clock = ManualClock::new(Timestamp::from_micros(0));
//! let ids = RandomIds::new(Arc::new(clock.clone()));
//! let earlier = ids.next_uuid();
//! clock.advance(Duration::from_secs(1));
//! assert_eq!(clock.now(), Timestamp::from_micros(1_000_000));
//! assert!(earlier < ids.next_uuid());
//! ```

mod clock;
mod combiner;
mod ids;
mod lanes;
mod locks;
mod singles;
mod timetable;
mod waiting;

pub use clock::{ManualClock, SystemClock};
pub use combiner::{BatchHandler, Combiner, CombinerSettings, SubmitError, Turn};
pub use ids::{RandomIds, SequentialIds};
pub use lanes::Lanes;
pub use locks::ProcessLocks;
pub use singles::{Singles, SinglesSettings};
pub use timetable::CronTimetable;
pub use waiting::{ManualWaiting, SystemWaiting};
