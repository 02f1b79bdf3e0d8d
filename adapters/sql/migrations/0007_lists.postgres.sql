-- Every list walks an index of its own: (what is asked for, the sort key, the id). The selling
-- price comes last, so that a price range is decided in the index, before any row is read.

DROP INDEX product_newest;
DROP INDEX product_sales;
DROP INDEX product_discount;
CREATE INDEX product_newest ON product (updated_at, id, selling_price) WHERE status = 'on_sale';
CREATE INDEX product_sales ON product (sales, id, selling_price) WHERE status = 'on_sale';
CREATE INDEX product_discount ON product (discount_bps, id, selling_price)
    WHERE status = 'on_sale';
CREATE INDEX brand_newest ON product (maker, updated_at, id, selling_price)
    WHERE status = 'on_sale';
CREATE INDEX brand_price ON product (maker, selling_price, id) WHERE status = 'on_sale';
CREATE INDEX brand_sales ON product (maker, sales, id, selling_price) WHERE status = 'on_sale';
CREATE INDEX brand_discount ON product (maker, discount_bps, id, selling_price)
    WHERE status = 'on_sale';

-- An index cannot reach into another table: a product's categories carry copies of what lists are
-- sorted and filtered by. Triggers keep them right, whoever writes the product.
ALTER TABLE product_category
    ADD COLUMN status        TEXT   NOT NULL DEFAULT '',
    ADD COLUMN updated_at    BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN selling_price BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN sales         BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN discount_bps  BIGINT NOT NULL DEFAULT 0;
UPDATE product_category
SET status = p.status, updated_at = p.updated_at, selling_price = p.selling_price,
    sales = p.sales, discount_bps = p.discount_bps
FROM product p
WHERE p.id = product_category.product_id;

CREATE INDEX category_newest ON product_category (category, updated_at, product_id, selling_price)
    WHERE status = 'on_sale';
CREATE INDEX category_price ON product_category (category, selling_price, product_id)
    WHERE status = 'on_sale';
CREATE INDEX category_sales ON product_category (category, sales, product_id, selling_price)
    WHERE status = 'on_sale';
CREATE INDEX category_discount
    ON product_category (category, discount_bps, product_id, selling_price)
    WHERE status = 'on_sale';

-- A new row without copies takes them from its product.
CREATE FUNCTION copy_from_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT p.status, p.updated_at, p.selling_price, p.sales, p.discount_bps
    INTO NEW.status, NEW.updated_at, NEW.selling_price, NEW.sales, NEW.discount_bps
    FROM product p WHERE p.id = NEW.product_id;
    RETURN NEW;
END
$$;
CREATE TRIGGER product_category_copies BEFORE INSERT ON product_category
    FOR EACH ROW WHEN (NEW.status = '') EXECUTE FUNCTION copy_from_product();

-- One statement for all products that a statement has changed.
CREATE FUNCTION copy_to_categories() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE product_category w
    SET status = p.status, updated_at = p.updated_at,
        selling_price = p.selling_price, sales = p.sales, discount_bps = p.discount_bps
    FROM changed p
    WHERE w.product_id = p.id
      AND (w.status, w.updated_at, w.selling_price, w.sales, w.discount_bps)
          IS DISTINCT FROM
          (p.status, p.updated_at, p.selling_price, p.sales, p.discount_bps);
    RETURN NULL;
END
$$;
CREATE TRIGGER product_copies AFTER UPDATE ON product
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION copy_to_categories();
