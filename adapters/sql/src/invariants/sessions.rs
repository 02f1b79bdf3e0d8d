//! Sessions and their chains of refresh tokens.

use super::{Invariant, Rows, Rule};

pub(super) const INVARIANTS: [Invariant; 1] = [Invariant::always(
    "I27",
    "a refresh token has one child; a session has one active token, and none once it is ended",
    Rule::Rows(Rows::of("ses", ONE_CHAIN)),
)];

const ONE_CHAIN: &str = "\
    SELECT session_id AS subject FROM refresh_token GROUP BY session_id \
    HAVING SUM(CASE WHEN state = 'active' THEN 1 ELSE 0 END) > 1 \
        OR (SUM(CASE WHEN state = 'reused' THEN 1 ELSE 0 END) > 0 \
            AND SUM(CASE WHEN state = 'active' THEN 1 ELSE 0 END) > 0) \
    UNION \
    SELECT t.session_id FROM refresh_token t \
    JOIN refresh_token twin ON twin.parent_hash = t.parent_hash \
                           AND twin.token_hash <> t.token_hash \
    UNION \
    SELECT s.id FROM session s JOIN refresh_token t ON t.session_id = s.id \
    WHERE s.revoked_at IS NOT NULL AND t.state = 'active'";
