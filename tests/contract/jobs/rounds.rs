//! Steps that work in rounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use jangbogo_job::{
    BusinessDate, ItemNote, Job, Outcome, Ran, RetryPolicy, RoundDone, RoundWork, RunState, Step,
    Tally, Work, WorkError,
};
use jangbogo_kernel::StoreError;
use tokio::join;

use super::on_both_engines;
use super::work::{Office, name, tally_of};

const TODAY: &str = "2026-11-26";

on_both_engines! {
    rounds_go_on_until_nothing_is_left,
    one_host_at_a_time_makes_rounds,
    a_round_that_cannot_be_made_fails_the_run,
}

/// So many things wait, of which each round does up to ten.
struct Pile {
    waiting: AtomicU32,
    rounds: AtomicU32,
    fails: Option<fn() -> WorkError>,
}

impl Pile {
    fn of(waiting: u32) -> Self {
        Self { waiting: waiting.into(), rounds: 0.into(), fails: None }
    }

    fn job(self: &Arc<Self>) -> Job {
        let work = Work::Rounds(self.clone(), RetryPolicy::default());
        let steps = vec![Step { name: "pile", work }];
        Job { name: name("pile"), about: "works off a pile", steps }
    }
}

#[async_trait]
impl RoundWork for Pile {
    async fn waiting(&self, _as_of: BusinessDate) -> Result<u64, WorkError> {
        Ok(self.waiting.load(Ordering::Relaxed).into())
    }

    async fn round(&self, _as_of: BusinessDate) -> Result<RoundDone, WorkError> {
        let round = self.rounds.fetch_add(1, Ordering::Relaxed);
        tokio::task::yield_now().await;
        if let Some(error) = self.fails {
            return Err(error());
        }
        let waiting = self.waiting.load(Ordering::Relaxed);
        let done = waiting.min(10);
        self.waiting.store(waiting - done, Ordering::Relaxed);
        let note = ItemNote { item: "odd".to_owned(), outcome: Outcome::Failed("odd".to_owned()) };
        let notes = if round == 1 { vec![note] } else { Vec::new() };
        Ok(RoundDone { done: done.into(), notes, has_more: done == 10 })
    }
}

async fn rounds_go_on_until_nothing_is_left(office: &Office) {
    let pile = Arc::new(Pile::of(35));
    let Ran::Over(run, steps) = office.host().runs(&pile.job(), TODAY).await else {
        panic!("it has ended")
    };
    let expected = Tally { read: 36, done: 35, failed: 1, ..Tally::default() };
    assert_eq!((run.state, tally_of(&steps)), (RunState::DoneWithAttention, expected));
    assert_eq!(pile.rounds.load(Ordering::Relaxed), 4);
    let notes = office.queries.notes(run.id, 9).await.unwrap();
    assert_eq!(notes.len(), 1);
    let idle = office.host().runs_by_schedule(&pile.job(), TODAY).await;
    assert_eq!((idle, office.runs().await.len()), (Ran::Idle, 1), "no trace, and no round");
    assert_eq!(pile.rounds.load(Ordering::Relaxed), 4);
}

async fn one_host_at_a_time_makes_rounds(office: &Office) {
    let pile = Arc::new(Pile::of(95));
    let (job, one, two) = (pile.job(), office.host(), office.host());
    let (one, two) = join!(one.runs(&job, TODAY), two.runs(&job, TODAY));
    let mut done = 0;
    for ran in [one, two] {
        let Ran::Over(_, steps) = ran else { panic!("each sees an end: {ran:?}") };
        done = done.max(tally_of(&steps).done);
    }
    assert_eq!((done, pile.waiting.load(Ordering::Relaxed)), (95, 0));
}

/// What a round ends with, how often it is tried, and why it failed in the end.
type Case = (fn() -> WorkError, u32, &'static str);

async fn a_round_that_cannot_be_made_fails_the_run(office: &Office) {
    let lasting = || WorkError::Store(StoreError::new("look", "a defect"));
    let away = || WorkError::Unreachable("nobody is there".to_owned());
    let cases: [Case; 2] = [(lasting, 1, "a defect"), (away, 3, "nobody is there")];
    for (error, tries, why) in cases {
        let pile = Arc::new(Pile { fails: Some(error), ..Pile::of(5) });
        let Ran::Over(run, _) = office.host().runs(&pile.job(), TODAY).await else {
            panic!("it has ended")
        };
        assert_eq!(run.state, RunState::Failed);
        assert!(run.reason.contains(why), "{}", run.reason);
        assert_eq!(pile.rounds.load(Ordering::Relaxed), tries, "{why}");
    }
    let good = Arc::new(Pile::of(5));
    let Ran::Over(run, steps) = office.host().runs(&good.job(), TODAY).await else {
        panic!("it has ended")
    };
    assert_eq!((run.state, run.taken_up, tally_of(&steps).done), (RunState::Done, 3, 5));
    assert_eq!(office.runs().await.len(), 1, "a failed run is taken up");
}
