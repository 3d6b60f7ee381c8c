"""How a notice is said, and where it leads. Nothing here quotes what anybody has written (issue 5, notices)."""

from dataclasses import dataclass

from veo_workflow.notices.models import NoticeKind


@dataclass(frozen=True)
class Said:
    """`sentence` has a place for who did it; `key` is the subject's name in the address it leads to, if any."""

    sentence: str
    endpoint: str
    key: str = ""


WORDS = {
    NoticeKind.PAIR_MADE: Said("{who} made a pair of you and a colleague", "pages.home"),
    NoticeKind.PAIR_ENDED: Said("{who} ended a pair you were in; what it had planned is cancelled", "pages.home"),
    NoticeKind.ROSTER_JOINED: Said("{who} put you on the roster of coaches", "pages.home"),
    NoticeKind.ROSTER_LEFT: Said("{who} took you off the roster of coaches", "pages.home"),
    NoticeKind.ROLES_CHANGED: Said("{who} changed what you do for the whole school", "pages.home"),
    NoticeKind.SECOND_STEP_CLEARED: Said("{who} took away the second step of your signing in", "factors.own"),
    NoticeKind.CLIP_READY: Said("A clip of yours is ready", "tags.studio", "clip_id"),
    NoticeKind.CLIP_FAILED: Said("A clip of yours needs another try", "pages.home"),
    NoticeKind.CLIP_SHARED: Said("{who} shared a clip with you", "tags.studio", "clip_id"),
    NoticeKind.CLIP_SHARED_WITH: Said("{who} lets you watch something", "shares.watch", "share_id"),
    NoticeKind.CLIP_GOES_SOON: Said("A clip of yours is deleted in two weeks, or sooner", "tags.studio", "clip_id"),
    NoticeKind.CLIP_FLAGGED: Said("{who} flagged a clip: a pupil must not be shown", "flags.page", "clip_id"),
    NoticeKind.CLIP_UNFLAGGED: Said("{who} took a flag off a clip", "flags.page", "clip_id"),
    NoticeKind.CLIP_HELD: Said("{who} put a clip of yours on hold", "holds.told", "clip_id"),
    NoticeKind.CLIP_RELEASED: Said("The hold on a clip of yours is lifted", "holds.told", "clip_id"),
    NoticeKind.HOLD_ASKED: Said("{who} asks you to be the second person", "holds.asked", "request_id"),
    NoticeKind.HOLD_ANSWERED: Said("{who} answered as the second person", "holds.one", "hold_id"),
    NoticeKind.EXEMPLAR_TAKEN_OUT: Said("{who} took a clip of yours out of the library", "sharing.page", "clip_id"),
    NoticeKind.MOMENTS_SHARED: Said("{who} shared moments with you", "tags.studio", "clip_id"),
    NoticeKind.MOMENT_ANSWERED: Said("{who} replied to a moment", "tags.studio", "clip_id"),
    NoticeKind.TAGGING_FINISHED: Said("{who} has finished tagging a clip", "tags.studio", "clip_id"),
    NoticeKind.MOMENTS_REVEALED: Said(
        "{who} has finished tagging too, and both sets are revealed", "tags.studio", "clip_id"
    ),
    NoticeKind.SELF_FIRST_CHANGED: Said("{who} changed who of you tags first", "self_first.page", "cycle_id"),
    NoticeKind.REALITY_WRITTEN: Said("{who} wrote down how it is today", "reality.picture", "cycle_id"),
    NoticeKind.EVIDENCE_ADDED: Said("{who} added evidence to your cycle", "evidence.everything", "cycle_id"),
    NoticeKind.GOAL_WRITTEN: Said("{who} wrote the goal of your cycle", "pages.cycle", "cycle_id"),
    NoticeKind.REVIEW_ROOM_OPEN: Said("{who} came to the review room to meet you", "reviews.review", "cycle_id"),
    NoticeKind.REVIEW_TRIMMED: Said(
        "{who} trimmed a clip; what your review said of moments in the part that went is gone with it",
        "reviews.review",
        "cycle_id",
    ),
    NoticeKind.REVIEW_CLIP_GONE: Said(
        "{who} deleted a clip; what your review said of its moments is gone with it", "reviews.review", "cycle_id"
    ),
    NoticeKind.REVIEW_AGREED: Said("{who} agreed to the review; now it is your turn", "reviews.review", "cycle_id"),
    NoticeKind.ACTION_DONE: Said("{who} did what you two had agreed", "reviews.review", "cycle_id"),
    NoticeKind.CYCLE_CLOSED: Said("{who} agreed too, and the cycle is finished", "pages.cycle", "cycle_id"),
    NoticeKind.SESSION_PLANNED: Said("{who} planned a session with you", "sessions.one", "meeting_id"),
    NoticeKind.SESSION_MOVED: Said("{who} moved a session with you", "sessions.one", "meeting_id"),
    NoticeKind.SESSION_CANCELLED: Said("{who} cancelled a session with you", "sessions.one", "meeting_id"),
    NoticeKind.PRACTICE_WRITTEN: Said("{who} wrote about practising", "practice.everything", "cycle_id"),
    NoticeKind.RESOURCE_SENT: Said("{who} sent you something to read or watch", "resources.everything", "cycle_id"),
    NoticeKind.STRATEGY_REWORDED: Said(
        "{who} reworded a strategy you use; see what is different, and keep your wording or take the new one",
        "cycles.strategies",
        "cycle_id",
    ),
    NoticeKind.MESSAGE_SENT: Said("{who} wrote to you", "conversation.page", "cycle_id"),
    NoticeKind.LOG_ASKED_FOR: Said("{who} asks for a coaching log", "logs.own"),
    NoticeKind.PERSON_LEFT: Said("{who} noted that a colleague has left; their pairs have ended", "pages.home"),
    NoticeKind.ARCHIVE_READY: Said("The archive of your data is ready", "archive.own"),
    NoticeKind.ARCHIVE_FAILED: Said("The archive of your data could not be made", "archive.own"),
}


def sentence(kind: NoticeKind, who: str | None) -> str:
    """`who` is None where nobody in particular did it."""
    return WORDS[kind].sentence.format(who=who or "Your school")
