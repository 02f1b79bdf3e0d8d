//! What every store must prove: each list names every contract function of its crate once, behind
//! the ports that it is given.

/// A test for each behaviour, and their names for `complete`.
macro_rules! behaviours {
    ($engine:ident: $($ports:tt [$($name:ident,)+])+) => {
        pub(crate) const LISTED: &[&str] = &[$($(stringify!($name)),+),+];

        $($(
            #[tokio::test]
            async fn $name() {
                let fresh = crate::fresh::$engine().await;
                proves!(fresh, $name, $ports);
                fresh.store.close().await;
            }
        )+)+
    };
}

macro_rules! proves {
    ($fresh:ident, $name:ident, ($($port:ident),+)) => {
        contract::$name($(port!($fresh, $port),)+ &$fresh.ids, $fresh.now).await.unwrap()
    };
}

/// One store is every port; `ground` are rows for the contract to stand on.
macro_rules! port {
    ($fresh:ident, ground) => {
        &$fresh.inventory_ground().await
    };
    ($fresh:ident, $port:ident) => {
        &$fresh.store
    };
}

/// Every contract on one engine; `fresh` has a function of its name.
macro_rules! store_contracts {
    ($engine:ident) => {
        mod $engine {
            /// The contracts of the core crate in this folder that this engine is asked for.
            pub(crate) fn listed(folder: &str) -> &'static [&'static str] {
                match folder {
                    "kernel" => kernel::LISTED,
                    "job" => job::LISTED,
                    "member" => member::LISTED,
                    "catalog" => catalog::LISTED,
                    "inventory" => inventory::LISTED,
                    "cart" => cart::LISTED,
                    "ordering" => ordering::LISTED,
                    "payment" => payment::LISTED,
                    "subscription" => subscription::LISTED,
                    _ => &[],
                }
            }

            pub(crate) mod kernel {
                use jangbogo_kernel::contract;

                behaviours! { $engine:
                    (store, queue) [
                        a_commit_keeps_everything,
                        a_dropped_transaction_leaves_nothing,
                        publication_queue_claims_the_oldest_of_each_aggregate,
                        publication_queue_gives_an_event_to_one_claim,
                        publication_queue_claims_again_when_the_lease_is_over,
                        publication_queue_does_not_lose_an_event_that_commits_late,
                        publication_queue_retries_an_event_at_its_time,
                        publication_queue_goes_on_after_a_discarded_event,
                        publication_queue_counts_its_backlog,
                    ]
                    (store, queue, retention) [
                        retention_forgets_delivered_events,
                    ]
                    (store, retention) [
                        retention_forgets_old_keys,
                    ]
                    (store) [
                        outbox_refuses_one_version_twice,
                        inbox_records_an_event_once_per_consumer,
                        idempotency_keys_are_found_as_recorded,
                        idempotency_keys_are_recorded_once,
                        history_refuses_one_version_twice,
                    ]
                }
            }

            pub(crate) mod job {
                use jangbogo_job::contract;

                behaviours! { $engine:
                    (store, queries) [
                        an_added_run_is_found,
                        left_runs_are_found,
                        ended_runs_are_forgotten,
                        numbers_and_notes_are_kept,
                        a_schedule_is_introduced_once,
                    ]
                    (store) [
                        a_job_has_one_open_run_for_a_date,
                        a_run_is_saved_once_per_version,
                        a_page_is_turned_once,
                        a_left_chunk_is_taken_by_one,
                        a_lower_chunk_fence_is_refused,
                        a_schedule_is_saved_once_per_version,
                    ]
                }
            }

            pub(crate) mod member {
                use jangbogo_member::contract;

                behaviours! { $engine:
                    (store, queries) [
                        an_address_is_kept_until_it_is_removed,
                        a_book_is_emptied_alone,
                        a_book_has_one_default,
                        one_of_many_defaults_stays,
                        an_added_member_is_found,
                        nobody_is_found_who_is_not_there,
                        a_dropped_transaction_adds_nobody,
                        what_a_member_has_is_taken,
                        one_address_one_nickname_one_number,
                        a_member_is_saved_once_per_version,
                        a_withdrawn_member_frees_what_it_had,
                        who_leaves_has_no_session_left,
                        an_opened_session_is_found,
                        a_rotated_token_has_one_successor,
                        one_of_many_rotations_succeeds,
                        a_reused_token_ends_its_session,
                        a_revoked_session_ends_alone,
                        a_rotation_does_not_outlive_its_session,
                        all_sessions_of_a_member_end_but_one,
                    ]
                }
            }

            pub(crate) mod catalog {
                use jangbogo_catalog::contract;

                behaviours! { $engine:
                    (members, store, queries) [
                        pages_show_every_product_once,
                        pages_lead_back,
                        a_category_s_list_follows_its_products,
                        brands_are_shown_once,
                        pages_hold_while_the_list_changes,
                        a_list_shows_what_is_asked_for,
                        a_text_is_found_literally,
                        added_products_are_found,
                        very_many_products_are_found,
                        a_product_is_saved_once_per_version,
                        a_withdrawn_product_is_shown_nowhere,
                        a_seller_who_has_left_has_no_name,
                        sales_are_counted_and_never_negative,
                        kept_sales_are_taken_once,
                    ]
                    (members, store, queries, views) [
                        visitors_are_saved_once_per_version,
                    ]
                    (members, store, queries) [
                        products_are_ranked_by_pieces,
                        a_ranking_is_made_by_several_at_once,
                        old_sales_are_forgotten,
                    ]
                }
            }

            pub(crate) mod inventory {
                use jangbogo_inventory::contract;

                behaviours! { $engine:
                    (store, ground) [
                        stock_is_found_in_the_order_of_ids,
                        stock_is_found_without_waiting,
                        a_lower_fence_is_refused,
                        changed_stock_is_saved,
                        saving_over_another_s_stock_is_a_conflict,
                        impossible_counters_are_refused,
                        a_reservation_has_one_hold_and_one_end_in_the_ledger,
                        the_last_piece_is_held_once,
                        reservations_are_found_by_order,
                        reservations_are_closed_once,
                        pieces_are_held_a_second_time,
                    ]
                }
            }

            pub(crate) mod cart {
                use jangbogo_cart::contract;

                behaviours! { $engine:
                    (members, store, queries) [
                        a_cart_has_one_line_per_product,
                        taken_out_pieces_are_gone,
                        a_removed_line_is_gone,
                        carts_are_kept_apart,
                        a_cart_is_decided_on_by_one_at_a_time,
                        a_cart_shows_the_products_of_now,
                    ]
                }
            }

            pub(crate) mod ordering {
                use jangbogo_ordering::contract;

                behaviours! { $engine:
                    (store, queries) [
                        orders_are_found_as_they_were_added,
                        listed_orders_come_once_and_newest_first,
                        the_history_is_told_oldest_first,
                    ]
                    (store) [
                        a_saved_step_is_found,
                        saving_over_another_s_step_is_a_conflict,
                        due_orders_expire_once,
                        a_capture_begins_only_on_a_payable_order,
                        a_capture_ends_by_its_own_attempt,
                        capture_and_expiry_exclude_each_other,
                    ]
                }
            }

            pub(crate) mod subscription {
                use jangbogo_subscription::contract;

                behaviours! { $engine:
                    (store, queries) [
                        subscriptions_are_found_as_they_were_added,
                        due_cycles_are_met_once,
                        a_recurring_cart_has_one_line_per_product,
                        recurring_carts_are_kept_apart,
                        a_recurring_cart_shows_the_products_of_now,
                    ]
                    (store) [
                        a_subscription_is_saved_once_per_version,
                        a_member_s_subscriptions_are_found,
                        lines_are_replaced,
                        a_day_has_one_cycle_and_one_is_open,
                        a_cycle_is_saved_once_per_version,
                        a_charge_begins_only_where_it_may,
                        a_day_of_the_dunning_has_one_try,
                        cycles_to_announce_are_found,
                    ]
                }
            }

            pub(crate) mod payment {
                use jangbogo_payment::contract;

                behaviours! { $engine:
                    (store) [
                        an_order_has_one_intent,
                        an_intent_has_one_live_capture,
                        an_intent_has_one_live_refund,
                        a_session_is_kept_once,
                        a_saved_attempt_is_found,
                        saving_over_another_s_step_is_a_conflict,
                        a_ledger_transaction_is_written_once,
                        surplus_stands_beside_the_payment,
                        stale_captures_are_found,
                        an_attempt_is_locked_after_its_order,
                        waiting_refunds_are_found,
                        sent_attempts_are_orphans_after_their_time,
                        lookups_are_claimed_until_the_lease_is_over,
                        lookups_are_claimed_once_at_a_time,
                        a_payment_grants_one_agreement,
                        an_agreement_ends_once,
                        an_agreement_has_one_live_charge,
                        what_an_answer_brought_is_kept,
                    ]
                    (store, queries) [
                        attempts_are_found_as_they_were_added,
                        attempts_are_found_by_their_last_change,
                        what_waits_for_a_person_is_listed,
                        the_steps_of_an_attempt_are_told,
                        an_attempt_is_found_by_its_movement,
                        a_comparison_is_kept_with_what_it_found,
                        comparisons_are_listed_newest_first,
                    ]
                }
            }
        }
    };
}
