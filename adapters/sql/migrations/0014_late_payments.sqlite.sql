-- Money that shows itself after its attempt was given up: an order that has expired holds its pieces
-- once more, or the money goes back by itself beside whatever else is paid for the order.

-- A constraint of a table can only be changed with the table.
CREATE TABLE reservation_now (
    id         UUID    NOT NULL PRIMARY KEY,
    order_id   UUID    NOT NULL REFERENCES orders (id),
    product_id UUID    NOT NULL REFERENCES stock (product_id),
    quantity   BIGINT  NOT NULL CHECK (quantity BETWEEN 1 AND 999),
    state      TEXT    NOT NULL CHECK (state IN ('HELD', 'COMMITTED', 'RELEASED')),
    expires_at BIGINT  NOT NULL,
    is_second  BOOLEAN NOT NULL DEFAULT FALSE,
    UNIQUE (order_id, product_id, is_second)
);
INSERT INTO reservation_now (id, order_id, product_id, quantity, state, expires_at)
SELECT id, order_id, product_id, quantity, state, expires_at FROM reservation;
DROP TABLE reservation;
ALTER TABLE reservation_now RENAME TO reservation;

ALTER TABLE payment_attempt ADD COLUMN is_surplus BOOLEAN NOT NULL DEFAULT FALSE;
DROP INDEX payment_attempt_one_capture;
CREATE UNIQUE INDEX payment_attempt_one_capture ON payment_attempt (intent_id)
    WHERE operation = 'CAPTURE' AND NOT is_surplus
      AND state IN ('CREATED', 'SENT', 'UNKNOWN', 'SUCCEEDED', 'MANUAL');
DROP INDEX payment_attempt_one_refund;
CREATE UNIQUE INDEX payment_attempt_one_refund ON payment_attempt (intent_id)
    WHERE operation = 'REFUND' AND NOT is_surplus
      AND state IN ('CREATED', 'SENT', 'UNKNOWN', 'MANUAL');
CREATE UNIQUE INDEX payment_attempt_one_way_back ON payment_attempt (merchant_ref)
    WHERE operation = 'REFUND' AND is_surplus
      AND state IN ('CREATED', 'SENT', 'UNKNOWN', 'SUCCEEDED', 'MANUAL');
