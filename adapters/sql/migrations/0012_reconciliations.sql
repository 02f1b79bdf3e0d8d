-- Comparisons of our books with a provider's, and what was not the same.

CREATE TABLE reconciliation (
    id          UUID   NOT NULL PRIMARY KEY,
    provider    TEXT   NOT NULL,
    from_at     BIGINT NOT NULL,
    until_at    BIGINT NOT NULL,
    started_at  BIGINT NOT NULL,
    finished_at BIGINT,
    problem     TEXT,
    compared    BIGINT NOT NULL CHECK (compared >= 0),
    asked       BIGINT NOT NULL CHECK (asked >= 0),
    busy        BIGINT NOT NULL CHECK (busy >= 0),
    differences BIGINT NOT NULL CHECK (differences >= 0),
    unrepaired  BIGINT NOT NULL CHECK (unrepaired BETWEEN 0 AND differences),
    CHECK (from_at < until_at)
);
CREATE INDEX reconciliation_newest ON reconciliation (started_at, id);

CREATE TABLE reconciliation_difference (
    reconciliation_id UUID    NOT NULL REFERENCES reconciliation (id),
    number            BIGINT  NOT NULL,
    class             TEXT    NOT NULL,
    merchant_ref      TEXT    NOT NULL,
    attempt_id        UUID,
    movement          TEXT,
    ours              BIGINT,
    theirs            BIGINT,
    currency          TEXT    NOT NULL,
    is_repaired       BOOLEAN NOT NULL,
    PRIMARY KEY (reconciliation_id, number)
);
