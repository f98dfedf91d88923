//! What every store does. A new backend adds one line to `main.rs`.

pub(crate) mod applications;
pub(crate) mod codes;
pub(crate) mod consents;
pub(crate) mod devices;
pub(crate) mod factors;
pub(crate) mod keys;
pub(crate) mod records;
pub(crate) mod revocations;
pub(crate) mod sessions;
pub(crate) mod tenants;
pub(crate) mod users;

/// Runs the whole suite on the backend that the function of this name makes: one test a sentence, each
/// in a world of its own.
macro_rules! conforms {
    ($backend:ident) => {
        mod $backend {
            $crate::conformance::conforms!(@ $backend;
                applications {
                    an_application_is_found_by_id_by_audience_and_by_its_id_as_audience
                    an_application_is_addressed_byte_by_byte
                    applications_are_listed_by_id
                    an_application_put_again_is_replaced_and_its_old_audience_is_free
                    an_audience_that_is_anothers_audience_or_id_is_refused
                    an_id_that_is_anothers_audience_is_refused
                    an_audience_that_only_looks_different_is_refused
                    an_application_may_be_named_like_its_own_audience
                    a_name_freed_earlier_in_the_same_commit_can_be_taken
                    an_id_that_is_a_users_is_refused_and_the_other_way_round
                }
                users {
                    a_user_is_found_by_id_and_by_name_in_any_case
                    a_user_name_that_is_anothers_in_any_case_is_refused
                    a_user_may_change_the_case_of_their_name
                    a_freed_user_name_can_be_taken_in_the_same_commit
                    users_are_listed_in_pages_by_id
                    the_users_of_files_are_found_among_all_others
                    a_group_that_goes_ends_its_memberships
                    what_is_expected_has_to_be_there_or_nothing_is_written
                }
                factors {
                    factors_are_a_users_own_and_replaced_as_a_whole
                    factors_stay_when_the_entry_changes_and_go_with_the_user
                    nobody_has_factors_who_is_not_there
                    a_passkey_is_one_users_until_it_is_given_up
                    of_twenty_uses_of_one_code_at_once_one_counts
                }
                consents {
                    a_consent_is_found_by_id_by_client_and_by_resource
                    who_is_asked_for_a_user_are_the_user_and_the_administrators
                    a_withdrawn_consent_is_gone
                }
                sessions {
                    a_session_is_found_by_id_and_by_secret
                    a_session_renewed_is_found_by_its_new_secret_only
                    sessions_of_a_user_are_listed_newest_first_without_the_expired
                    a_session_long_expired_leaves_in_passing
                }
                codes {
                    a_code_works_once
                    an_unknown_code_counts_as_spent
                    fifty_uses_of_a_code_at_once_succeed_once
                    a_code_put_again_stays_spent
                    a_refresh_token_works_once_and_stays_recognisable
                    a_refresh_token_works_again_within_its_grace
                    an_assertion_works_once_until_it_expires
                    what_expired_long_ago_leaves_in_passing
                    a_spent_refresh_token_stays_while_its_family_can_live
                }
                devices {
                    a_device_is_found_by_both_its_codes
                    a_user_code_names_one_device_until_that_expires
                    a_device_is_answered_once_and_spent_once
                    fifty_polls_at_once_spend_a_device_once
                    a_poll_before_its_time_makes_the_next_ones_wait_longer
                    a_device_leaves_in_passing_once_nobody_can_use_what_came_of_it
                }
                keys {
                    keys_are_listed_oldest_first_and_can_be_replaced
                    of_several_nodes_that_make_the_next_key_at_once_one_does
                    a_key_that_is_expected_is_expected_as_it_is
                    a_trusted_issuer_is_known_until_it_is_removed
                }
                records {
                    records_are_numbered_and_chained
                    the_oldest_records_leave_and_the_rest_stays_a_chain
                    records_leave_only_up_to_one_that_is_kept_and_is_meant
                    a_conflict_leaves_no_change_and_no_record
                    records_are_found_by_request_subject_client_and_refusal
                    records_are_listed_newest_first_or_after_a_number
                    an_empty_store_has_no_chain
                }
                revocations {
                    a_fact_is_known_once_committed_and_others_are_not
                    of_what_never_comes_back_the_first_revocation_counts
                    of_a_user_or_a_client_the_last_revocation_counts
                    all_facts_are_listed_newest_first
                    facts_are_told_in_the_order_in_which_they_were_learned
                    a_fact_of_a_commit_that_conflicts_is_not_known
                    what_descends_from_something_ended_is_not_written
                }
                tenants {
                    a_handle_sees_nothing_of_another_tenant
                    tenants_have_chains_of_their_own
                    names_taken_in_one_tenant_are_free_in_another
                }
            );
        }
    };
    (@ $backend:ident; $($noun:ident { $($sentence:ident)* })*) => {
        $(mod $noun {
            $(#[tokio::test]
            async fn $sentence() {
                let world = $crate::$backend().await;
                $crate::conformance::$noun::$sentence(&world.t1, &world.t2).await;
            })*
        })*
    };
}
pub(crate) use conforms;

/// A handle, as tests get it.
pub(crate) type Handle = std::sync::Arc<dyn stead_core::ports::Store>;
