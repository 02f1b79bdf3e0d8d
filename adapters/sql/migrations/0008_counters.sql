-- Counters that are written behind: sold pieces on their way to product.sales, unique visitors.

-- Appended with the event that tells of them, added up and taken out in one transaction.
CREATE TABLE sales_delta (
    event_id   UUID   NOT NULL,
    product_id UUID   NOT NULL,
    pieces     BIGINT NOT NULL CHECK (pieces <> 0),
    PRIMARY KEY (event_id, product_id)
);

-- Different visitors of a product on a day (days since 1970-01-01 in Seoul). The sketch is what
-- they were counted with, as long as the day may still grow; it holds no visitor.
CREATE TABLE product_view (
    product_id UUID   NOT NULL REFERENCES product (id),
    day        BIGINT NOT NULL,
    visitors   BIGINT NOT NULL CHECK (visitors >= 0),
    sketch     BYTEA,
    version    BIGINT NOT NULL CHECK (version >= 1),
    PRIMARY KEY (product_id, day)
);
CREATE INDEX product_view_sketch ON product_view (day, product_id) WHERE sketch IS NOT NULL;

-- The sum of its visitors over the days.
ALTER TABLE product ADD COLUMN views BIGINT NOT NULL DEFAULT 0 CHECK (views >= 0);
