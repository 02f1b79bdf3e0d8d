-- Recurring orders: standing agreements, subscriptions, their cycles and tries, the cart for them.

ALTER TABLE payment_intent ADD COLUMN is_recurring BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE payment_attempt ADD COLUMN way TEXT NOT NULL DEFAULT 'SESSION'
    CHECK (way IN ('SESSION', 'AGREEING', 'CHARGE'));
ALTER TABLE payment_attempt ADD COLUMN agreement_id UUID;
ALTER TABLE payment_attempt ADD COLUMN witness TEXT;
ALTER TABLE payment_attempt ADD COLUMN firmness TEXT
    CHECK (firmness IN ('SOFT', 'AMBIGUOUS', 'HARD', 'OURS'));

CREATE TABLE agreement (
    id         UUID   NOT NULL PRIMARY KEY,
    buyer_id   UUID   NOT NULL REFERENCES member (id),
    provider   TEXT   NOT NULL,
    secret_key TEXT   NOT NULL,
    granted_by UUID   NOT NULL UNIQUE REFERENCES payment_attempt (id),
    state      TEXT   NOT NULL CHECK (state IN ('ACTIVE', 'ENDING', 'ENDED')),
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at   BIGINT,
    UNIQUE (provider, secret_key),
    CHECK ((state = 'ACTIVE') = (ended_at IS NULL))
);
CREATE INDEX agreement_to_end ON agreement (ended_at, id) WHERE state = 'ENDING';
-- A provider without idempotency keys tells what became of a charge only as long as no other one
-- is under way for the same agreement.
CREATE UNIQUE INDEX payment_attempt_one_charge ON payment_attempt (agreement_id)
    WHERE agreement_id IS NOT NULL AND operation = 'CAPTURE'
      AND state IN ('CREATED', 'SENT', 'UNKNOWN', 'MANUAL');

CREATE TABLE subscription (
    id                UUID   NOT NULL PRIMARY KEY,
    member_id         UUID   NOT NULL REFERENCES member (id),
    state             TEXT   NOT NULL CHECK (state IN (
        'awaiting_first_payment', 'active', 'past_due', 'paused', 'ending', 'cancelled')),
    period_days       BIGINT NOT NULL CHECK (period_days >= 1),
    currency          TEXT   NOT NULL,
    receiver_name     TEXT   NOT NULL,
    receiver_phone    TEXT   NOT NULL,
    receiver_postcode TEXT   NOT NULL,
    receiver_address1 TEXT   NOT NULL,
    receiver_address2 TEXT   NOT NULL,
    first_order_id    UUID   NOT NULL UNIQUE REFERENCES orders (id),
    agreement_id      UUID   UNIQUE REFERENCES agreement (id),
    version           BIGINT NOT NULL,
    created_at        BIGINT NOT NULL,
    ended_at          BIGINT,
    end_reason        TEXT,
    CHECK ((state IN ('ending', 'cancelled')) = (ended_at IS NOT NULL)),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CHECK (state NOT IN ('active', 'past_due', 'paused', 'ending') OR agreement_id IS NOT NULL)
);
CREATE INDEX subscription_of_member ON subscription (member_id, created_at, id);

CREATE TABLE subscription_line (
    subscription_id UUID   NOT NULL REFERENCES subscription (id),
    number          BIGINT NOT NULL,
    product_id      UUID   NOT NULL REFERENCES product (id),
    quantity        BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 999),
    unit_price      BIGINT NOT NULL CHECK (unit_price >= 1),
    PRIMARY KEY (subscription_id, number),
    UNIQUE (subscription_id, product_id)
);

CREATE TABLE due_cycle (
    id              UUID   NOT NULL PRIMARY KEY,
    subscription_id UUID   NOT NULL REFERENCES subscription (id),
    number          BIGINT NOT NULL CHECK (number >= 0),
    -- Days since 1970-01-01 on the billing calendar.
    period_start    BIGINT NOT NULL,
    due_at          BIGINT NOT NULL,
    next_at         BIGINT NOT NULL,
    state           TEXT   NOT NULL CHECK (state IN (
        'SCHEDULED', 'HELD', 'CHARGING', 'RETRYING', 'PAID', 'FAILED', 'SKIPPED', 'LEFT_OUT',
        'CANCELLED')),
    tries           BIGINT NOT NULL CHECK (tries BETWEEN 0 AND 4),
    first_day       BIGINT,
    order_id        UUID   UNIQUE REFERENCES orders (id),
    attempt_id      UUID   REFERENCES payment_attempt (id),
    announced_at    BIGINT,
    version         BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    UNIQUE (subscription_id, period_start),
    UNIQUE (subscription_id, number),
    CHECK (state NOT IN ('CHARGING', 'RETRYING', 'PAID') OR order_id IS NOT NULL)
);
-- One cycle of a subscription is ahead or under way; the others are over.
CREATE UNIQUE INDEX due_cycle_one_open ON due_cycle (subscription_id)
    WHERE state IN ('SCHEDULED', 'HELD', 'CHARGING', 'RETRYING');
CREATE INDEX due_cycle_due ON due_cycle (next_at, id)
    WHERE state IN ('SCHEDULED', 'CHARGING', 'RETRYING');

-- What a provider decided about a cycle's charge; what nobody knows yet is no try.
CREATE TABLE charge_try (
    cycle_id   UUID   NOT NULL REFERENCES due_cycle (id),
    day_offset BIGINT NOT NULL CHECK (day_offset IN (0, 1, 3, 5)),
    attempt_id UUID   NOT NULL UNIQUE REFERENCES payment_attempt (id),
    outcome    TEXT   NOT NULL CHECK (outcome IN ('CHARGED', 'DECLINED')),
    tried_at   BIGINT NOT NULL,
    PRIMARY KEY (cycle_id, day_offset)
);

CREATE TABLE subscription_cart_item (
    member_id   UUID   NOT NULL REFERENCES member (id),
    product_id  UUID   NOT NULL REFERENCES product (id),
    quantity    BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 999),
    period_days BIGINT NOT NULL CHECK (period_days >= 1),
    added_at    BIGINT NOT NULL,
    PRIMARY KEY (member_id, product_id)
);
