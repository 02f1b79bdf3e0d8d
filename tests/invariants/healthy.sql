-- A small shop in which everything is right. {name} is an id, [name] are bytes.
-- Now is 1 000 000 000 000 000 µs.

INSERT INTO member (id, email, nickname, phone, password_hash, role, status, version, created_at)
VALUES ({buyer}, 'b@example.org', 'buyer', NULL, 'x', 'buyer', 'active', 1, 900000000000000),
       ({seller}, 's@example.org', 'seller', NULL, 'x', 'seller', 'active', 1, 900000000000000);

INSERT INTO session (id, member_id, created_at, expires_at, revoked_at)
VALUES ({ses-live}, {buyer}, 990000000000000, 1100000000000000, NULL),
       ({ses-stolen}, {buyer}, 990000000000000, 1100000000000000, 995000000000000);
INSERT INTO refresh_token (token_hash, session_id, generation, parent_hash, state, expires_at)
VALUES ([live-1], {ses-live}, 1, NULL, 'rotated', 1100000000000000),
       ([live-2], {ses-live}, 2, [live-1], 'active', 1100000000000000),
       ([stolen-1], {ses-stolen}, 1, NULL, 'reused', 1100000000000000),
       ([stolen-2], {ses-stolen}, 2, [stolen-1], 'revoked', 1100000000000000);

INSERT INTO product (id, seller_id, name, name_en, maker, description, image_url, attributes,
                     search_text, currency, original_price, discount_bps, selling_price, status,
                     sales, version, created_at, updated_at)
VALUES ({apple}, {seller}, '사과', 'apple', 'farm', '', '', '{}', 'apple', 'KRW', 1000, 0, 1000,
        'on_sale', 2, 1, 900000000000000, 900000000000000),
       ({pear}, {seller}, '배', 'pear', 'farm', '', '', '{}', 'pear', 'KRW', 3000, 0, 3000,
        'on_sale', 1, 1, 900000000000000, 900000000000000);
INSERT INTO product_category (category, product_id, position, status, updated_at, selling_price,
                              sales, discount_bps)
VALUES ('eye', {apple}, 1, 'on_sale', 900000000000000, 1000, 2, 0),
       ('skin', {apple}, 2, 'on_sale', 900000000000000, 1000, 2, 0),
       ('skin', {pear}, 1, 'on_sale', 900000000000000, 3000, 1, 0);
INSERT INTO stock (product_id, initial, adjusted, available, reserved, sold, sequence)
VALUES ({apple}, 10, -1, 5, 2, 2, 8), ({pear}, 5, 0, 3, 1, 1, 5);

-- paid; partly refunded; unpaid; one whose capture nobody knows the outcome of, past its time;
-- expired; one whose payment was begun.
INSERT INTO orders (id, buyer_id, state, currency, total, refunded, receiver_name, receiver_phone,
                    receiver_postcode, receiver_address1, receiver_address2, placed_at, expires_at,
                    capture_in_flight, version)
VALUES ({o-paid}, {buyer}, 'paid', 'KRW', 2000, 0, 'B', '010', '04524', 'Seoul', '',
        990000000000000, 990000300000000, NULL, 2),
       ({o-partial}, {buyer}, 'partially_refunded', 'KRW', 6000, 3000, 'B', '010', '04524', 'Seoul',
        '', 990000000000000, 990000300000000, NULL, 3),
       ({o-unpaid}, {buyer}, 'pending_payment', 'KRW', 1000, 0, 'B', '010', '04524', 'Seoul', '',
        999999900000000, 1000000200000000, NULL, 1),
       ({o-waiting}, {buyer}, 'pending_payment', 'KRW', 3000, 0, 'B', '010', '04524', 'Seoul', '',
        999990000000000, 999990300000000, {p-waiting}, 1),
       ({o-expired}, {buyer}, 'expired', 'KRW', 1000, 0, 'B', '010', '04524', 'Seoul', '',
        990000000000000, 990000300000000, NULL, 2),
       ({o-begun}, {buyer}, 'pending_payment', 'KRW', 1000, 0, 'B', '010', '04524', 'Seoul', '',
        999999900000000, 1000000200000000, NULL, 1);
