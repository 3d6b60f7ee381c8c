"""What is promised about footage, row by row, and the tests that hold it: SAFEGUARDING A1 to E7.

`test_promises.py` checks that they are there; the end of a run prints what became of them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`tests` are files, and in each the names of the tests; `missing` says what of the promise is not kept yet."""

    number: str
    promise: str
    tests: dict[str, tuple[str, ...]]
    missing: str = ""


TABLE = (
    Row(
        "A1",
        "One policy decides everything: relation, verb, object, state",
        {
            "tests/access/test_matrix.py": (
                "test_every_endpoint_is_in_the_matrix_once",
                "test_only_those_in_the_row_get_through",
                "test_nobody_signed_out_gets_through_unless_it_is_open_to_all",
                "test_what_the_table_does_not_name_is_not_allowed",
                "test_nobody_outside_the_school_or_signed_out_is_in_the_table",
                "test_a_coach_whose_pair_has_ended_gets_through_nowhere",
                "test_the_coachee_keeps_the_footage_of_a_pair_that_has_ended",
            ),
            "tests/access/test_shares.py": (
                "test_a_share_is_watched_by_those_it_is_for_in_the_states_it_is_for",
                "test_nobody_watches_any_more_by_a_share_whose_owner_or_holder_has_left",
            ),
        },
    ),
    Row(
        "A2",
        "Lists, search, exports and counts narrow exactly as detail views do",
        {
            "tests/access/test_matrix.py": (
                "test_lists_and_pages_show_nothing_to_those_it_is_not_for",
                "test_the_canaries_do_sing_for_those_they_are_for",
            ),
            "tests/takeout/person/test_contents.py": ("test_what_is_anothers_is_in_no_archive",),
        },
    ),
    Row(
        "A3",
        "A lead sees logs and counts, never footage or private notes; under five people is withheld",
        {
            "tests/oversight/test_overview.py": (
                "test_a_lead_is_never_shown_footage_and_never_asks_for_its_words",
                "test_four_people_are_withheld_and_five_are_counted",
            ),
            "tests/oversight/test_logs.py": ("test_once_handed_in_lead_and_coachee_read_it_and_the_note_is_the_pairs",),
        },
    ),
    Row(
        "A4",
        "What is taken back bites on the next request, inside an open player too",
        {
            "tests/access/test_matrix.py": (
                "test_a_coach_loses_the_clip_between_two_byte_ranges",
                "test_a_share_holder_loses_the_film_between_two_byte_ranges",
                "test_a_coach_loses_the_preview_between_two_byte_ranges",
            ),
            "tests/removal/leaving/test_leaving.py": (
                "test_a_coach_who_leaves_loses_the_footage_between_two_byte_ranges",
                "test_a_coachee_who_leaves_takes_the_footage_from_everybody",
            ),
            "tests/operating/test_short_road.py": (
                "test_it_says_yes_to_whom_the_whole_road_says_yes_and_to_nobody_else",
                "test_what_ends_a_sign_in_or_holds_it_up_bites_on_the_next_range",
            ),
            "tests/proxied/test_playback.py": (
                "test_the_coach_loses_the_film_between_two_ranges",
                "test_a_share_that_is_revoked_ends_between_two_ranges",
                "test_signing_out_ends_the_film_between_two_ranges",
                "test_a_pair_that_ends_takes_the_film_from_the_coach_between_two_ranges",
            ),
        },
    ),
    Row(
        "A5",
        "Media is never reachable without a session; the bucket is private; out of relation is 404",
        {
            "tests/access/test_matrix.py": ("test_a_share_holder_gets_through_to_nothing_else_of_the_clip",),
            "tests/proxied/test_playback.py": (
                "test_the_address_of_a_film_is_of_no_use_to_anybody_else",
                "test_what_nginx_keeps_to_itself_is_not_there_for_anybody",
                "test_nobody_reads_the_bucket",
            ),
            "tests/proxied/test_uploads.py": (
                "test_the_store_is_asked_for_nothing_but_parts",
                "test_a_part_cannot_be_taken_from_another_clip",
            ),
        },
    ),
    Row(
        "A6",
        "Nobody downloads another's footage; the coachee can always take out their own",
        {
            "tests/access/test_matrix.py": ("test_only_those_in_the_row_get_through",),
            "tests/takeout/person/test_contents.py": (
                "test_the_coachee_has_their_cycles_whole_and_their_own_films",
                "test_the_coach_has_what_they_wrote_and_no_footage_of_anybody_else",
            ),
        },
    ),
    Row(
        "B1",
        "A withdrawn clip is out of reach at once and gone within the hour, with everything made of it",
        {
            "tests/removal/test_removal.py": (
                "test_a_withdrawn_clip_is_gone_from_every_screen_at_once",
                "test_upkeep_erases_every_byte_and_word_and_leaves_a_tombstone",
                "test_scratch_that_a_killed_worker_left_is_purged",
            ),
            "tests/clips/shares/test_films.py": ("test_with_the_clip_every_film_of_it_goes",),
            "tests/removal/test_what_stays.py": (
                "test_with_a_clip_goes_what_was_said_on_it_and_what_people_wrote_elsewhere_stays_theirs",
            ),
            "tests/storage/test_versions.py": (
                "test_a_deleted_object_leaves_neither_versions_nor_marks_and_its_neighbour_keeps_its_own",
                "test_what_a_trim_cuts_off_a_removed_photo_and_a_withdrawn_clip_are_gone_in_every_version",
            ),
        },
    ),
    Row(
        "B2",
        "A withdrawal that races a conversion wins",
        {
            "tests/faults/test_crash_points.py": ("test_a_clip_withdrawn_where_a_worker_died_does_not_come_back",),
            "tests/removal/test_trim.py": ("test_a_withdrawal_during_the_trim_wins",),
        },
    ),
    Row(
        "B3",
        "Every clip has a day, its owner is warned, it goes by itself; a hold stops that and takes two to lift",
        {
            "tests/removal/test_removal.py": ("test_a_clip_goes_by_itself_the_day_after_its_last",),
            "tests/removal/test_retention.py": (
                "test_a_clip_says_its_day_its_owner_is_told_a_fortnight_before_and_it_goes_by_itself",
            ),
            "tests/removal/holds/test_holds.py": (
                "test_a_hold_hides_the_clip_from_all_but_its_owner_who_is_told",
                "test_withdrawal_and_retention_hide_it_and_keep_its_bytes_until_two_have_lifted_the_hold",
                "test_watching_takes_a_second_person_lasts_a_day_and_is_written_down",
                "test_the_second_person_is_a_colleague_whom_it_does_not_concern",
            ),
            "tests/removal/holds/test_originals.py": ("test_a_clip_held_while_it_is_converted_keeps_its_original",),
            "tests/access/test_states.py": (
                "test_in_each_state_only_its_owner_gets_through_and_only_where_the_state_lets_her",
            ),
        },
    ),
    Row(
        "B4",
        "A tombstone remains, and what was erased is erased again after an old backup was restored",
        {
            "tests/removal/test_removal.py": ("test_upkeep_erases_every_byte_and_word_and_leaves_a_tombstone",),
            "tests/commands/keeping/test_erasures.py": (
                "test_an_old_backup_is_restored_and_what_had_been_erased_since_is_absent",
                "test_storage_that_was_not_lost_knows_by_itself",
            ),
            "tests/commands/keeping/test_changes_in_production.py": (
                "test_footage_roles_and_ways_in_of_before_do_not_come_back",
                "test_a_change_that_this_copy_knows_of_or_has_gone_beyond_is_not_made_again",
            ),
            "tests/commands/keeping/test_changes.py": (
                "test_what_was_taken_back_since_an_old_backup_does_not_come_back_with_it",
                "test_a_pair_that_ended_and_an_account_that_was_closed_stay_so",
            ),
        },
    ),
    Row(
        "C1",
        "An append-only log, sealed into a chain of hashes",
        {
            "tests/audit/test_audit.py": (
                "test_upkeep_seals_what_was_done_and_the_chain_holds",
                "test_the_database_itself_lets_nobody_change_or_remove_a_line",
                "test_an_entry_that_was_edited_shows",
                "test_an_entry_that_was_removed_shows",
                "test_a_log_that_was_cut_short_shows_by_its_last_seal",
            ),
            "tests/removal/breach/test_screens.py": (
                "test_what_the_coach_could_see_is_told_as_it_was_though_all_of_it_is_over",
                "test_who_is_refused_a_clip_is_written_down_once_for_half_an_hour_and_sixty_times_an_hour_at_most",
            ),
            "tests/removal/breach/test_spans.py": (
                "test_a_clip_was_open_to_its_coach_each_time_it_was_shared_and_neither_held_nor_flagged",
            ),
            "tests/audit/test_role.py": (
                "test_the_account_of_the_running_system_adds_to_the_log_and_cannot_change_it",
            ),
            "tests/clips/shares/test_shares.py": (
                "test_each_sitting_is_written_down_before_its_first_byte_wherever_it_begins",
            ),
        },
    ),
    Row(
        "C2",
        "The coachee sees who watched, and when",
        {
            "tests/pages/test_sharing.py": ("test_it_lists_who_watched_by_what_right_and_when_but_not_its_owner",),
            "tests/pages/test_sharing_screens.py": (
                "test_a_coachee_lets_a_colleague_watch_sees_that_he_did_and_takes_it_back",
            ),
        },
    ),
    Row(
        "C3",
        "No log holds a token, a name, a title or a note",
        {
            "tests/test_logs.py": (
                "test_an_exception_is_logged_by_type_and_place_alone",
                "test_what_a_statement_was_given_is_not_in_its_error",
            ),
            "tests/proxied/test_front.py": ("test_no_log_holds_an_address",),
        },
    ),
    Row(
        "D1",
        "Passwords by Argon2id, 12 to 128 characters, common ones refused; guessing is throttled",
        {
            "tests/people/test_signing_in.py": (
                "test_a_short_password_is_sent_back_with_a_remedy",
                "test_a_password_anybody_would_try_first_is_refused",
                "test_a_password_is_kept_by_argon2id_with_what_rfc_9106_asks_for",
                "test_the_database_keeps_no_token_and_no_password",
                "test_the_right_password_signs_in_and_a_wrong_one_says_the_same_as_a_wrong_name",
            ),
            "tests/people/test_tries.py": (
                "test_after_ten_wrong_guesses_even_the_right_password_has_to_wait",
                "test_an_address_that_nobody_has_is_answered_alike",
                "test_colleagues_behind_the_same_address_are_not_held_up",
                "test_one_password_is_not_tried_on_everybody",
            ),
        },
    ),
    Row(
        "D2",
        "A second factor, each code once, enforceable per school; single sign-on by OpenID Connect",
        {
            "tests/people/factors/test_codes.py": (
                "test_a_clock_may_differ_by_one_half_minute",
                "test_each_code_is_taken_once_and_none_before_it",
                "test_of_two_who_give_the_same_code_at_once_one_wins",
                "test_a_recovery_code_lets_in_once_and_is_kept_as_a_hash",
                "test_codes_cannot_be_guessed_at_will_nor_by_giving_the_password_between",
                "test_a_link_for_a_new_password_does_not_go_round_the_second_step",
                "test_a_sealed_secret_is_read_with_its_key_and_in_its_own_row_alone",
                "test_the_key_is_a_setting_or_a_file_that_no_backup_takes",
            ),
            "tests/people/factors/test_passkeys.py": (
                "test_a_device_that_did_not_know_its_owner_makes_no_passkey_and_gives_none",
                "test_each_time_its_count_has_grown_or_it_is_a_copy",
            ),
            "tests/people/factors/test_school.py": (
                "test_in_the_days_before_people_are_led_to_it_and_may_put_it_off",
                "test_from_the_day_on_nobody_goes_on_without",
            ),
            "tests/pages/test_identity_screens.py": (
                "test_a_passkey_is_made_given_at_sign_in_and_given_where_the_password_is_asked_again",
            ),
            "tests/people/providers/test_provider.py": (
                "test_who_was_invited_is_linked_once_and_from_then_on_known_by_subject_alone",
                "test_strangers_stay_strangers",
                "test_what_is_forged_old_or_meant_for_another_lets_nobody_in",
                "test_the_way_back_is_for_the_browser_that_left_and_once",
            ),
        },
    ),
    Row(
        "D3",
        "Signing out, a new password and a disabled account end a sign-in; idle and absolute limits",
        {
            "tests/people/test_signing_in.py": (
                "test_a_cookie_kept_from_before_signing_out_is_refused_afterwards",
                "test_a_new_password_ends_every_sign_in",
                "test_a_disabled_person_is_out_at_the_next_request",
                "test_a_sign_in_ends_when_idle_and_in_any_case_after_its_lifetime",
            ),
            "tests/people/test_devices.py": (
                "test_one_device_is_signed_out_from_another_and_a_copy_of_its_cookie_with_it",
                "test_all_others_are_signed_out_and_nobody_elses",
                "test_each_time_somebody_signs_in_they_get_a_new_id_and_the_one_before_ends",
            ),
            "tests/access/test_guard.py": (
                "test_under_https_the_cookie_is_bound_to_this_host",
                "test_nobody_is_served_in_the_clear_from_another_machine",
                "test_the_cookie_is_for_the_server_alone",
            ),
        },
    ),
    Row(
        "D4",
        "Signing in on a shared iPad by a code: once, two minutes; the name on every screen, a short idle time",
        {
            "tests/people/shared/test_shared.py": (
                "test_a_code_signs_its_person_in_once_and_looking_at_it_uses_nothing_up",
                "test_a_code_counts_for_two_minutes_and_until_another_is_shown",
                "test_of_two_ipads_at_once_one_is_signed_in",
                "test_a_shared_ipad_is_free_again_after_ten_idle_minutes_and_asking_by_itself_is_not_use",
                "test_a_shared_ipad_passes_nobody_on_and_has_given_no_password",
            ),
            "tests/pages/test_identity_screens.py": (
                "test_a_shared_ipad_is_signed_in_by_a_code_and_says_whose_turn_it_is",
            ),
        },
    ),
    Row(
        "D5",
        "What weighs asks for the password once more",
        {
            "tests/people/test_confirming.py": (
                "test_who_gives_it_goes_on_and_who_does_not_gets_nothing",
                "test_it_counts_for_a_quarter_of_an_hour",
                "test_it_counts_for_that_person_and_that_sign_in_alone",
                "test_a_form_that_needs_it_is_sent_on_with_nothing_lost",
                "test_a_list_of_the_school_goes_out_after_it_alone",
            ),
            "tests/people/factors/test_codes.py": (
                "test_a_code_from_the_app_serves_where_the_password_is_asked_again",
            ),
            "tests/access/test_step_up.py": ("test_what_weighs_is_done_by_nobody_who_has_not_just_said_who_they_are",),
            "tests/people/providers/test_provider.py": (
                "test_what_was_typed_waits_for_its_writer_while_the_provider_is_asked",
            ),
        },
    ),
    Row(
        "E1",
        "Every upload is hostile until probed",
        {
            "tests/media/test_kinds.py": ("test_it_becomes_a_clip", "test_it_is_refused_in_one_plain_sentence"),
            "tests/media/attachments/test_remake.py": ("test_what_is_damaged_or_something_else_is_refused",),
        },
    ),
    Row(
        "E2",
        "Tools see local files only, without a network, with limits",
        {
            "tests/media/test_hostile.py": (
                "test_nobody_is_called_for_a_playlist",
                "test_a_tool_in_the_sandbox_reaches_no_network_and_no_other_file",
            ),
            "tests/media/test_kinds.py": (
                "test_nothing_but_the_file_itself_is_opened_and_nobody_is_called",
                "test_the_sandbox_alone_keeps_a_tool_from_what_it_names",
                "test_no_tool_holds_much_memory_over_it",
            ),
        },
    ),
    Row(
        "E3",
        "Nothing made from an original says where, when or with what it was filmed",
        {
            "tests/media/test_kinds.py": (
                "test_nothing_made_from_it_says_where_when_or_with_what_it_was_filmed",
                "test_the_originals_do_say_it",
            ),
        },
    ),
    Row(
        "E4",
        "Tokens and Fetch Metadata on every write; strict headers on every answer; known hosts only",
        {
            "tests/access/test_guard.py": (
                "test_no_write_is_taken_without_its_token",
                "test_a_write_that_comes_from_another_site_is_refused",
                "test_every_answer_carries_the_strict_headers",
                "test_an_unknown_host_is_refused",
            ),
            "tests/proxied/test_front.py": ("test_every_answer_carries_the_strict_headers_once",),
        },
    ),
    Row(
        "E5",
        "No cell of a table is taken for a formula",
        {
            "tests/test_sheets.py": ("test_no_cell_is_taken_for_a_formula",),
            "tests/people/test_staff_list.py": ("test_what_is_taken_along_comes_back_unchanged_and_runs_no_formula",),
        },
    ),
    Row(
        "E6",
        "Quotas for a person and a school, on bytes and on what waits",
        {
            "tests/clips/uploads/test_quota.py": (
                "test_a_person_has_only_so_much_space",
                "test_so_has_a_school",
                "test_the_last_free_bytes_go_to_one_of_many_who_want_them",
                "test_only_so_many_clips_wait_at_once",
            ),
        },
    ),
    Row(
        "E7",
        "Dependencies are pinned with hashes; a known weakness fails the check",
        {
            "tests/commands/test_audit.py": (
                "test_an_auditor_that_cannot_see_has_not_run",
                "test_a_vulnerable_package_fails",
                "test_the_locks_hold_names_and_hashes_only",
            ),
        },
    ),
)
