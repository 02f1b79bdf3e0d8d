-- One row per KakaoPay payment (tid), kept in step with pgsim_tx by the same transaction.
CREATE TABLE IF NOT EXISTS kakaopay_payment (
    seq                    INTEGER PRIMARY KEY AUTOINCREMENT,
    tid                    TEXT NOT NULL UNIQUE,
    page                   TEXT NOT NULL UNIQUE,
    cid                    TEXT NOT NULL,
    partner_order_id       TEXT NOT NULL,
    partner_user_id        TEXT NOT NULL,
    item_name              TEXT NOT NULL,
    item_code              TEXT,
    quantity               INTEGER NOT NULL,
    total                  INTEGER NOT NULL CHECK (total > 0),
    tax_free               INTEGER NOT NULL CHECK (tax_free BETWEEN 0 AND total),
    vat                    INTEGER NOT NULL CHECK (vat >= 0),
    green_deposit          INTEGER NOT NULL CHECK (green_deposit >= 0),
    approval_url           TEXT NOT NULL,
    cancel_url             TEXT NOT NULL,
    fail_url               TEXT NOT NULL,
    wanted_method          TEXT CHECK (wanted_method IN ('CARD', 'MONEY')),
    install_month          INTEGER,
    created_at_us          INTEGER NOT NULL,
    state                  TEXT NOT NULL CHECK (state IN (
        'READY', 'OPEN_PAYMENT', 'AUTH_PASSWORD', 'SUCCESS_PAYMENT', 'PART_CANCEL_PAYMENT',
        'CANCEL_PAYMENT', 'QUIT_PAYMENT', 'FAIL_PAYMENT')),
    pg_token               TEXT,
    method                 TEXT CHECK (method IN ('CARD', 'MONEY')),
    capture_aid            TEXT,
    approved_at_us         INTEGER,
    canceled_total         INTEGER NOT NULL DEFAULT 0 CHECK (canceled_total BETWEEN 0 AND total),
    canceled_tax_free      INTEGER NOT NULL DEFAULT 0
        CHECK (canceled_tax_free BETWEEN 0 AND tax_free),
    canceled_vat           INTEGER NOT NULL DEFAULT 0 CHECK (canceled_vat BETWEEN 0 AND vat),
    canceled_green_deposit INTEGER NOT NULL DEFAULT 0,
    canceled_at_us         INTEGER,
    CHECK ((state IN ('SUCCESS_PAYMENT', 'PART_CANCEL_PAYMENT', 'CANCEL_PAYMENT'))
        = (capture_aid IS NOT NULL))
) STRICT;