INSERT INTO order_line (order_id, number, product_id, seller_id, product_name, unit_price, quantity,
                        total, returned)
VALUES ({o-paid}, 1, {apple}, {seller}, '사과', 1000, 2, 2000, 0),
       ({o-partial}, 1, {pear}, {seller}, '배', 3000, 2, 6000, 1),
       ({o-unpaid}, 1, {apple}, {seller}, '사과', 1000, 1, 1000, 0),
       ({o-waiting}, 1, {pear}, {seller}, '배', 3000, 1, 3000, 0),
       ({o-expired}, 1, {apple}, {seller}, '사과', 1000, 1, 1000, 0),
       ({o-begun}, 1, {apple}, {seller}, '사과', 1000, 1, 1000, 0);

INSERT INTO reservation (id, order_id, product_id, quantity, state, expires_at)
VALUES ({r-paid}, {o-paid}, {apple}, 2, 'COMMITTED', 990000300000000),
       ({r-partial}, {o-partial}, {pear}, 2, 'COMMITTED', 990000300000000),
       ({r-unpaid}, {o-unpaid}, {apple}, 1, 'HELD', 1000000200000000),
       ({r-waiting}, {o-waiting}, {pear}, 1, 'HELD', 999990300000000),
       ({r-expired}, {o-expired}, {apple}, 1, 'RELEASED', 990000300000000),
       ({r-begun}, {o-begun}, {apple}, 1, 'HELD', 1000000200000000);
INSERT INTO stock_ledger (product_id, sequence, kind, pieces, reservation_id, at)
VALUES ({apple}, 1, 'INIT', 10, NULL, 0),
       ({apple}, 2, 'HOLD', 2, {r-paid}, 0), ({apple}, 3, 'COMMIT', 2, {r-paid}, 0),
       ({apple}, 4, 'HOLD', 1, {r-expired}, 0), ({apple}, 5, 'RELEASE', 1, {r-expired}, 0),
       ({apple}, 6, 'HOLD', 1, {r-unpaid}, 0), ({apple}, 7, 'HOLD', 1, {r-begun}, 0),
       ({apple}, 8, 'ADJUST', -1, NULL, 0),
       ({pear}, 1, 'INIT', 5, NULL, 0),
       ({pear}, 2, 'HOLD', 2, {r-partial}, 0), ({pear}, 3, 'COMMIT', 2, {r-partial}, 0),
       ({pear}, 4, 'RESTOCK', 1, {r-partial}, 0),
       ({pear}, 5, 'HOLD', 1, {r-waiting}, 0);

INSERT INTO payment_intent (id, order_id, buyer_id, amount, currency, created_at)
VALUES ({i-paid}, {o-paid}, {buyer}, 2000, 'KRW', 0),
       ({i-partial}, {o-partial}, {buyer}, 6000, 'KRW', 0),
       ({i-waiting}, {o-waiting}, {buyer}, 3000, 'KRW', 0),
       ({i-begun}, {o-begun}, {buyer}, 1000, 'KRW', 0);
INSERT INTO payment_attempt (id, intent_id, order_id, buyer_id, number, operation, provider,
                             merchant_ref, amount, currency, state, version, provider_transaction,
                             refunded_before, captured, created_at, sent_at, settled_at, lookups)
