import uuid

from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.errors import Conflict
from veo_workflow.schools.models import RecordingNotice, School
from veo_workflow.schools.recording.queries import notice_of
from veo_workflow.schools.recording.rules import NoticeWords


def write_notice(session: Session, school: School, words: NoticeWords, *, after: int, by: uuid.UUID) -> RecordingNotice:
    """A new wording, which holds from now on; and for how long clips that are made from now on are kept.

    `after` is the number of the wording that was read before, 0 where there was none.  Raises Conflict with the one
    that stands when somebody else wrote meanwhile.
    """
    session.refresh(school, with_for_update={"key_share": True})
    standing = notice_of(session, school.id)
    number = standing.number if standing else 0
    if number != after:
        raise Conflict(
            "Somebody else changed the notice while you were writing. Both are below.",
            code="notice_changed",
            theirs=standing,
        )
    school.keep_clips_days = words.keep_days
    notice = RecordingNotice(
        school_id=school.id,
        number=number + 1,
        basis=words.basis,
        notice=words.notice,
        opting_out=words.opting_out,
    )
    session.add(notice)
    session.flush()
    record(session, "recording_notice_written", by=by, school=school.id, subject=("recording_notice", notice.id))
    return notice
