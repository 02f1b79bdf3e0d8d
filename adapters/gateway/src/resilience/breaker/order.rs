//! Results in the order in which their calls began.
//!
//! A provider that fails fails quickly, and one that works takes its time. Of a hundred calls that
//! begin together the failures are heard first, however few they are, and a window that counted
//! results as they come would open a breaker that has no reason to. So a result waits for the calls
//! that began before its own; but only so many results wait, because a call that hangs must not
//! hide that all others fail.

use std::collections::VecDeque;

/// The calls of a closed breaker that have begun, and what is known of them.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// The number of the first call in `calls`.
    first: u64,
    calls: VecDeque<Place>,
    /// Results in `calls`.
    waiting: usize,
    /// Results of calls that were overtaken; their turn is now.
    late: VecDeque<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    UnderWay,
    /// Dropped, or no evidence.
    Left,
    /// Ended, and whether it failed.
    Ended(bool),
}

impl Order {
    /// A call begins; its number.
    pub(super) fn begin(&mut self) -> u64 {
        let number = self.first + self.calls.len() as u64;
        self.calls.push_back(Place::UnderWay);
        number
    }

    /// A call leaves without a result.
    pub(super) fn leave(&mut self, number: u64) {
        if let Some(place) = self.place(number) {
            *place = Place::Left;
        }
    }

    /// A call has a result.
    pub(super) fn end(&mut self, number: u64, has_failed: bool) {
        if let Some(place) = self.place(number) {
            *place = Place::Ended(has_failed);
            self.waiting += 1;
        } else {
            self.late.push_back(has_failed);
        }
    }

    /// The next result whose turn it is. When more than `waiting_max` wait, the calls that they
    /// wait for are overtaken.
    pub(super) fn next(&mut self, waiting_max: usize) -> Option<bool> {
        if let Some(has_failed) = self.late.pop_front() {
            return Some(has_failed);
        }
        loop {
            if *self.calls.front()? == Place::UnderWay && self.waiting <= waiting_max {
                return None;
            }
            self.first += 1;
            if let Place::Ended(has_failed) = self.calls.pop_front()? {
                self.waiting -= 1;
                return Some(has_failed);
            }
        }
    }

    fn place(&mut self, number: u64) -> Option<&mut Place> {
        let at = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.calls.get_mut(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every result whose turn it is.
    fn turns(order: &mut Order, waiting_max: usize) -> Vec<bool> {
        std::iter::from_fn(|| order.next(waiting_max)).collect()
    }

    #[test]
    fn a_result_waits_for_the_calls_before_its_own() {
        let mut order = Order::default();
        let [slow, quick, last] = std::array::from_fn(|_| order.begin());
        order.end(quick, true);
        order.end(last, false);
        assert_eq!(turns(&mut order, 40), [true; 0]);
        order.end(slow, false);
        assert_eq!(turns(&mut order, 40), [false, true, false], "as they began");
    }

    #[test]
    fn nobody_waits_for_a_call_that_left() {
        let mut order = Order::default();
        let [gone, quick] = std::array::from_fn(|_| order.begin());
        order.end(quick, true);
        order.leave(gone);
        assert_eq!(turns(&mut order, 40), [true]);
        order.leave(gone);
        assert_eq!(turns(&mut order, 40), [true; 0], "nor does it come back");
    }

    #[test]
    fn calls_that_hang_are_overtaken_when_too_many_results_wait() {
        let mut order = Order::default();
        let hanging: Vec<u64> = (0..3).map(|_| order.begin()).collect();
        for _ in 0..2 {
            let number = order.begin();
            order.end(number, true);
        }
        assert_eq!(turns(&mut order, 2), [true; 0]);
        let number = order.begin();
        order.end(number, true);
        assert_eq!(turns(&mut order, 2), [true; 3], "the third is one too many");
        order.end(hanging[1], false);
        assert_eq!(turns(&mut order, 2), [false], "what was overtaken counts when it comes");
        order.leave(hanging[0]);
        order.leave(hanging[2]);
        let number = order.begin();
        order.end(number, true);
        assert_eq!(turns(&mut order, 2), [true]);
    }

    #[test]
    fn an_idle_order_is_empty() {
        let mut order = Order::default();
        for n in 0..1_000 {
            let number = order.begin();
            if n % 3 == 0 {
                order.leave(number);
            } else {
                order.end(number, true);
            }
            turns(&mut order, 40);
        }
        assert_eq!((order.calls.len(), order.waiting, order.late.len()), (0, 0, 0));
    }
}
