//! Events, what became of them, and idempotency keys.

use super::{Invariant, Rows, Rule};

pub(super) const INVARIANTS: [Invariant; 4] = [
    Invariant::quiet(
        "I22",
        "every event is finished: published or discarded",
        Rule::Rows(Rows::of("evt", FINISHED)),
    ),
    Invariant::always(
        "I23",
        "events of one aggregate are numbered without gaps and delivered one after the other",
        Rule::Rows(Rows::of("", IN_ORDER)),
    ),
    Invariant::quiet(
        "I24",
        "every finished event is handled by each of its subscribers or a dead letter",
        Rule::Rows(Rows::of("evt", NOT_SKIPPED)),
    ),
    Invariant::always(
        "I25",
        "an idempotency key names an effect that exists, and no other key names the same one",
        Rule::Rows(Rows::of("", ONE_KEY_ONE_EFFECT)),
    ),
];

const FINISHED: &str = "\
    SELECT event_id AS subject FROM outbox \
    WHERE state NOT IN ('published', 'discarded') OR finished_at IS NULL";

/// An event is touched only when the one before it is finished. Old ones are forgotten from the
/// first on; as long as none was, each aggregate begins with 1.
const IN_ORDER: &str = "\
    SELECT aggregate_id AS subject FROM outbox GROUP BY aggregate_id \
    HAVING COUNT(*) <> MAX(aggregate_seq) - MIN(aggregate_seq) + 1 \
        OR COUNT(DISTINCT aggregate_seq) <> COUNT(*) \
        OR (MIN(aggregate_seq) <> 1 AND NOT EXISTS (SELECT 1 FROM event_horizon)) \
    UNION \
    SELECT later.aggregate_id FROM outbox later \
    JOIN outbox earlier ON earlier.aggregate_id = later.aggregate_id \
                       AND earlier.aggregate_seq = later.aggregate_seq - 1 \
    WHERE later.state <> 'pending' AND earlier.state NOT IN ('published', 'discarded')";

/// When a subscription began is not recorded: a consumer that is new to an old shop is reported
/// for the events that were finished before it came.
const NOT_SKIPPED: &str = "\
    SELECT o.event_id AS subject FROM outbox o \
    JOIN event_subscription s ON s.event_name = o.name \
    LEFT JOIN inbox i ON i.consumer = s.consumer AND i.event_id = o.event_id \
    LEFT JOIN dead_letter d ON d.consumer = s.consumer AND d.event_id = o.event_id \
    WHERE o.state IN ('published', 'discarded') AND i.event_id IS NULL AND d.event_id IS NULL \
    UNION \
    SELECT i.event_id FROM inbox i \
    WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.event_id = i.event_id) \
    UNION \
    SELECT d.event_id FROM dead_letter d \
    WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.event_id = d.event_id)";

const ONE_KEY_ONE_EFFECT: &str = "\
    SELECT effect_id AS subject FROM idempotency GROUP BY effect_id HAVING COUNT(*) > 1 \
    UNION \
    SELECT k.effect_id FROM idempotency k \
    WHERE k.operation = 'place-order' \
      AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = k.effect_id) \
    UNION \
    SELECT k.effect_id FROM idempotency k \
    WHERE k.operation IN ('start-payment', 'request-refund') AND NOT EXISTS ( \
        SELECT 1 FROM payment_attempt a \
        WHERE a.id = k.effect_id \
          AND (a.operation = 'CAPTURE') = (k.operation = 'start-payment'))";

#[cfg(test)]
mod tests {
    use jangbogo_ordering::PlaceOrders;
    use jangbogo_payment::{RequestRefund, StartPayment};

    use super::*;

    #[test]
    fn operations_are_called_as_the_use_cases_call_them() {
        for operation in [PlaceOrders::OPERATION, StartPayment::OPERATION, RequestRefund::OPERATION]
        {
            let quoted = format!("'{operation}'");
            assert!(ONE_KEY_ONE_EFFECT.contains(&quoted), "{quoted}");
        }
    }
}
