-- Orders, reservations, payment intents and attempts, the double-entry ledger.

CREATE TABLE orders (
    id                UUID   NOT NULL PRIMARY KEY,
    buyer_id          UUID   NOT NULL REFERENCES member (id),
    state             TEXT   NOT NULL CHECK (state IN (
        'pending_payment', 'paid', 'preparing', 'shipped', 'delivered', 'completed',
        'expired', 'cancelled', 'partially_refunded', 'refunded')),
    currency          TEXT   NOT NULL,
    total             BIGINT NOT NULL CHECK (total >= 1),
    refunded          BIGINT NOT NULL CHECK (refunded BETWEEN 0 AND total),
    receiver_name     TEXT   NOT NULL,
    receiver_phone    TEXT   NOT NULL,
    receiver_postcode TEXT   NOT NULL,
    receiver_address1 TEXT   NOT NULL,
    receiver_address2 TEXT   NOT NULL,
    placed_at         BIGINT NOT NULL,
    expires_at        BIGINT NOT NULL,
    capture_in_flight UUID,
    version           BIGINT NOT NULL,
    CHECK (capture_in_flight IS NULL OR state = 'pending_payment')
);
CREATE INDEX orders_of_buyer ON orders (buyer_id, placed_at, id);
CREATE INDEX orders_to_expire ON orders (expires_at, id) WHERE state = 'pending_payment';

CREATE TABLE order_line (
    order_id     UUID   NOT NULL REFERENCES orders (id),
    number       BIGINT NOT NULL,
    product_id   UUID   NOT NULL REFERENCES product (id),
    seller_id    UUID   NOT NULL REFERENCES member (id),
    product_name TEXT   NOT NULL,
    unit_price   BIGINT NOT NULL CHECK (unit_price >= 1),
    quantity     BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 999),
    total        BIGINT NOT NULL CHECK (total = unit_price * quantity),
    returned     BIGINT NOT NULL CHECK (returned BETWEEN 0 AND quantity),
    PRIMARY KEY (order_id, number),
    UNIQUE (order_id, product_id)
);

CREATE TABLE reservation (
    id         UUID   NOT NULL PRIMARY KEY,
    order_id   UUID   NOT NULL REFERENCES orders (id),
    product_id UUID   NOT NULL REFERENCES stock (product_id),
    quantity   BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 999),
    state      TEXT   NOT NULL CHECK (state IN ('HELD', 'COMMITTED', 'RELEASED')),
    expires_at BIGINT NOT NULL,
    UNIQUE (order_id, product_id)
);

CREATE TABLE payment_intent (
    id         UUID   NOT NULL PRIMARY KEY,
    order_id   UUID   NOT NULL UNIQUE REFERENCES orders (id),
    buyer_id   UUID   NOT NULL REFERENCES member (id),
    amount     BIGINT NOT NULL CHECK (amount >= 1),
    currency   TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE payment_attempt (
    id                   UUID   NOT NULL PRIMARY KEY,
    intent_id            UUID   NOT NULL REFERENCES payment_intent (id),
    order_id             UUID   NOT NULL REFERENCES orders (id),
    buyer_id             UUID   NOT NULL REFERENCES member (id),
    number               BIGINT NOT NULL,
    operation            TEXT   NOT NULL CHECK (operation IN ('CAPTURE', 'REFUND')),
    provider             TEXT   NOT NULL,
    merchant_ref         TEXT   NOT NULL,
    amount               BIGINT NOT NULL CHECK (amount >= 1),
    currency             TEXT   NOT NULL,
    state                TEXT   NOT NULL CHECK (state IN (
        'CREATED', 'SENT', 'UNKNOWN', 'SUCCEEDED', 'DECLINED', 'NOT_SENT', 'ABORTED', 'MANUAL')),
    version              BIGINT NOT NULL,
    session_reference    TEXT,
    redirect_pc          TEXT,
    redirect_mobile      TEXT,
    redirect_app         TEXT,
    provider_transaction TEXT,
    problem              TEXT,
    raw                  TEXT,
    -- Refunds only: the request that it serves (one request may take several attempts), what had
    -- gone back before, what was captured, what comes back, and why.
    refund_request       UUID,
    refunded_before      BIGINT,
    captured             BIGINT,
    returned             TEXT,
    reason               TEXT,
    created_at           BIGINT NOT NULL,
    sent_at              BIGINT,
    settled_at           BIGINT,
    due_at       BIGINT,
    lookups              BIGINT NOT NULL,
    missing_since        BIGINT,
    UNIQUE (intent_id, number),
    CHECK (state <> 'SUCCEEDED' OR (sent_at IS NOT NULL AND provider_transaction IS NOT NULL))
);
-- The judge of double charges: an intent has at most one capture that lives or succeeded,
-- and at most one refund under way.
CREATE UNIQUE INDEX payment_attempt_one_capture ON payment_attempt (intent_id)
    WHERE operation = 'CAPTURE'
      AND state IN ('CREATED', 'SENT', 'UNKNOWN', 'SUCCEEDED', 'MANUAL');
CREATE UNIQUE INDEX payment_attempt_one_refund ON payment_attempt (intent_id)
    WHERE operation = 'REFUND' AND state IN ('CREATED', 'SENT', 'UNKNOWN', 'MANUAL');
CREATE UNIQUE INDEX payment_attempt_movement ON payment_attempt (provider, provider_transaction)
    WHERE provider_transaction IS NOT NULL;
CREATE INDEX payment_attempt_of_order ON payment_attempt (order_id, number);
CREATE INDEX payment_attempt_open ON payment_attempt (state, created_at)
    WHERE state IN ('CREATED', 'SENT', 'UNKNOWN', 'MANUAL');

CREATE TABLE ledger_entry (
    attempt_id UUID   NOT NULL REFERENCES payment_attempt (id),
    number     BIGINT NOT NULL,
    account    TEXT   NOT NULL,
    debit      BIGINT NOT NULL CHECK (debit >= 0),
    credit     BIGINT NOT NULL CHECK (credit >= 0),
    currency   TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (attempt_id, number),
    CHECK ((debit = 0) <> (credit = 0))
);