VALUES ({p-declined}, {i-paid}, {o-paid}, {buyer}, 1, 'CAPTURE', 'kakaopay', 'declined', 2000,
        'KRW', 'DECLINED', 3, NULL, NULL, NULL, 0, 990000000000000, 990000000000001, 0),
       ({p-paid}, {i-paid}, {o-paid}, {buyer}, 2, 'CAPTURE', 'kakaopay', 'paid', 2000,
        'KRW', 'SUCCEEDED', 3, 'C-paid', NULL, NULL, 0, 990000000000000, 990000000000001, 0),
       ({p-partial}, {i-partial}, {o-partial}, {buyer}, 1, 'CAPTURE', 'kakaopay', 'partial', 6000,
        'KRW', 'SUCCEEDED', 3, 'C-partial', NULL, NULL, 0, 990000000000000, 990000000000001, 0),
       ({p-refund}, {i-partial}, {o-partial}, {buyer}, 2, 'REFUND', 'kakaopay', 'partial', 3000,
        'KRW', 'SUCCEEDED', 4, 'R-partial', 0, 6000, 0, 990000000000000, 990000000000001, 1),
       ({p-waiting}, {i-waiting}, {o-waiting}, {buyer}, 1, 'CAPTURE', 'kakaopay', 'waiting', 3000,
        'KRW', 'UNKNOWN', 3, NULL, NULL, NULL, 0, 999990000000000, NULL, 1),
       ({p-begun}, {i-begun}, {o-begun}, {buyer}, 1, 'CAPTURE', 'kakaopay', 'begun', 1000,
        'KRW', 'CREATED', 1, NULL, NULL, NULL, 0, NULL, NULL, 0);
INSERT INTO ledger_entry (attempt_id, number, account, debit, credit, currency, at)
VALUES ({p-paid}, 1, 'receivable:kakaopay', 2000, 0, 'KRW', 0),
       ({p-paid}, 2, 'sales', 0, 2000, 'KRW', 0),
       ({p-partial}, 1, 'receivable:kakaopay', 6000, 0, 'KRW', 0),
       ({p-partial}, 2, 'sales', 0, 6000, 'KRW', 0),
       ({p-refund}, 1, 'sales', 3000, 0, 'KRW', 0),
       ({p-refund}, 2, 'receivable:kakaopay', 0, 3000, 'KRW', 0);

INSERT INTO state_history (entity, entity_id, version, from_state, to_state, reason, at)
VALUES ('order', {o-paid}, 1, '', 'pending_payment', '', 0),
       ('order', {o-paid}, 2, 'pending_payment', 'paid', '', 0),
       ('order', {o-partial}, 1, '', 'pending_payment', '', 0),
       ('order', {o-partial}, 2, 'pending_payment', 'paid', '', 0),
       ('order', {o-partial}, 3, 'paid', 'partially_refunded', '', 0),
       ('order', {o-unpaid}, 1, '', 'pending_payment', '', 0),
       ('order', {o-waiting}, 1, '', 'pending_payment', '', 0),
       ('order', {o-expired}, 1, '', 'pending_payment', '', 0),
       ('order', {o-expired}, 2, 'pending_payment', 'expired', '', 0),
       ('order', {o-begun}, 1, '', 'pending_payment', '', 0),
       ('attempt', {p-declined}, 1, '', 'CREATED', '', 0),
       ('attempt', {p-declined}, 2, 'CREATED', 'SENT', '', 0),
       ('attempt', {p-declined}, 3, 'SENT', 'DECLINED', '', 0),
       ('attempt', {p-paid}, 1, '', 'CREATED', '', 0),
       ('attempt', {p-paid}, 2, 'CREATED', 'SENT', '', 0),
       ('attempt', {p-paid}, 3, 'SENT', 'SUCCEEDED', '', 0),
       ('attempt', {p-partial}, 1, '', 'CREATED', '', 0),
       ('attempt', {p-partial}, 2, 'CREATED', 'SENT', '', 0),
       ('attempt', {p-partial}, 3, 'SENT', 'SUCCEEDED', '', 0),
       ('attempt', {p-refund}, 1, '', 'CREATED', '', 0),
       ('attempt', {p-refund}, 2, 'CREATED', 'SENT', '', 0),
       ('attempt', {p-refund}, 3, 'SENT', 'UNKNOWN', '', 0),
       ('attempt', {p-refund}, 4, 'UNKNOWN', 'SUCCEEDED', '', 0),
       ('attempt', {p-waiting}, 1, '', 'CREATED', '', 0),
       ('attempt', {p-waiting}, 2, 'CREATED', 'SENT', '', 0),
       ('attempt', {p-waiting}, 3, 'SENT', 'UNKNOWN', '', 0),
       ('attempt', {p-begun}, 1, '', 'CREATED', '', 0);

