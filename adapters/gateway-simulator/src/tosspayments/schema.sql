-- One row per TossPayments payment (paymentKey), kept in step with pgsim_tx by the same transaction.
CREATE TABLE IF NOT EXISTS tosspayments_payment (
    seq                  INTEGER PRIMARY KEY AUTOINCREMENT,
    payment_key          TEXT NOT NULL UNIQUE,
    kind                 TEXT NOT NULL CHECK (kind IN ('NORMAL', 'BILLING')),
    order_id             TEXT NOT NULL,
    order_name           TEXT NOT NULL,
    customer_key         TEXT,
    amount               INTEGER NOT NULL CHECK (amount > 0),
    tax_free             INTEGER NOT NULL CHECK (tax_free BETWEEN 0 AND amount),
    success_url          TEXT,
    fail_url             TEXT,
    method               TEXT,
    state                TEXT NOT NULL CHECK (state IN (
        'READY', 'IN_PROGRESS', 'DONE', 'CANCELED', 'PARTIAL_CANCELED', 'ABORTED')),
    requested_at_us      INTEGER NOT NULL,
    authenticated_at_us  INTEGER,
    approved_at_us       INTEGER,
    capture_key          TEXT,
    last_transaction_key TEXT,
    balance              INTEGER NOT NULL CHECK (balance BETWEEN 0 AND amount),
    tax_free_balance     INTEGER NOT NULL CHECK (tax_free_balance BETWEEN 0 AND balance),
    failure              TEXT,
    CHECK ((state IN ('DONE', 'CANCELED', 'PARTIAL_CANCELED')) = (capture_key IS NOT NULL))
) STRICT;

CREATE INDEX IF NOT EXISTS tosspayments_payment_by_order ON tosspayments_payment (order_id);
-- An order number is paid once.
CREATE UNIQUE INDEX IF NOT EXISTS tosspayments_one_paid
    ON tosspayments_payment (order_id) WHERE capture_key IS NOT NULL;

-- The answers that idempotency keys repeat, byte for byte.
CREATE TABLE IF NOT EXISTS tosspayments_reply (
    key    TEXT NOT NULL,
    call   TEXT NOT NULL,
    status INTEGER NOT NULL,
    body   TEXT NOT NULL,
    at_us  INTEGER NOT NULL,
    PRIMARY KEY (key, call)
) STRICT, WITHOUT ROWID;

-- Consents to charge without the buyer, and the keys that were issued for them.
CREATE TABLE IF NOT EXISTS tosspayments_billing (
    auth_key     TEXT PRIMARY KEY,
    customer_key TEXT NOT NULL,
    success_url  TEXT NOT NULL,
    fail_url     TEXT NOT NULL,
    agreed_at_us INTEGER,
    billing_key  TEXT UNIQUE,
    removed      INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1))
) STRICT, WITHOUT ROWID;
