-- Events, what consumers handled, idempotency keys, and the history of states.
-- Times are microseconds since 1970-01-01T00:00:00Z on both engines: exact, comparable, one text.

CREATE TABLE outbox (
    event_id      UUID   NOT NULL PRIMARY KEY,
    name          TEXT   NOT NULL,
    aggregate_id  UUID   NOT NULL,
    aggregate_seq BIGINT NOT NULL CHECK (aggregate_seq >= 1),
    occurred_at   BIGINT NOT NULL,
    payload       TEXT   NOT NULL,
    state         TEXT   NOT NULL
        CHECK (state IN ('pending', 'publishing', 'retryable', 'published', 'discarded')),
    attempts      BIGINT NOT NULL,
    due_at        BIGINT NOT NULL,
    finished_at   BIGINT,
    UNIQUE (aggregate_id, aggregate_seq)
);
CREATE INDEX outbox_unfinished ON outbox (due_at, event_id)
    WHERE state IN ('pending', 'publishing', 'retryable');

CREATE TABLE event_subscription (
    consumer   TEXT NOT NULL,
    event_name TEXT NOT NULL,
    PRIMARY KEY (consumer, event_name)
);

CREATE TABLE inbox (
    consumer   TEXT   NOT NULL,
    event_id   UUID   NOT NULL,
    handled_at BIGINT NOT NULL,
    PRIMARY KEY (consumer, event_id)
);

CREATE TABLE dead_letter (
    consumer TEXT   NOT NULL,
    event_id UUID   NOT NULL,
    cause    TEXT   NOT NULL,
    died_at  BIGINT NOT NULL,
    PRIMARY KEY (consumer, event_id)
);

CREATE TABLE idempotency (
    principal   UUID   NOT NULL,
    operation   TEXT   NOT NULL,
    idem_key    TEXT   NOT NULL,
    fingerprint BYTEA  NOT NULL,
    effect_id   UUID   NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (principal, operation, idem_key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE state_history (
    entity     TEXT   NOT NULL,
    entity_id  UUID   NOT NULL,
    version    BIGINT NOT NULL CHECK (version >= 1),
    from_state TEXT   NOT NULL,
    to_state   TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (entity, entity_id, version)
);
