//! What is broken in the healthy shop, one breach after the other.

use jangbogo_sql::invariants::ProviderMovement;

/// A way to break exactly one invariant.
pub(crate) struct Planted {
    /// The invariant that must find it.
    pub(crate) invariant: &'static str,
    /// What is done to the shop's books.
    pub(crate) sql: &'static str,
    /// What is done to the provider's books.
    pub(crate) provider: fn(&mut Vec<ProviderMovement>),
}

const fn planted(invariant: &'static str, sql: &'static str) -> Planted {
    Planted { invariant, sql, provider: |_| {} }
}

const fn at_provider(invariant: &'static str, provider: fn(&mut Vec<ProviderMovement>)) -> Planted {
    Planted { invariant, sql: "", provider }
}

/// A movement in the provider's books.
pub(crate) fn movement(id: &str, merchant_ref: &str, amount: i64) -> ProviderMovement {
    let capture = id.starts_with('C');
    ProviderMovement {
        provider: "kakaopay".to_owned(),
        id: id.to_owned(),
        merchant_ref: merchant_ref.to_owned(),
        capture,
        amount,
        parent: (!capture).then(|| format!("C-{merchant_ref}")),
    }
}

/// The provider's side of the healthy shop.
pub(crate) fn healthy_provider() -> Vec<ProviderMovement> {
    vec![
        movement("C-paid", "paid", 2000),
        movement("C-partial", "partial", 6000),
        movement("R-partial", "partial", 3000),
    ]
}

