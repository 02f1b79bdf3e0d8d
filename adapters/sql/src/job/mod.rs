//! Runs, steps, chunks and schedules of jobs.

mod queries;
mod row;
mod runs;
mod schedules;
