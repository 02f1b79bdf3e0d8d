//! Processes are killed, stopped and paused; hosts share a run.

use std::collections::BTreeSet;

use jangbogo_job::{ItemPolicy, Outcome, Ran, RunState, Tally};
use tokio::join;

use super::on_both_engines;
use super::work::{Does, LEASE, Office, Shelf, item, tally_of};

const TODAY: &str = "2026-11-26";

on_both_engines! {
    a_killed_run_goes_on_from_its_checkpoint,
    hosts_share_a_run_and_no_item_twice,
    a_host_waits_for_what_another_has_in_hand,
    a_stopped_host_gives_back_what_it_has_in_hand,
    who_was_paused_past_the_lease_is_refused,
    a_long_item_keeps_its_chunk,
    a_later_date_takes_over_what_was_left,
}

async fn a_killed_run_goes_on_from_its_checkpoint(office: &Office) {
    let shelf = Shelf::full(office, 100);
    shelf.set(55, Does::Hangs);
    let job = shelf.job();
    office.host().is_killed_at_work(&job, TODAY, &shelf.hanging).await;
    let left = office.last_run().await;
    assert_eq!(left.run.state, RunState::Running);
    assert_eq!(tally_of(&left.steps).read, 40, "two chunks are settled");
    shelf.set(55, Does::Ends(Outcome::Done));
    office.clock.advance(LEASE);
    let Ran::Over(run, steps) = office.host().runs(&job, TODAY).await else {
        panic!("it has ended")
    };
    assert_eq!((run.id, run.state, run.taken_up), (left.run.id, RunState::Done, 2));
    // The chunk in hand was settled again; what it had done before says so.
    let expected = Tally { read: 100, done: 86, skipped: 14, ..Tally::default() };
    assert_eq!(tally_of(&steps), expected);
    assert_eq!(shelf.settled().len(), 115, "the chunk in hand, up to the item that hung");
    assert!(shelf.is_empty());
}

async fn hosts_share_a_run_and_no_item_twice(office: &Office) {
    let shelf = Shelf::full(office, 500);
    let job = shelf.job_with(ItemPolicy { parallel: 3, chunk: 7, ..ItemPolicy::default() });
    let (one, two, three) = (office.host(), office.host(), office.host());
    let (one, two, three) =
        join!(one.runs(&job, TODAY), two.runs(&job, TODAY), three.runs(&job, TODAY));
    for ran in [one, two, three] {
        let Ran::Over(run, _) = ran else { panic!("each sees the end: {ran:?}") };
        assert_eq!(run.state, RunState::Done);
    }
    let runs = office.runs().await;
    assert_eq!(runs.len(), 1, "one run");
    assert_eq!(tally_of(&runs[0].steps), Tally { read: 500, done: 500, ..Tally::default() });
    let settled = shelf.settled();
    let different: BTreeSet<&String> = settled.iter().collect();
    assert_eq!((settled.len(), different.len()), (500, 500));
}

async fn a_host_waits_for_what_another_has_in_hand(office: &Office) {
    let shelf = Shelf::full(office, 30);
    shelf.set(7, Does::Hangs);
    let job = shelf.job();
    office.host().is_killed_at_work(&job, TODAY, &shelf.hanging).await;
    shelf.set(7, Does::Ends(Outcome::Done));
    // A schedule has others to care for.
    let ran = office.host().runs_by_schedule(&job, TODAY).await;
    assert!(matches!(ran, Ran::Left(_)), "{ran:?}");
    assert_eq!(tally_of(&office.last_run().await.steps).read, 10, "what was free is settled");
    // A person waits for the end, here until the lease of the killed one is over.
    let Ran::Over(run, steps) = office.host().runs(&job, TODAY).await else {
        panic!("it has ended")
    };
    assert_eq!((run.state, tally_of(&steps).read), (RunState::Done, 30));
    assert!(shelf.is_empty());
}

async fn a_stopped_host_gives_back_what_it_has_in_hand(office: &Office) {
    let shelf = Shelf::full(office, 50);
    let job = shelf.job();
    let host = office.host();
    let stops = async {
        while shelf.settled().len() < 33 {
            tokio::task::yield_now().await;
        }
        host.stop.cancel();
    };
    let (ran, ()) = join!(host.runs(&job, TODAY), stops);
    assert!(matches!(ran, Ran::Left(_)), "{ran:?}");
    let at_the_stop = shelf.settled().len();
    let read = usize::try_from(tally_of(&office.last_run().await.steps).read).unwrap();
    assert_eq!(read, at_the_stop, "what was settled is counted");
    let Ran::Over(run, steps) = office.host().runs(&job, TODAY).await else {
        panic!("it has ended")
    };
    assert_eq!((run.state, tally_of(&steps).done), (RunState::Done, 50));
    assert_eq!(shelf.settled().len(), 50, "nothing was settled twice, and nobody waited");
}

/// I21: whoever comes back after its lease finds that its chunk is another's.
async fn who_was_paused_past_the_lease_is_refused(office: &Office) {
    let shelf = Shelf::full(office, 20);
    shelf.set(5, Does::Pauses);
    let (job, host) = (shelf.job(), office.host());
    let mut paused = Box::pin(host.runs(&job, TODAY));
    tokio::select! {
        ran = &mut paused => panic!("it is paused: {ran:?}"),
        () = shelf.hanging.notified() => {}
    }
    shelf.set(5, Does::Ends(Outcome::Done));
    office.clock.advance(LEASE);
    let Ran::Over(run, steps) = office.host().runs(&job, TODAY).await else {
        panic!("it has ended")
    };
    let expected = Tally { read: 20, done: 16, skipped: 4, ..Tally::default() };
    assert_eq!((run.state, tally_of(&steps)), (RunState::Done, expected));
    // Back at work, it finishes its item, and may write nothing about it.
    shelf.goes_on.notify_one();
    let Ran::Over(seen, steps) = paused.await else { panic!("it sees the end") };
    assert_eq!((seen, tally_of(&steps)), (run, expected), "the chunk was counted once");
    assert_eq!(shelf.settled().len(), 25, "five by one, twenty by the other");
}

async fn a_long_item_keeps_its_chunk(office: &Office) {
    let shelf = Shelf::full(office, 20);
    (1..=20).for_each(|number| shelf.set(number, Does::Takes(LEASE / 2)));
    let job = shelf.job();
    let Ran::Over(run, _) = office.host().runs(&job, TODAY).await else { panic!("it has ended") };
    assert_eq!((run.state, run.taken_up), (RunState::Done, 1));
    assert_eq!(shelf.settled().len(), 20, "the lease was renewed in between");
}

async fn a_later_date_takes_over_what_was_left(office: &Office) {
    let shelf = Shelf::full(office, 30);
    shelf.set(25, Does::Hangs);
    let job = shelf.job();
    office.host().is_killed_at_work(&job, TODAY, &shelf.hanging).await;
    shelf.set(25, Does::Ends(Outcome::Done));
    office.clock.advance(LEASE);
    let Ran::Over(run, steps) = office.host().runs(&job, "2026-11-27").await else {
        panic!("it has ended")
    };
    assert_eq!((run.state, tally_of(&steps).read), (RunState::Done, 6), "W-B2: what was missed");
    let runs = office.runs().await;
    let states: Vec<RunState> = runs.iter().map(|view| view.run.state).collect();
    assert_eq!(states.iter().filter(|state| **state == RunState::Abandoned).count(), 1);
    assert_eq!(states.len(), 2);
    assert!(shelf.is_empty(), "{}", item(25));
}
