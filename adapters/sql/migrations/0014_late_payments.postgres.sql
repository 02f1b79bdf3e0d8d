-- Money that shows itself after its attempt was given up: an order that has expired holds its pieces
-- once more, or the money goes back by itself beside whatever else is paid for the order.

ALTER TABLE reservation ADD COLUMN is_second BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE reservation DROP CONSTRAINT reservation_order_id_product_id_key;
ALTER TABLE reservation ADD UNIQUE (order_id, product_id, is_second);

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
