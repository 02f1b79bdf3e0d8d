-- What was sold on which day, rankings of it, and letting go of what has served its time.

-- Days since 1970-01-01 in Seoul. What was on its way when this was added is of no day.
ALTER TABLE sales_delta ADD COLUMN day BIGINT NOT NULL DEFAULT 0;

-- Below zero when more came back on a day than was sold on it.
CREATE TABLE product_sold (
    product_id UUID   NOT NULL REFERENCES product (id),
    day        BIGINT NOT NULL,
    pieces     BIGINT NOT NULL,
    PRIMARY KEY (day, product_id)
);

-- Made anew as a whole.
CREATE TABLE product_ranking (
    period     TEXT   NOT NULL,
    place      BIGINT NOT NULL CHECK (place >= 1),
    product_id UUID   NOT NULL REFERENCES product (id),
    pieces     BIGINT NOT NULL CHECK (pieces >= 1),
    until_day  BIGINT NOT NULL,
    PRIMARY KEY (period, place),
    UNIQUE (period, product_id)
);

-- Delivered events, oldest first, to be let go of; how far that has come.
CREATE INDEX outbox_published ON outbox (finished_at, event_id) WHERE state = 'published';
CREATE TABLE event_horizon (
    id               BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    forgotten_before BIGINT NOT NULL
);
