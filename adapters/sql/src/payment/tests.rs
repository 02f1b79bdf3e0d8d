//! The contract on a fresh SQLite file; the tests package runs it on every engine.

use jangbogo_payment::contract;

use crate::ordering::tests::{NOW, contracts};

contracts! { shop:
    an_order_has_one_intent(&shop.store, &shop.ids, NOW);
    attempts_are_found_as_they_were_added(&shop.store, &shop.store, &shop.ids, NOW);
    an_intent_has_one_live_capture(&shop.store, &shop.ids, NOW);
    an_intent_has_one_live_refund(&shop.store, &shop.ids, NOW);
    a_session_is_kept_once(&shop.store, &shop.ids, NOW);
    a_saved_attempt_is_found(&shop.store, &shop.ids, NOW);
    saving_over_another_s_step_is_a_conflict(&shop.store, &shop.ids, NOW);
    a_ledger_transaction_is_written_once(&shop.store, &shop.ids, NOW);
    stale_captures_are_found(&shop.store, &shop.ids, NOW);
    waiting_refunds_are_found(&shop.store, &shop.ids, NOW);
    sent_attempts_are_orphans_after_their_time(&shop.store, &shop.ids, NOW);
    lookups_are_claimed_until_the_lease_is_over(&shop.store, &shop.ids, NOW);
    lookups_are_claimed_once_at_a_time(&shop.store, &shop.ids, NOW);
}
