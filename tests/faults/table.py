"""Faults that must lose nothing: for each what must hold, and the tests that hold it.

`test_table.py` checks that they are there; crash points have a list of their own.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`tests` are files, and in each the names of the tests."""

    fault: str
    holds: str
    tests: dict[str, tuple[str, ...]]


TABLE = (
    Row(
        "The web process is killed in the middle of an upload",
        "acknowledged parts survive, the upload resumes, the SHA-256 matches",
        {
            "tests/faults/test_web.py": (
                "test_a_web_server_killed_after_part_3_of_6_loses_none_of_the_three_and_the_film_arrives_whole",
            ),
        },
    ),
    Row(
        "The client vanishes in the middle of an upload",
        "no orphan bytes after the deadline",
        {
            "tests/clips/uploads/test_failures.py": (
                "test_expiry_ends_an_upload_that_nobody_came_back_for",
                "test_what_no_row_speaks_of_is_swept_once_it_is_old",
            ),
            "tests/proxied/test_uploads.py": ("test_a_part_that_breaks_off_leaves_nothing",),
        },
    ),
    Row(
        "SIGKILL of the work-horse, of the worker, of both, in the middle of a clip",
        "exactly one published set of renditions, within lease and one interval of upkeep; no ffmpeg goes on",
        {
            "tests/faults/test_killed.py": (
                "test_a_clip_whose_worker_is_killed_is_taken_up_within_lease_and_interval_and_published_once",
                "test_a_worker_that_loses_its_lease_stops_its_ffmpeg_and_goes_on_with_the_next_clip",
            ),
            "tests/commands/test_worker.py": ("test_a_killed_worker_takes_its_horse_along",),
        },
    ),
    Row(
        "A frozen worker wakes late",
        "it cannot overwrite the newer attempt",
        {
            "tests/faults/test_killed.py": ("test_a_frozen_worker_that_wakes_late_overwrites_nothing",),
            "tests/clips/test_processing.py": ("test_a_worker_that_wakes_late_cannot_publish_over_the_newer_attempt",),
            "tests/clips/test_late_attempts.py": (
                "test_a_late_attempt_removes_nothing_of_the_one_that_took_over",
                "test_a_preview_that_is_being_watched_outlives_the_attempt_that_put_it_up",
            ),
        },
    ),
    Row(
        "Redis is flushed or restarted",
        "no accepted work is lost",
        {
            "tests/faults/test_queue.py": ("test_a_redis_that_loses_everything_loses_no_work",),
            "tests/clips/test_processing.py": ("test_a_lost_bell_is_rung_again_and_a_dead_workers_job_is_taken_up",),
        },
    ),
    Row(
        "The database hangs up, or the outcome of a COMMIT is not known",
        "no half commit, no duplicate; a lease that cannot be renewed ends the work",
        {
            "tests/faults/test_database.py": (
                "test_connections_that_are_thrown_out_in_the_middle_of_a_clip_cost_nothing",
                "test_a_commit_whose_reply_is_lost_is_neither_half_nor_twice",
                "test_upkeep_takes_nothing_from_a_worker_that_is_just_renewing_its_lease",
                "test_a_withdrawal_and_a_publication_at_once_do_not_block_each_other",
            ),
            "tests/clips/test_late_attempts.py": ("test_a_lease_that_cannot_be_renewed_ends_by_our_own_clock",),
        },
    ),
    Row(
        "The store is slow, answers 500, resets, truncates",
        "retried with back-off; a row never points at a missing or short object",
        {
            "tests/faults/test_store.py": (
                "test_errors_resets_and_half_answers_are_retried_until_everything_is_whole",
                "test_a_store_that_is_away_for_longer_costs_an_attempt_and_not_the_clip",
            ),
            "tests/clips/test_late_attempts.py": (
                "test_a_store_that_does_not_answer_puts_the_clip_off_until_no_attempt_is_left",
            ),
            "tests/clips/uploads/test_failures.py": ("test_a_store_that_fails_at_complete_leaves_the_upload_open",),
        },
    ),
    Row(
        "The work folder's disk is full",
        "a clean failure that can be tried again; other clips go on",
        {
            "tests/faults/test_disk.py": (
                "test_a_full_disk_is_a_clean_failure_that_can_be_tried_again_and_other_clips_go_on",
            ),
        },
    ),
    Row(
        "The same job is delivered many times",
        "one effect",
        {
            "tests/faults/test_queue.py": ("test_one_bell_rung_twenty_times_for_two_workers_has_one_effect",),
            "tests/clips/test_processing.py": ("test_the_same_bell_rung_twice_does_the_work_once",),
        },
    ),
    Row(
        "A clip kills its worker each time",
        "quarantined at the third attempt, its owner told, the queue goes on",
        {
            "tests/faults/test_killed.py": (
                "test_a_clip_that_kills_its_worker_each_time_is_set_aside_its_owner_told_and_the_queue_goes_on",
            ),
        },
    ),
    Row(
        "Two people tag at once",
        "both are kept, on SQLite and on PostgreSQL",
        {
            "tests/tags/test_tags.py": ("test_both_of_the_pair_tagging_at_once_keep_everything",),
            "tests/faults/test_database.py": ("test_two_people_tagging_at_once_on_postgresql_keep_everything",),
        },
    ),
    Row(
        "Two people edit one note",
        "the second gets a conflict with both texts",
        {
            "tests/tags/test_tags.py": ("test_a_change_against_an_older_version_is_a_conflict_with_both_texts",),
            "tests/reviews/test_operations.py": (
                "test_a_stale_version_is_answered_with_both_texts_and_changes_nothing",
            ),
            "tests/faults/test_database.py": (
                "test_one_note_changed_on_two_screens_at_once_on_postgresql_is_a_conflict_for_one",
            ),
        },
    ),
    Row(
        "A double tap, a lost reply",
        "one tag",
        {
            "tests/tags/test_tags.py": (
                "test_a_press_sent_three_times_is_one_tag",
                "test_two_requests_for_one_tag_at_the_same_moment_make_one",
            ),
            "tests/browser/studio/test_without_a_line.py": ("test_a_lost_reply_and_a_closed_page_still_make_one_tag",),
        },
    ),
    Row(
        "Tagging while offline",
        "each tag arrives once, or is shown as refused",
        {
            "tests/browser/studio/test_without_a_line.py": (
                "test_a_press_without_a_line_arrives_once_and_one_that_is_refused_says_why",
            ),
        },
    ),
    Row(
        "Erasure is interrupted",
        "it finishes; nothing is half visible",
        {
            "tests/removal/test_removal.py": ("test_an_interrupted_erasure_is_finished_by_the_next_round",),
        },
    ),
    Row(
        "A new version takes over with jobs in flight",
        "what waits in queue and rows is done; what is under way is handed over",
        {
            "tests/faults/test_queue.py": (
                "test_what_the_version_before_left_in_queue_and_rows_is_done_by_this_one",
                "test_a_worker_that_is_asked_to_stop_hands_its_clip_to_its_successor_and_spares_it_the_attempt",
            ),
        },
    ),
    Row(
        "A machine's clock is wrong",
        "nobody is given a job that somebody holds",
        {
            "tests/faults/test_database.py": ("test_clocks_that_are_an_hour_off_take_no_job_from_anybody",),
        },
    ),
)