/// At least one breach for every invariant. Constraints and triggers are out of the way.
pub(crate) const BREACHES: &[Planted] = &[
    planted("I1", "UPDATE stock SET initial = 11 WHERE product_id = {apple}"),
    planted(
        "I2",
        "INSERT INTO stock_ledger (product_id, sequence, kind, pieces, reservation_id, at)
         VALUES ({pear}, 6, 'ADJUST', -4, NULL, 0);
         UPDATE stock SET adjusted = -4, available = -1, sequence = 6 WHERE product_id = {pear}",
    ),
    planted("X12", "UPDATE product SET views = 1 WHERE id = {apple}"),
    planted("I3", "UPDATE stock SET reserved = 1, sold = 3 WHERE product_id = {apple}"),
    planted(
        "I4",
        "UPDATE stock_ledger SET pieces = 11 WHERE product_id = {apple} AND kind = 'INIT'",
    ),
    // The ledger has a gap.
    planted(
        "I4",
        "UPDATE stock_ledger SET sequence = 9 WHERE product_id = {apple} AND kind = 'ADJUST';
         UPDATE stock SET sequence = 9 WHERE product_id = {apple}",
    ),
    planted(
        "I5",
        "INSERT INTO stock_ledger (product_id, sequence, kind, pieces, reservation_id, at)
         VALUES ({apple}, 9, 'COMMIT', 2, {r-paid}, 0);
         UPDATE stock SET sequence = 9 WHERE product_id = {apple}",
    ),
    planted("I6", "UPDATE reservation SET expires_at = 999999939999999 WHERE id = {r-begun}"),
    // The line's product is not the one that is held.
    planted("I7", "UPDATE order_line SET product_id = {pear} WHERE order_id = {o-unpaid}"),
    // Fewer pieces are sold than were ordered.
    planted(
        "I7",
        "UPDATE order_line SET quantity = 4, unit_price = 500 WHERE order_id = {o-paid}",
    ),
    // A dead order has a closed hold of something that it never ordered.
    planted(
        "I7",
        "INSERT INTO reservation VALUES ({r-odd}, {o-expired}, {pear}, 1, 'RELEASED', 0, FALSE);
         INSERT INTO stock_ledger VALUES ({pear}, 6, 'HOLD', 1, {r-odd}, 0),
             ({pear}, 7, 'RELEASE', 1, {r-odd}, 0);
         UPDATE stock SET sequence = 7 WHERE product_id = {pear}",
    ),
    // Nobody has bought it.
    planted("X9", "UPDATE orders SET buyer_id = {nobody} WHERE id = {o-unpaid}"),
    // Nobody sells it.
    planted("X9", "UPDATE order_line SET seller_id = {nobody} WHERE order_id = {o-unpaid}"),
    planted("I8", "UPDATE orders SET refunded = 2999 WHERE id = {o-partial}"),
    // A dead order keeps the buyer's money.
    planted(
        "I8",
        "INSERT INTO payment_intent (id, order_id, buyer_id, amount, currency, created_at)
         VALUES ({i-dead}, {o-expired}, {buyer}, 1000, 'KRW', 0);
         INSERT INTO payment_attempt (id, intent_id, order_id, buyer_id, number, operation,
             provider, merchant_ref, amount, currency, state, version, provider_transaction,
             created_at, sent_at, lookups)
         VALUES ({p-dead}, {i-dead}, {o-expired}, {buyer}, 1, 'CAPTURE', 'kakaopay', 'dead', 1000,
             'KRW', 'SUCCEEDED', 3, 'C-dead', 0, 0, 0);
         INSERT INTO ledger_entry VALUES ({p-dead}, 1, 'receivable:kakaopay', 1000, 0, 'KRW', 0),
             ({p-dead}, 2, 'sales', 0, 1000, 'KRW', 0);
         INSERT INTO state_history VALUES ('attempt', {p-dead}, 1, '', 'CREATED', '', 0),
             ('attempt', {p-dead}, 2, 'CREATED', 'SENT', '', 0),
             ('attempt', {p-dead}, 3, 'SENT', 'SUCCEEDED', '', 0)",
    ),
    // Money that came too late stays here.
    planted(
        "X15",
        "INSERT INTO payment_intent (id, order_id, buyer_id, amount, currency, created_at)
         VALUES ({i-late}, {o-expired}, {buyer}, 1000, 'KRW', 0);
         INSERT INTO payment_attempt (id, intent_id, order_id, buyer_id, number, operation,
             provider, merchant_ref, amount, currency, state, version, provider_transaction,
             created_at, sent_at, lookups, is_surplus)
         VALUES ({p-late}, {i-late}, {o-expired}, {buyer}, 1, 'CAPTURE', 'kakaopay', 'late', 1000,
             'KRW', 'SUCCEEDED', 4, 'C-late', 0, 0, 0, TRUE);
         INSERT INTO ledger_entry VALUES ({p-late}, 1, 'receivable:kakaopay', 1000, 0, 'KRW', 0),
             ({p-late}, 2, 'sales', 0, 1000, 'KRW', 0);
         INSERT INTO state_history VALUES ('attempt', {p-late}, 1, '', 'CREATED', '', 0),
             ('attempt', {p-late}, 2, 'CREATED', 'SENT', '', 0),
             ('attempt', {p-late}, 3, 'SENT', 'NOT_SENT', '', 0),
             ('attempt', {p-late}, 4, 'NOT_SENT', 'SUCCEEDED', '', 0)",
    ),
    // An order is shipped and was never paid.
    planted(
        "I8",
        "INSERT INTO orders SELECT {o-free}, buyer_id, 'shipped', currency, 1000, 0, receiver_name,
             receiver_phone, receiver_postcode, receiver_address1, receiver_address2, placed_at,
             expires_at, NULL, 4, 'buyer' FROM orders WHERE id = {o-paid};
         INSERT INTO order_line VALUES ({o-free}, 1, {apple}, {seller}, 'x', 1000, 1, 1000, 0);
         INSERT INTO reservation VALUES ({r-free}, {o-free}, {apple}, 1, 'COMMITTED', 0, FALSE);
         INSERT INTO stock_ledger VALUES ({apple}, 9, 'HOLD', 1, {r-free}, 0),
             ({apple}, 10, 'COMMIT', 1, {r-free}, 0);
         UPDATE stock SET available = 4, sold = 3, sequence = 10 WHERE product_id = {apple};
         INSERT INTO state_history VALUES ('order', {o-free}, 1, '', 'pending_payment', '', 0),
             ('order', {o-free}, 2, 'pending_payment', 'paid', '', 0),
             ('order', {o-free}, 3, 'paid', 'preparing', '', 0),
             ('order', {o-free}, 4, 'preparing', 'shipped', '', 0)",
    ),
    // An order counts as refunded and half of its money is still here.
    planted(
        "I8",
        "UPDATE orders SET state = 'refunded', version = 4 WHERE id = {o-partial};
         INSERT INTO state_history
         VALUES ('order', {o-partial}, 4, 'partially_refunded', 'refunded', '', 0)",
    ),
    // The refused attempt was captured all the same.
    at_provider("I9", |books| books.push(movement("C-declined", "declined", 2000))),
    at_provider("I10", |books| books.push(movement("R-more", "partial", 3001))),
    planted("I11", "UPDATE orders SET total = 1001 WHERE id = {o-unpaid}"),
    planted(
        "I11",
        "UPDATE order_line SET total = 1001 WHERE order_id = {o-unpaid};
         UPDATE orders SET total = 1001 WHERE id = {o-unpaid}",
    ),
    planted(
        "I12",
        "UPDATE ledger_entry SET credit = 2001 WHERE attempt_id = {p-paid} AND number = 2",
    ),
    at_provider("I13", |books| books.retain(|movement| movement.id != "R-partial")),
    at_provider("I13", |books| books[2].amount = 2999),
    at_provider("I14", |books| books.push(movement("C-alien", "alien", 1))),
    // Recorded, and yet nobody had said that it was sent.
    at_provider("I14", |books| books.push(movement("C-begun", "begun", 1000))),
    planted("I15", "UPDATE payment_attempt SET sent_at = 913599999999999 WHERE id = {p-waiting}"),
    planted(
        "I16",
        "UPDATE orders SET state = 'completed', version = 3 WHERE id = {o-paid};
         INSERT INTO state_history VALUES ('order', {o-paid}, 3, 'paid', 'completed', '', 0)",
    ),
    planted(
        "I16",
        "UPDATE orders SET state = 'preparing', version = 4 WHERE id = {o-paid};
         INSERT INTO state_history VALUES ('order', {o-paid}, 4, 'paid', 'preparing', '', 0)",
    ),
    // Every step is legal and they do not follow one another.
    planted(
        "I16",
        "UPDATE state_history SET to_state = 'cancelled' WHERE entity_id = {o-paid} AND version = 2;
         UPDATE orders SET state = 'preparing', version = 3 WHERE id = {o-paid};
         INSERT INTO state_history VALUES ('order', {o-paid}, 3, 'paid', 'preparing', '', 0)",
    ),
    planted("I16", "INSERT INTO state_history VALUES ('parcel', {apple}, 1, '', 'sent', '', 0)"),
    planted(
        "I22",
        "UPDATE outbox SET state = 'pending', finished_at = NULL WHERE event_id = {e-unpaid}",
    ),
    planted("I23", "UPDATE outbox SET aggregate_seq = 3 WHERE event_id = {e-paid}"),
    planted("I23", "UPDATE outbox SET state = 'retryable' WHERE event_id = {e-placed}"),
    planted("I24", "DELETE FROM inbox"),
    planted("I24", "DELETE FROM dead_letter"),
    planted("I24", "INSERT INTO inbox VALUES ('sales', {e-invented}, 0)"),
    planted("I24", "INSERT INTO dead_letter VALUES ('mail', {e-invented}, 'x', 0)"),
    planted("I25", "UPDATE idempotency SET effect_id = {nothing} WHERE operation = 'place-order'"),
    planted(
        "I25",
        "UPDATE idempotency SET effect_id = {p-refund} WHERE operation = 'start-payment';
         DELETE FROM idempotency WHERE operation = 'request-refund'",
    ),
    planted(
        "I25",
        "INSERT INTO idempotency SELECT principal, operation, 'k2', fingerprint, effect_id, 0
         FROM idempotency WHERE operation = 'place-order'",
    ),
    planted("I27", "UPDATE refresh_token SET state = 'active' WHERE token_hash = [live-1]"),
    planted(
        "I27",
        "UPDATE session SET revoked_at = NULL WHERE id = {ses-stolen};
         UPDATE refresh_token SET state = 'active' WHERE token_hash = [stolen-2]",
    ),
    planted("I27", "UPDATE session SET revoked_at = 0 WHERE id = {ses-live}"),
    planted(
        "I27",
        "INSERT INTO refresh_token VALUES ([live-3], {ses-live}, 3, [live-1], 'revoked', 0)",
    ),
    planted("X1", "UPDATE stock SET sequence = 9 WHERE product_id = {apple}"),
    planted("X2", "UPDATE stock_ledger SET pieces = 1 WHERE kind = 'COMMIT' AND pieces = 2"),
    planted(
        "X2",
        "INSERT INTO stock_ledger VALUES ({apple}, 9, 'HOLD', 0, {r-ghost}, 0);
         UPDATE stock SET sequence = 9 WHERE product_id = {apple}",
    ),
    planted("X3", "UPDATE orders SET state = 'preparing' WHERE id = {o-paid}"),
    planted("X3", "UPDATE orders SET version = 3 WHERE id = {o-paid}"),
    planted("X3", "UPDATE orders SET version = 1 WHERE id = {o-paid}"),
    planted(
        "X3",
        "INSERT INTO state_history VALUES ('order', {o-ghost}, 1, '', 'pending_payment', '', 0)",
    ),
    planted("X4", "UPDATE order_line SET returned = 1 WHERE order_id = {o-paid}"),
    planted("X5", "UPDATE payment_attempt SET state = 'NOT_SENT' WHERE id = {p-declined}"),
    planted("X5", "UPDATE payment_attempt SET version = 4 WHERE id = {p-declined}"),
    planted(
        "X5",
        "INSERT INTO state_history VALUES ('attempt', {p-ghost}, 1, '', 'CREATED', '', 0)",
    ),
    planted(
        "X6",
        "UPDATE ledger_entry SET debit = 2001 WHERE attempt_id = {p-paid} AND number = 1;
         UPDATE ledger_entry SET credit = 2001 WHERE attempt_id = {p-paid} AND number = 2",
    ),
    planted("X6", "DELETE FROM ledger_entry WHERE attempt_id = {p-paid}"),
    planted(
        "X6",
        "INSERT INTO ledger_entry SELECT {p-declined}, number, account, debit, credit, currency, at
         FROM ledger_entry WHERE attempt_id = {p-paid}",
    ),
    planted("X7", "UPDATE payment_intent SET amount = 999 WHERE id = {i-begun}"),
    planted("X7", "UPDATE payment_attempt SET amount = 999 WHERE id = {p-begun}"),
    planted("X7", "UPDATE orders SET buyer_id = {seller} WHERE id = {o-begun}"),
    planted("X8", "UPDATE orders SET capture_in_flight = {p-begun} WHERE id = {o-begun}"),
    planted("X8", "UPDATE orders SET capture_in_flight = NULL WHERE id = {o-waiting}"),
    // A day of a subscription has two paid orders.
    planted(
        "I18",
        "INSERT INTO due_cycle (id, subscription_id, number, period_start, due_at, next_at, state,
             tries, order_id, version, created_at)
         VALUES ({c-twice}, {s-live}, 7, 11000, 0, 0, 'PAID', 0, {o-paid}, 1, 0);
         UPDATE orders SET origin = 'cycle' WHERE id = {o-paid};
         INSERT INTO state_history VALUES ('cycle', {c-twice}, 1, '', 'PAID', '', 0)",
    ),
    planted("I19", "UPDATE due_cycle SET next_at = 999827199999999 WHERE id = {c-ahead}"),
    planted(
        "I20",
        "INSERT INTO charge_try VALUES ({c-first}, 2, {p-paid}, 'CHARGED', 0);
         UPDATE due_cycle SET tries = 1 WHERE id = {c-first}",
    ),
    planted("I20", "UPDATE due_cycle SET tries = 1 WHERE id = {c-first}"),
    // A charge after the end.
    planted(
        "I20",
        "INSERT INTO charge_try VALUES ({c-over}, 0, {p-partial}, 'CHARGED', 990000000000001);
         UPDATE due_cycle SET tries = 1 WHERE id = {c-over}",
    ),
    planted(
        "X13",
        "UPDATE due_cycle SET state = 'SKIPPED', version = 2 WHERE id = {c-ahead};
         INSERT INTO state_history VALUES ('cycle', {c-ahead}, 2, 'SCHEDULED', 'SKIPPED', '', 0)",
    ),
    planted(
        "X13",
        "UPDATE due_cycle SET subscription_id = {s-over} WHERE id = {c-ahead}",
    ),
    planted("X14", "UPDATE subscription SET version = 3 WHERE id = {s-live}"),
    planted("X14", "UPDATE due_cycle SET state = 'SKIPPED' WHERE id = {c-first}"),
    planted("X14", "UPDATE agreement SET version = 0 WHERE id = {a-live}"),
    planted("X16", "UPDATE orders SET origin = 'cycle' WHERE id = {o-paid}"),
    planted("X16", "UPDATE orders SET origin = 'buyer' WHERE id = {o-partial}"),
    planted("X10", "UPDATE product_category SET sales = 7 WHERE product_id = {apple}"),
];
