-- Accounts, sessions, refresh tokens, address books.

CREATE TABLE member (
    id            UUID   NOT NULL PRIMARY KEY,
    email         TEXT UNIQUE,
    nickname      TEXT UNIQUE,
    phone         TEXT UNIQUE,
    password_hash TEXT,
    role          TEXT   NOT NULL CHECK (role IN ('buyer', 'seller', 'admin')),
    status        TEXT   NOT NULL CHECK (status IN ('active', 'withdrawn')),
    version       BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    -- A withdrawn member keeps nothing personal.
    CHECK ((status = 'active') = (email IS NOT NULL AND nickname IS NOT NULL
                                  AND password_hash IS NOT NULL)),
    CHECK (status = 'active' OR (email IS NULL AND nickname IS NULL AND phone IS NULL
                                 AND password_hash IS NULL))
);

CREATE TABLE session (
    id         UUID   NOT NULL PRIMARY KEY,
    member_id  UUID   NOT NULL REFERENCES member (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX session_of_member ON session (member_id);

CREATE TABLE refresh_token (
    token_hash  BYTEA  NOT NULL PRIMARY KEY,
    session_id  UUID   NOT NULL REFERENCES session (id),
    generation  BIGINT NOT NULL,
    parent_hash BYTEA UNIQUE,
    state       TEXT   NOT NULL CHECK (state IN ('active', 'rotated', 'reused', 'revoked')),
    expires_at  BIGINT NOT NULL,
    UNIQUE (session_id, generation)
);
CREATE UNIQUE INDEX refresh_token_one_active ON refresh_token (session_id)
    WHERE state = 'active';

CREATE TABLE address (
    id         UUID    NOT NULL PRIMARY KEY,
    member_id  UUID    NOT NULL REFERENCES member (id),
    name       TEXT    NOT NULL,
    phone      TEXT    NOT NULL,
    postcode   TEXT    NOT NULL,
    address1   TEXT    NOT NULL,
    address2   TEXT    NOT NULL,
    is_default BOOLEAN NOT NULL,
    created_at BIGINT  NOT NULL
);
CREATE INDEX address_of_member ON address (member_id, created_at, id);
CREATE UNIQUE INDEX address_one_default ON address (member_id) WHERE is_default;
