//! The batch charges what is due: each cycle once, on its days, whatever fails beside it.

use std::time::Duration;

use jangbogo_gateway_simulator::{Action, Call, Fault, When};
use jangbogo_job::{JobName, RunState, Tally};
use jangbogo_tests::{Actor, Scene, TestShop};

const DAY: Duration = Duration::from_hours(24);
const PRICE: i64 = Scene::PRICE;

fn done(count: u64) -> (RunState, Tally) {
    (RunState::Done, Tally { read: count, done: count, ..Tally::default() })
}

/// So many buyers with a subscription each, of one piece every thirty days.
async fn subscribers(shop: &TestShop, product: &str, count: usize) -> Vec<(Actor, String)> {
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        let buyer = shop.buyer().await;
        let id = buyer.subscribes(shop, product, 1, 30).await;
        all.push((buyer, id));
    }
    all
}

/// A no that may be a yes another day.
fn soft_decline() -> Action {
    Action::Decline { error_code: -780, method_result_code: "NOT_ENOUGH_BALANCE".to_owned() }
}

/// What each step of the youngest run has done.
async fn steps(shop: &TestShop) -> Vec<(String, u64)> {
    let billing: JobName = "billing".parse().unwrap();
    let runs = shop.opened().shop.job_queries.runs(Some(&billing), 1).await.unwrap();
    let steps = runs[0].steps.iter();
    steps.map(|step| (step.name.clone(), step.tally.read)).filter(|step| step.1 > 0).collect()
}

/// W-B2: who was not charged on the very day was never charged again.
#[tokio::test]
async fn a_missed_day_is_caught_up_and_a_second_run_changes_nothing() {
    let Scene { shop, product, .. } = Scene::open(50).await;
    let all = subscribers(&shop, &product, 3).await;
    assert_eq!(shop.money_moved().await, [PRICE; 3]);
    shop.time_goes_by(29 * DAY).await;
    assert_eq!(shop.runs_job("billing").await, done(0), "not a day too early");
    shop.time_goes_by(4 * DAY).await;
    assert_eq!(shop.runs_job("billing").await, done(3), "three days late, and not for ever");
    assert_eq!(steps(&shop).await, [("due".to_owned(), 3)]);
    assert_eq!(shop.money_moved().await, [PRICE; 6]);
    assert_eq!(shop.runs_job("billing").await, done(0), "a second run of the day");
    assert_eq!(shop.money_moved().await, [PRICE; 6]);
    for (mut buyer, id) in all {
        buyer.logs_in().await;
        assert_eq!(buyer.subscription(&id).await["status"], "active");
    }
    shop.close().await;
}

/// W-B1: the first item that failed silently took the rest of its chunk of twenty with it.
#[tokio::test]
async fn one_that_cannot_be_charged_takes_no_other_with_it() {
    let Scene { shop, product, .. } = Scene::open(50).await;
    subscribers(&shop, &product, 4).await;
    shop.time_goes_by(30 * DAY).await;
    // One is declined, of another nobody knows what became; both are in the same chunk.
    shop.faults(vec![
        Fault::new(Call::Charge, When::Before, soft_decline()).times(1),
        Fault::new(Call::Charge, When::After, Action::Reset).times(1),
    ])
    .await;
    let (state, tally) = shop.runs_job("billing").await;
    assert_eq!(state, RunState::Done);
    assert_eq!((tally.read, tally.done + tally.later, tally.failed), (4, 4, 0), "{tally:?}");
    assert!(tally.later <= 1, "{tally:?}");
    // Four first payments, and three charges: the unknown one did happen.
    let moved = shop.money_moved().await;
    assert!(moved.len() >= 6, "{moved:?}");
    shop.faults(Vec::new()).await;
    let before = shop.money_moved().await.len();
    shop.runs_job("billing").await;
    assert_eq!(shop.money_moved().await.len(), before, "neither is charged again today");
    shop.close_in_the_middle().await;
}

/// W-B3: the days after the first were never reached, and the subscription never ended. W-B6: a no
/// was taken for a failure of the line and asked for again at once.
#[tokio::test]
async fn what_is_declined_is_tried_on_its_days_and_then_ends() {
    let Scene { shop, product, .. } = Scene::open(50).await;
    let (mut buyer, id) = subscribers(&shop, &product, 1).await.remove(0);
    shop.time_goes_by(30 * DAY).await;
    shop.faults(vec![Fault::new(Call::Charge, When::Before, soft_decline())]).await;
    let days = ["due", "first-retry", "", "second-retry", "", "final-retry", ""];
    for (day, step) in days.iter().enumerate() {
        for attempt in ["first", "second"] {
            let (state, tally) = shop.runs_job("billing").await;
            let expected = u64::from(attempt == "first" && !step.is_empty());
            assert_eq!((state, tally.done), (RunState::Done, expected), "day {day}, {attempt}");
            if expected == 1 {
                assert_eq!(steps(&shop).await, [((*step).to_owned(), 1)], "day {day}");
            }
        }
        buyer.logs_in().await;
        let expected = if day < 5 { "past_due" } else { "cancelled" };
        assert_eq!(buyer.subscription(&id).await["status"], expected, "day {day}");
        shop.delivers_events().await;
        shop.time_goes_by(DAY).await;
    }
    assert_eq!(shop.money_moved().await, [PRICE], "the first payment alone");
    shop.close().await;
}

/// W-B3: a retry that had succeeded was read and charged again. Here the next day's try is the
/// charge of the cycle, and its last.
#[tokio::test]
async fn a_retry_that_succeeds_ends_the_dunning() {
    let Scene { shop, product, .. } = Scene::open(50).await;
    let (mut buyer, id) = subscribers(&shop, &product, 1).await.remove(0);
    shop.time_goes_by(30 * DAY).await;
    shop.provider_fails_once(Call::Charge, When::Before, soft_decline()).await;
    assert_eq!(shop.runs_job("billing").await, done(1));
    assert_eq!(shop.money_moved().await, [PRICE], "a no is an answer: it is not asked for again");
    shop.time_goes_by(DAY).await;
    assert_eq!(shop.runs_job("billing").await, done(1));
    assert_eq!(steps(&shop).await, [("first-retry".to_owned(), 1)]);
    assert_eq!(shop.money_moved().await, [PRICE, PRICE]);
    for _ in 0..6 {
        shop.time_goes_by(DAY).await;
        assert_eq!(shop.runs_job("billing").await, done(0));
    }
    buyer.logs_in().await;
    assert_eq!(buyer.subscription(&id).await["status"], "active");
    shop.close().await;
}
