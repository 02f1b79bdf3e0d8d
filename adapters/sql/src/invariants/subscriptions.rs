//! Subscriptions, their cycles and what they are charged by.

use std::time::Duration;

use super::{Invariant, Rows, Rule};

/// Longer than any run of the batch that is late for once.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(48);

pub(super) const INVARIANTS: [Invariant; 5] = [
    Invariant::quiet(
        "I19",
        "nothing that is due waits for days without being charged or accounted for",
        Rule::Rows(Rows::older_than(FORGOTTEN_AFTER, "cyc", FORGOTTEN)),
    ),
    Invariant::always(
        "I20",
        "charges are tried on days 0, 1, 3 and 5, once each, and not after the end",
        Rule::Rows(Rows::of("cyc", DUNNING)),
    ),
    Invariant::always(
        "X13",
        "a subscription that lives has one cycle ahead, and one that has ended none",
        Rule::Rows(Rows::of("sub", ONE_AHEAD)),
    ),
    Invariant::always(
        "X14",
        "state and version of subscriptions, cycles and agreements are those of their last step",
        Rule::Rows(Rows::of("", LAST_STEP)),
    ),
    Invariant::always(
        "X16",
        "an order says that it is a subscription's first one, or a later one's",
        Rule::Rows(Rows::of("ord", ORIGIN)),
    ),
];

const FORGOTTEN: &str = "\
    SELECT c.id AS subject FROM due_cycle c JOIN subscription s ON s.id = c.subscription_id \
    WHERE c.state IN ('SCHEDULED', 'RETRYING') AND c.next_at < $1 \
      AND s.state IN ('active', 'past_due')";

/// A charge that was under way when the subscription ended is no new try.
const DUNNING: &str = "\
    SELECT c.id AS subject FROM due_cycle c \
    LEFT JOIN (SELECT cycle_id, COUNT(*) AS tries, COUNT(DISTINCT day_offset) AS days, \
                      SUM(CASE WHEN day_offset IN (0, 1, 3, 5) THEN 0 ELSE 1 END) AS odd \
               FROM charge_try GROUP BY cycle_id) t ON t.cycle_id = c.id \
    WHERE COALESCE(t.tries, 0) <> c.tries OR COALESCE(t.tries, 0) > 4 \
       OR COALESCE(t.days, 0) <> COALESCE(t.tries, 0) OR COALESCE(t.odd, 0) > 0 \
    UNION \
    SELECT t.cycle_id FROM charge_try t JOIN due_cycle c ON c.id = t.cycle_id \
    JOIN subscription s ON s.id = c.subscription_id \
    WHERE s.ended_at IS NOT NULL AND t.tried_at > s.ended_at";

const ORIGIN: &str = "\
    SELECT o.id AS subject FROM orders o \
    LEFT JOIN subscription s ON s.first_order_id = o.id \
    LEFT JOIN due_cycle c ON c.order_id = o.id AND c.number > 0 \
    WHERE o.origin <> CASE WHEN c.id IS NOT NULL THEN 'cycle' \
                           WHEN s.id IS NOT NULL THEN 'subscription' ELSE 'buyer' END";

const ONE_AHEAD: &str = "\
    SELECT s.id AS subject FROM subscription s \
    LEFT JOIN (SELECT subscription_id, COUNT(*) AS open, \
                      SUM(CASE WHEN state = 'CHARGING' THEN 1 ELSE 0 END) AS charging, \
                      SUM(CASE WHEN state = 'HELD' THEN 1 ELSE 0 END) AS held \
               FROM due_cycle \
               WHERE state IN ('SCHEDULED', 'HELD', 'CHARGING', 'RETRYING') \
               GROUP BY subscription_id) c ON c.subscription_id = s.id \
    WHERE COALESCE(c.open, 0) <> CASE WHEN s.state IN ('active', 'past_due', 'paused', 'ending') \
                                      THEN 1 ELSE 0 END \
       OR (s.state = 'ending' AND COALESCE(c.charging, 0) <> 1) \
       OR (s.state = 'paused') <> (COALESCE(c.held, 0) = 1)";

const LAST_STEP: &str = "\
    SELECT x.id AS subject FROM ( \
        SELECT 'subscription' AS entity, id, state, version FROM subscription \
        UNION ALL SELECT 'cycle', id, state, version FROM due_cycle \
        UNION ALL SELECT 'agreement', id, state, version FROM agreement) x \
    LEFT JOIN state_history h \
           ON h.entity = x.entity AND h.entity_id = x.id AND h.version = x.version \
    LEFT JOIN state_history later \
           ON later.entity = x.entity AND later.entity_id = x.id AND later.version > x.version \
    WHERE COALESCE(h.to_state, '') <> x.state OR later.entity_id IS NOT NULL";

#[cfg(test)]
mod tests {
    use jangbogo_subscription::{CycleState, DUNNING_OFFSETS, SubscriptionState};

    use super::*;

    #[test]
    fn states_and_days_are_those_of_the_domain() {
        let open: Vec<&str> =
            CycleState::ALL.into_iter().filter(|s| s.is_open()).map(CycleState::name).collect();
        assert!(ONE_AHEAD.contains(&format!("('{}')", open.join("', '"))));
        let chargeable = SubscriptionState::ALL.into_iter().filter(|s| s.is_chargeable());
        let chargeable: Vec<&str> = chargeable.map(SubscriptionState::name).collect();
        assert!(FORGOTTEN.contains(&format!("('{}')", chargeable.join("', '"))));
        let days: Vec<String> = DUNNING_OFFSETS.iter().map(ToString::to_string).collect();
        assert!(DUNNING.contains(&format!("({})", days.join(", "))));
    }
}
