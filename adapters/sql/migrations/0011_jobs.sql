-- Runs of jobs, how far their steps are, the chunks in somebody's hands, and schedules.

CREATE TABLE job_run (
    id          UUID   NOT NULL PRIMARY KEY,
    job         TEXT   NOT NULL,
    as_of       TEXT   NOT NULL,
    trigger_by  TEXT   NOT NULL CHECK (trigger_by IN ('command', 'schedule')),
    state       TEXT   NOT NULL
        CHECK (state IN ('running', 'done', 'done_with_attention', 'failed', 'abandoned')),
    reason      TEXT   NOT NULL,
    lease_until BIGINT NOT NULL,
    taken_up    BIGINT NOT NULL CHECK (taken_up >= 1),
    started_at  BIGINT NOT NULL,
    finished_at BIGINT,
    version     BIGINT NOT NULL CHECK (version >= 1),
    CHECK ((finished_at IS NULL) = (state = 'running'))
);
-- A job has one open run for a date: whoever comes second joins it.
CREATE UNIQUE INDEX job_run_open ON job_run (job, as_of) WHERE state IN ('running', 'failed');
CREATE INDEX job_run_of_job ON job_run (job, as_of, started_at, id);
CREATE INDEX job_run_age ON job_run (started_at, id);

CREATE TABLE job_step (
    run_id       UUID    NOT NULL REFERENCES job_run (id) ON DELETE CASCADE,
    position     BIGINT  NOT NULL CHECK (position >= 0),
    name         TEXT    NOT NULL,
    next_cursor  TEXT,
    is_exhausted BOOLEAN NOT NULL,
    pages        BIGINT  NOT NULL CHECK (pages >= 0),
    items_read   BIGINT  NOT NULL CHECK (items_read >= 0),
    done         BIGINT  NOT NULL CHECK (done >= 0),
    skipped      BIGINT  NOT NULL CHECK (skipped >= 0),
    failed       BIGINT  NOT NULL CHECK (failed >= 0),
    later        BIGINT  NOT NULL CHECK (later >= 0),
    PRIMARY KEY (run_id, position),
    CHECK (items_read = done + skipped + failed + later)
);

-- Removed when it is settled. Who writes about it shows its fence.
CREATE TABLE job_chunk (
    run_id      UUID   NOT NULL REFERENCES job_run (id) ON DELETE CASCADE,
    position    BIGINT NOT NULL,
    number      BIGINT NOT NULL CHECK (number >= 1),
    items       TEXT   NOT NULL,
    lease_until BIGINT NOT NULL,
    fence       BIGINT NOT NULL CHECK (fence >= 1),
    PRIMARY KEY (run_id, position, number)
);

-- Items that need somebody's attention, or a later run.
CREATE TABLE job_item_note (
    run_id   UUID   NOT NULL REFERENCES job_run (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    item     TEXT   NOT NULL,
    outcome  TEXT   NOT NULL CHECK (outcome IN ('failed', 'later')),
    reason   TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (run_id, position, item)
);

CREATE TABLE job_schedule (
    job        TEXT    NOT NULL PRIMARY KEY,
    cron       TEXT    NOT NULL,
    zone       TEXT    NOT NULL,
    is_enabled BOOLEAN NOT NULL,
    next_at    BIGINT  NOT NULL,
    version    BIGINT  NOT NULL CHECK (version >= 1)
);
