//! What the process counts, in Prometheus's words.

use std::sync::OnceLock;
use std::time::Duration;

use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// How often what was recorded is folded into the histograms, which grow until then.
pub(crate) const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Upper bounds of times, seconds.
const SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0];
/// Upper bounds of batches, commands.
const SIZES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// The counters of the whole process, whichever shop of it counts.
#[derive(Clone)]
pub(crate) struct Metrics(Option<PrometheusHandle>);

impl Metrics {
    /// The process's own recorder, installed by whoever asks first. A program that embeds the shop
    /// and has installed another one keeps that, and shows it itself.
    pub(crate) fn of_process() -> Self {
        static INSTALLED: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
        Self(INSTALLED.get_or_init(install).clone())
    }

    /// Everything as text, unless another recorder has it.
    pub(crate) fn render(&self) -> Option<String> {
        self.0.as_ref().map(PrometheusHandle::render)
    }

    /// Folds what was recorded; to be called every [`UPKEEP_EVERY`].
    pub(crate) fn run_upkeep(&self) {
        if let Some(handle) = &self.0 {
            handle.run_upkeep();
        }
    }
}

fn install() -> Option<PrometheusHandle> {
    let seconds = Matcher::Suffix("_seconds".to_owned());
    let sizes = Matcher::Suffix("_size".to_owned());
    let installed = PrometheusBuilder::new()
        .set_buckets_for_metric(seconds, &SECONDS)
        .and_then(|builder| builder.set_buckets_for_metric(sizes, &SIZES))
        .and_then(PrometheusBuilder::install_recorder);
    match installed {
        Ok(handle) => {
            describe();
            Some(handle)
        }
        Err(error) => {
            tracing::warn!(%error, "this process's metrics are somebody else's");
            None
        }
    }
}

fn describe() {
    describe_counter!("http_requests_total", "Requests answered");
    describe_histogram!("http_request_seconds", "From a request's head to its answer's head");
    describe_gauge!("http_requests_in_flight", "Requests under way");
    describe_gauge!("database_pool_max", "Most connections of the pool");
    describe_gauge!("database_pool_open", "Connections that are open");
    describe_gauge!("database_pool_idle", "Open connections that nobody uses");
    describe_gauge!("database_pool_in_use", "Connections in use");
    describe_gauge!("database_pool_waiting", "Work that waits for a connection");
    describe_histogram!("database_acquire_seconds", "Wait for a connection or transaction");
    describe_counter!(
        "database_acquire_timeouts_total",
        "Waits given up because they took too long"
    );
    describe_gauge!("combiner_queue_depth", "Commands that wait for the next batch");
    describe_histogram!("combiner_batch_size", "Commands that shared a batch");
    describe_counter!("cache_hits_total", "Answers found in a cache, by its level");
    describe_counter!("cache_misses_total", "Answers not found in a cache, by its level");
    describe_counter!("cache_loads_total", "Answers asked for, by a reader or ahead of one");
    describe_counter!("cache_refreshes_total", "Answers renewed ahead of their end");
    describe_counter!("cache_stale_serves_total", "Old answers shown for want of the database");
    describe_gauge!("outbox_waiting_events", "Events on their way to their consumers");
    describe_gauge!("outbox_oldest_age_seconds", "How long the oldest of them has waited");
}
