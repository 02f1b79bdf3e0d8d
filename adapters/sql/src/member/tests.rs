//! The contracts on the embedded database.

use jangbogo_member::contract;

use crate::fresh::Fresh;

macro_rules! holds {
    ($($behaviour:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $behaviour() {
                let fresh = Fresh::open().await;
                let proof = contract::$behaviour(&fresh.store, &fresh.store, &fresh.ids, fresh.now);
                proof.await.unwrap();
            }
        )*
    };
}

holds! {
    an_added_member_is_found,
    nobody_is_found_who_is_not_there,
    a_dropped_transaction_adds_nobody,
    what_a_member_has_is_taken,
    one_address_one_nickname_one_number,
    a_member_is_saved_once_per_version,
    a_withdrawn_member_frees_what_it_had,
    an_opened_session_is_found,
    a_rotated_token_has_one_successor,
    one_of_many_rotations_succeeds,
    a_reused_token_ends_its_session,
    a_revoked_session_ends_alone,
    a_rotation_does_not_outlive_its_session,
    all_sessions_of_a_member_end_but_one,
    an_address_is_kept_until_it_is_removed,
    a_book_is_emptied_alone,
    a_book_has_one_default,
    one_of_many_defaults_stays,
}
