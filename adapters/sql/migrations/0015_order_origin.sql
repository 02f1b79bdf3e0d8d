-- How an order came about: what a subscription ordered has nothing to do with the one-time cart, and
-- is told of by the subscription's own mails.

ALTER TABLE orders ADD COLUMN origin TEXT NOT NULL DEFAULT 'buyer'
    CHECK (origin IN ('buyer', 'subscription', 'cycle'));
UPDATE orders SET origin = 'subscription' WHERE id IN (SELECT first_order_id FROM subscription);
UPDATE orders SET origin = 'cycle'
    WHERE id IN (SELECT order_id FROM due_cycle WHERE number > 0 AND order_id IS NOT NULL);
