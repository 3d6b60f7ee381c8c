import uuid

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from veo_workflow.clips.models import Clip
from veo_workflow.errors import Conflict, NotAllowed, NotFound
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Pair, Person
from veo_workflow.tags.models import Reply, Tag


def put_reply(
    session: Session, clip: Clip, pair: Pair, tag_id: uuid.UUID, reply_id: uuid.UUID, text: str, *, by: Person
) -> tuple[Reply, bool]:
    """Reply to a shared moment, and whether that is new: a request that is repeated is one reply.

    The caller has asked the policy about the clip.  Raises NotFound (no such moment, or somebody else's draft),
    Conflict (the moment is still a draft; the id was used for other words).
    """
    tag = _shared(session, clip, tag_id, by)
    present = session.get(Reply, reply_id)
    if present is not None:
        return _same(present, tag, text, by), False
    reply = Reply(id=reply_id, tag_id=tag.id, author_id=by.id, text=text)
    try:
        with session.begin_nested():
            session.add(reply)
    except IntegrityError:  # the same request, at the same time, in another process
        return _same(session.get_one(Reply, reply_id), tag, text, by), False
    tell(session, [pair.other(by.id).id], NoticeKind.MOMENT_ANSWERED, clip.id, by=by.id)
    return reply, True


def delete_reply(session: Session, clip: Clip, tag_id: uuid.UUID, reply_id: uuid.UUID, *, by: Person) -> None:
    """Take a reply of one's own back; one that is gone already is gone. Raises NotFound, Conflict, NotAllowed."""
    tag = _shared(session, clip, tag_id, by)
    reply = session.get(Reply, reply_id)
    if reply is None or reply.tag_id != tag.id:
        return
    if reply.author_id != by.id:
        raise NotAllowed("Only the person who wrote this reply can take it back.")
    session.delete(reply)


def _shared(session: Session, clip: Clip, tag_id: uuid.UUID, by: Person) -> Tag:
    tag = session.get(Tag, tag_id, with_for_update={"read": True})
    if tag is None or tag.clip_id != clip.id or (tag.shared_at is None and tag.author_id != by.id):
        raise NotFound("This moment is not there any more, so it cannot be replied to.")
    if tag.shared_at is None:
        raise Conflict("This moment is still a draft that only you see. Share it first.", code="draft")
    return tag


def _same(present: Reply, tag: Tag, text: str, by: Person) -> Reply:
    if (present.tag_id, present.author_id, present.text) != (tag.id, by.id, text):
        raise Conflict("This reply has been sent with other words already. Write it again as a new one.", code="sent")
    return present
