-- Products, categories, stock with its ledger, carts.

CREATE TABLE product (
    id             UUID   NOT NULL PRIMARY KEY,
    seller_id      UUID   NOT NULL REFERENCES member (id),
    name           TEXT   NOT NULL,
    name_en        TEXT   NOT NULL,
    maker          TEXT   NOT NULL,
    description    TEXT   NOT NULL,
    image_url      TEXT   NOT NULL,
    attributes     TEXT   NOT NULL,
    search_text    TEXT   NOT NULL,
    currency       TEXT   NOT NULL,
    original_price BIGINT NOT NULL CHECK (original_price >= 1),
    discount_bps   BIGINT NOT NULL CHECK (discount_bps BETWEEN 0 AND 10000),
    selling_price  BIGINT NOT NULL CHECK (selling_price BETWEEN 1 AND original_price),
    status         TEXT   NOT NULL CHECK (status IN ('on_sale', 'withdrawn')),
    sales          BIGINT NOT NULL DEFAULT 0 CHECK (sales >= 0),
    version        BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL
);
-- One index for each order in which products are listed; ties are broken by id.
CREATE INDEX product_newest ON product (updated_at, id) WHERE status = 'on_sale';
CREATE INDEX product_price ON product (selling_price, id) WHERE status = 'on_sale';
CREATE INDEX product_sales ON product (sales, id) WHERE status = 'on_sale';
CREATE INDEX product_discount ON product (discount_bps, id) WHERE status = 'on_sale';

CREATE TABLE product_category (
    category   TEXT   NOT NULL,
    product_id UUID   NOT NULL REFERENCES product (id),
    position   BIGINT NOT NULL,
    PRIMARY KEY (category, product_id)
);
CREATE INDEX category_of_product ON product_category (product_id, position);

CREATE TABLE stock (
    product_id UUID   NOT NULL PRIMARY KEY REFERENCES product (id),
    initial    BIGINT NOT NULL CHECK (initial >= 0),
    adjusted   BIGINT NOT NULL,
    available  BIGINT NOT NULL CHECK (available >= 0),
    reserved   BIGINT NOT NULL CHECK (reserved >= 0),
    sold       BIGINT NOT NULL CHECK (sold >= 0),
    sequence   BIGINT NOT NULL CHECK (sequence >= 1),
    CHECK (initial + adjusted = available + reserved + sold)
);

CREATE TABLE stock_ledger (
    product_id     UUID   NOT NULL REFERENCES stock (product_id),
    sequence       BIGINT NOT NULL,
    kind           TEXT   NOT NULL
        CHECK (kind IN ('INIT', 'ADJUST', 'HOLD', 'COMMIT', 'RELEASE', 'RESTOCK')),
    pieces         BIGINT NOT NULL CHECK (pieces >= 0 OR kind = 'ADJUST'),
    reservation_id UUID,
    at             BIGINT NOT NULL,
    PRIMARY KEY (product_id, sequence)
);
-- A hold is opened once and closed at most once.
CREATE UNIQUE INDEX stock_ledger_one_hold ON stock_ledger (reservation_id) WHERE kind = 'HOLD';
CREATE UNIQUE INDEX stock_ledger_one_end ON stock_ledger (reservation_id)
    WHERE kind IN ('COMMIT', 'RELEASE');

CREATE TABLE cart_item (
    member_id  UUID   NOT NULL REFERENCES member (id),
    product_id UUID   NOT NULL REFERENCES product (id),
    quantity   BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 999),
    added_at   BIGINT NOT NULL,
    PRIMARY KEY (member_id, product_id)
);