INSERT INTO event_subscription (consumer, event_name)
VALUES ('mail', 'ordering.order_paid.v1'), ('sales', 'ordering.order_paid.v1');
INSERT INTO outbox (event_id, name, aggregate_id, aggregate_seq, occurred_at, payload, state,
                    attempts, due_at, finished_at)
VALUES ({e-placed}, 'ordering.order_placed.v1', {o-paid}, 1, 0, '{}', 'published', 1, 0, 1),
       ({e-paid}, 'ordering.order_paid.v1', {o-paid}, 2, 0, '{}', 'discarded', 9, 0, 2),
       ({e-unpaid}, 'ordering.order_placed.v1', {o-unpaid}, 1, 0, '{}', 'published', 1, 0, 1);
INSERT INTO inbox (consumer, event_id, handled_at) VALUES ('sales', {e-paid}, 2);
INSERT INTO dead_letter (consumer, event_id, cause, died_at) VALUES ('mail', {e-paid}, 'no', 2);

INSERT INTO idempotency (principal, operation, idem_key, fingerprint, effect_id, created_at)
VALUES ({buyer}, 'place-order', 'k1', [f], {o-paid}, 0),
       ({buyer}, 'start-payment', 'k1', [f], {p-paid}, 0),
       ({buyer}, 'request-refund', 'k1', [f], {p-refund}, 0),
       ({seller}, 'adjust-stock', 'k1', [f], {adjustment}, 0);

-- A subscription that was paid once and is due again, and one that has ended.
INSERT INTO agreement (id, buyer_id, provider, secret_key, granted_by, state, version, created_at,
                       ended_at)
VALUES ({a-live}, {buyer}, 'kakaopay', 'S1', {p-partial}, 'ACTIVE', 1, 0, NULL);
INSERT INTO subscription (id, member_id, state, period_days, currency, receiver_name,
                          receiver_phone, receiver_postcode, receiver_address1, receiver_address2,
                          first_order_id, agreement_id, version, created_at, ended_at, end_reason)
VALUES ({s-live}, {buyer}, 'active', 30, 'KRW', 'B', '010', '04524', 'Seoul', '', {o-partial},
        {a-live}, 2, 0, NULL, NULL),
       ({s-over}, {buyer}, 'cancelled', 30, 'KRW', 'B', '010', '04524', 'Seoul', '', {o-expired},
        NULL, 2, 0, 990000000000000, 'not_paid');
UPDATE orders SET origin = 'subscription' WHERE id IN ({o-partial}, {o-expired});
INSERT INTO due_cycle (id, subscription_id, number, period_start, due_at, next_at, state, tries,
                       order_id, version, created_at)
VALUES ({c-first}, {s-live}, 0, 11000, 0, 0, 'PAID', 0, {o-partial}, 1, 0),
       ({c-ahead}, {s-live}, 1, 11030, 1001000000000000, 1001000000000000, 'SCHEDULED', 0, NULL,
        1, 0),
       ({c-over}, {s-over}, 0, 11000, 0, 0, 'CANCELLED', 0, NULL, 2, 0);
INSERT INTO state_history (entity, entity_id, version, from_state, to_state, reason, at)
VALUES ('agreement', {a-live}, 1, '', 'ACTIVE', '', 0),
       ('subscription', {s-live}, 1, '', 'awaiting_first_payment', '', 0),
       ('subscription', {s-live}, 2, 'awaiting_first_payment', 'active', '', 0),
       ('subscription', {s-over}, 1, '', 'awaiting_first_payment', '', 0),
       ('subscription', {s-over}, 2, 'awaiting_first_payment', 'cancelled', '', 0),
       ('cycle', {c-first}, 1, '', 'PAID', '', 0),
       ('cycle', {c-ahead}, 1, '', 'SCHEDULED', '', 0),
       ('cycle', {c-over}, 1, '', 'SCHEDULED', '', 0),
       ('cycle', {c-over}, 2, 'SCHEDULED', 'CANCELLED', '', 0);
