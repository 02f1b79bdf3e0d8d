//! Every item settles by itself.

use std::time::Duration;

use jangbogo_job::{ItemNote, Outcome, PreviewJob, Ran, RunState, Tally};
use jangbogo_kernel::Clock as _;

use super::on_both_engines;
use super::work::{Does, Office, Shelf, day, item, tally_of};

const TODAY: &str = "2026-11-26";

on_both_engines! {
    an_item_that_fails_takes_no_other_with_it,
    only_what_cannot_be_reached_is_tried_again,
    nobody_there_ends_the_run_and_the_next_goes_on,
    the_end_is_stored_before_the_run_returns,
    a_second_run_of_a_day_finds_nothing,
    a_dry_run_writes_nothing,
}

fn failed(why: &str) -> Does {
    Does::Ends(Outcome::Failed(why.to_owned()))
}

/// W-B1: the first item that failed took the rest of its chunk with it, and nobody knew.
async fn an_item_that_fails_takes_no_other_with_it(office: &Office) {
    let shelf = Shelf::full(office, 45);
    shelf.set(1, failed("it's broken"));
    shelf.set(20, failed("so is this"));
    shelf.set(21, Does::Ends(Outcome::Later("tomorrow".to_owned())));
    shelf.set(22, Does::Ends(Outcome::Skipped("nothing to do".to_owned())));
    let Ran::Over(run, steps) = office.host().runs(&shelf.job(), TODAY).await else {
        panic!("it has ended")
    };
    assert_eq!(run.state, RunState::DoneWithAttention);
    assert_eq!(tally_of(&steps), Tally { read: 45, done: 41, skipped: 1, failed: 2, later: 1 });
    assert_eq!(shelf.settled().len(), 45, "each was tried once: a refusal is an answer");
    let note = |number, outcome| ItemNote { item: item(number), outcome };
    let notes = office.queries.notes(run.id, 100).await.unwrap();
    let expected = [
        note(1, Outcome::Failed("it's broken".to_owned())),
        note(20, Outcome::Failed("so is this".to_owned())),
        note(21, Outcome::Later("tomorrow".to_owned())),
    ];
    assert_eq!(notes, expected, "kept with their reasons");
}

/// W-B6: a breaker's fallback made retries of refusals, and the retries had no configuration.
async fn only_what_cannot_be_reached_is_tried_again(office: &Office) {
    let shelf = Shelf::with(
        office,
        [(1, Does::IsAway(2)), (2, Does::IsAway(9)), (3, failed("no")), (4, Does::IsAway(1))],
    );
    let began = office.clock.now();
    let Ran::Over(run, steps) = office.host().runs(&shelf.job(), TODAY).await else {
        panic!("it has ended")
    };
    let tries = |number| {
        let settled = shelf.settled.lock().unwrap();
        let of_item = settled.iter().filter(|(one, _)| *one == item(number));
        of_item.map(|(_, at)| at.since(began).as_secs()).collect::<Vec<u64>>()
    };
    assert_eq!(tries(1), [0, 2, 10], "after 2 and 8 seconds");
    assert_eq!(tries(2), [10, 12, 20], "three tries and no more");
    assert_eq!(tries(3), [20], "a refusal is an answer");
    assert_eq!(tries(4), [20, 22]);
    assert!(office.clock.now().since(began) <= Duration::from_mins(5));
    assert_eq!(run.state, RunState::DoneWithAttention);
    assert_eq!(tally_of(&steps), Tally { read: 4, done: 2, failed: 2, ..Tally::default() });
}

async fn nobody_there_ends_the_run_and_the_next_goes_on(office: &Office) {
    let shelf = Shelf::full(office, 60);
    (15..=40).for_each(|number| shelf.set(number, Does::IsAway(1_000)));
    let job = shelf.job();
    let Ran::Over(run, steps) = office.host().runs(&job, TODAY).await else {
        panic!("it has ended")
    };
    assert_eq!(run.state, RunState::Failed);
    assert!(run.reason.contains("item-00024 is away"), "{}", run.reason);
    let expected = Tally { read: 23, done: 14, failed: 9, ..Tally::default() };
    assert_eq!(tally_of(&steps), expected, "the tenth is still to be settled");
    (15..=40).for_each(|number| shelf.set(number, Does::Ends(Outcome::Done)));
    let Ran::Over(again, steps) = office.host().runs(&job, TODAY).await else {
        panic!("it has ended")
    };
    assert_eq!((again.id, again.taken_up), (run.id, 2), "the same run goes on");
    let expected = Tally { read: 60, done: 51, failed: 9, ..Tally::default() };
    assert_eq!((again.state, tally_of(&steps)), (RunState::DoneWithAttention, expected));
    let Ran::Over(third, steps) = office.host().runs(&job, TODAY).await else {
        panic!("it has ended")
    };
    assert_ne!(third.id, run.id, "an ended run is not taken up");
    let expected = Tally { read: 9, done: 9, ..Tally::default() };
    assert_eq!((third.state, tally_of(&steps)), (RunState::Done, expected), "what had failed");
    assert!(shelf.is_empty());
}

/// W-B8: the process went away before the frame had stored how it ended.
async fn the_end_is_stored_before_the_run_returns(office: &Office) {
    let shelf = Shelf::full(office, 20);
    let Ran::Over(run, steps) = office.host().runs(&shelf.job(), TODAY).await else {
        panic!("it has ended")
    };
    let stored = office.last_run().await;
    assert_eq!((stored.run, stored.steps), (run.clone(), steps));
    assert_eq!((run.state, run.finished_at), (RunState::Done, Some(office.clock.now())));
}

async fn a_second_run_of_a_day_finds_nothing(office: &Office) {
    let shelf = Shelf::full(office, 20);
    office.host().runs(&shelf.job(), TODAY).await;
    let Ran::Over(second, steps) = office.host().runs(&shelf.job(), TODAY).await else {
        panic!("it has ended")
    };
    assert_eq!((second.state, tally_of(&steps)), (RunState::Done, Tally::default()));
    assert_eq!(shelf.settled().len(), 20, "nothing was settled again");
    let idle = office.host().runs_by_schedule(&shelf.job(), TODAY).await;
    assert_eq!((idle, office.runs().await.len()), (Ran::Idle, 2), "a schedule leaves no trace");
}

async fn a_dry_run_writes_nothing(office: &Office) {
    let shelf = Shelf::full(office, 250);
    let preview = PreviewJob::run(&shelf.job(), day(TODAY)).await.unwrap();
    assert_eq!((preview.len(), preview[0].waiting), (1, 250));
    assert_eq!(preview[0].items.first(), Some(&item(1)));
    assert_eq!(shelf.settled(), [""; 0], "nothing was settled");
    assert_eq!(office.runs().await, [], "nothing was written down");
}
