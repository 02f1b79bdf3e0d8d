//! Waiting for what happens by itself.

use std::time::Duration;

const ASKED_EVERY: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks until the answer is yes: for what is under way in another task, which moved time does not
/// hurry.
pub async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    let mut ticks = tokio::time::interval(ASKED_EVERY);
    let asking = async {
        while !holds().await {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.expect("it never happened");
}
