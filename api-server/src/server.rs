//! Listening, and stopping without dropping anybody.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::app::{AppState, router};
use crate::metrics::UPKEEP_EVERY;

/// How often rate limits forget whoever has been quiet.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// A listening server. Dropping it stops listening without waiting for anybody.
pub struct Server {
    state: AppState,
    address: SocketAddr,
    stop: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// Serves whoever connects to the listener.
    pub fn start(state: AppState, listener: TcpListener) -> anyhow::Result<Self> {
        let address = listener.local_addr().context("read the bound address")?;
        // Small answers must not wait for the client's acknowledgement; a socket that refuses the
        // option is merely slower.
        let listener = listener.tap_io(|socket| drop(socket.set_nodelay(true)));
        let stop = CancellationToken::new();
        let service = router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let serve =
            axum::serve(listener, service).with_graceful_shutdown(stop.clone().cancelled_owned());
        let serving = tokio::spawn(async move { serve.await });
        tokio::spawn(sweep(state.clone(), stop.clone()));
        tokio::spawn(keep_up(state.clone(), stop.clone()));
        Ok(Self { state, address, stop, serving })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting, lets requests under way finish within the configured time, then waits for
    /// work on money and for orders that have queued: both were promised to somebody.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        let longest = Duration::from_millis(self.state.config.server.shutdown_timeout_ms);
        match timeout(longest, &mut self.serving).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::error!(%error, "the HTTP server ended with an error"),
            Ok(Err(error)) => tracing::error!(%error, "the HTTP server's task ended early"),
            Err(_) => tracing::warn!("requests under way took too long to finish; going on"),
        }
        self.state.tasks.close();
        self.state.tasks.wait().await;
        self.state.shop.place_orders.shutdown().await;
        self.state.shop.change_carts.shutdown().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
        self.serving.abort();
    }
}

async fn keep_up(state: AppState, stop: CancellationToken) {
    let mut ticks = interval(UPKEEP_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        state.metrics.run_upkeep();
    }
}

async fn sweep(state: AppState, stop: CancellationToken) {
    let mut ticks = interval(SWEEP_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        state.limits.sweep();
    }
}
