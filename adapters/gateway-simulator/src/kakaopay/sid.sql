-- Recurring tokens, and when they were charged.
CREATE TABLE IF NOT EXISTS kakaopay_sid (
    sid             TEXT NOT NULL PRIMARY KEY,
    cid             TEXT NOT NULL,
    partner_user_id TEXT NOT NULL,
    item_name       TEXT NOT NULL,
    method          TEXT NOT NULL CHECK (method IN ('CARD', 'MONEY')),
    created_at_us   INTEGER NOT NULL,
    inactivated_at_us INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS kakaopay_sid_approval (
    sid   TEXT NOT NULL REFERENCES kakaopay_sid (sid),
    at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS kakaopay_sid_approvals ON kakaopay_sid_approval (sid, at_us);
CREATE INDEX IF NOT EXISTS kakaopay_sid_of_user ON kakaopay_sid (partner_user_id);
