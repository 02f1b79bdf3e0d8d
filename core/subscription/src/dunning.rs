//! On which days a charge that was declined is tried again.

/// Days after the day of the first try: that day itself, and three more.
pub const DUNNING_OFFSETS: [i64; 4] = [0, 1, 3, 5];

/// Which try one is that is made so many days after the first one: what was missed meanwhile is
/// not made up for by several tries on one day.
pub fn offset_on(elapsed_days: i64) -> i64 {
    let reached = DUNNING_OFFSETS.into_iter().take_while(|offset| *offset <= elapsed_days);
    reached.last().unwrap_or(0)
}

/// When the next try is after one that was made so many days after the first; `None` when that was
/// the last.
pub fn offset_after(elapsed_days: i64) -> Option<i64> {
    DUNNING_OFFSETS.into_iter().find(|offset| *offset > elapsed_days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_come_on_the_promised_days() {
        let mut day = 0;
        let mut days = vec![day];
        while let Some(next) = offset_after(day) {
            day = next;
            days.push(day);
        }
        assert_eq!(days, [0, 1, 3, 5]);
    }

    #[test]
    fn a_late_try_stands_for_all_that_were_missed() {
        let told: Vec<(i64, Option<i64>)> =
            (0..8).map(|day| (offset_on(day), offset_after(day))).collect();
        let expected = [
            (0, Some(1)),
            (1, Some(3)),
            (1, Some(3)),
            (3, Some(5)),
            (3, Some(5)),
            (5, None),
            (5, None),
            (5, None),
        ];
        assert_eq!(told, expected);
    }
}
