-- Every money movement the simulated providers have really done. Several captures for one
-- merchant_ref are possible on purpose: finding them is what the ledger is for.
CREATE TABLE IF NOT EXISTS pgsim_tx (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    provider     TEXT NOT NULL,
    pg_tx_id     TEXT NOT NULL,
    tid          TEXT NOT NULL,
    merchant_ref TEXT NOT NULL,
    op           TEXT NOT NULL CHECK (op IN ('CAPTURE', 'REFUND')),
    amount       INTEGER NOT NULL CHECK (amount > 0),
    parent_tx_id TEXT,
    payload      TEXT,
    at_us        INTEGER NOT NULL,
    UNIQUE (provider, pg_tx_id),
    CHECK ((op = 'CAPTURE') = (parent_tx_id IS NULL))
) STRICT;

-- One payment (tid) is captured at most once, as at the real provider.
CREATE UNIQUE INDEX IF NOT EXISTS pgsim_tx_one_capture
    ON pgsim_tx (provider, tid) WHERE op = 'CAPTURE';
CREATE INDEX IF NOT EXISTS pgsim_tx_by_payment ON pgsim_tx (provider, tid);
CREATE INDEX IF NOT EXISTS pgsim_tx_by_merchant ON pgsim_tx (provider, merchant_ref);
CREATE INDEX IF NOT EXISTS pgsim_tx_by_parent ON pgsim_tx (provider, parent_tx_id);

CREATE TRIGGER IF NOT EXISTS pgsim_tx_no_update BEFORE UPDATE ON pgsim_tx
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS pgsim_tx_no_delete BEFORE DELETE ON pgsim_tx
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

PRAGMA user_version = 1;
