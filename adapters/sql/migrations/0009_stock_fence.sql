-- The highest fence that a holder of the product's distributed lock has written with. A holder that
-- was paused past its lease has a lower one and is refused, whatever it believes.
ALTER TABLE stock ADD COLUMN fence BIGINT NOT NULL DEFAULT 0 CHECK (fence >= 0);
