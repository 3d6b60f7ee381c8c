"""A refusal is written down (SAFEGUARDING C1): somebody who is signed in asked for a clip that is not theirs to see.

So it is part of what the safeguarding lead reads of a clip.  One entry stands for all that a person is refused of one
clip within half an hour, and sixty an hour for whatever they try: nobody fills the log at will.
"""

import logging
import uuid

from flask import request
from sqlalchemy.exc import SQLAlchemyError

from veo_workflow.audit.operations import record
from veo_workflow.errors import NotAllowed, NotFound, VeoError
from veo_workflow.people.signing_in import is_signed_in, me
from veo_workflow.throttle import Limit
from veo_workflow.web import services

log = logging.getLogger(__name__)

AGAIN = Limit("refused", "1 per 30 minutes")
MOST = Limit("refusals", "60 per hour")
REFUSED = "refused"


def note(error: VeoError) -> None:
    """In a transaction of its own: that of the request has been rolled back. What cannot be written stays refused."""
    clip_id = (request.view_args or {}).get("clip_id")
    if not isinstance(error, NotAllowed | NotFound) or not isinstance(clip_id, uuid.UUID) or not is_signed_in():
        return
    person, throttle = me(), services().throttle
    if throttle.count(AGAIN, str(person.id), str(clip_id)) or throttle.count(MOST, str(person.id)):
        return
    try:
        with services().database.transaction() as session:
            record(session, REFUSED, by=person.id, school=person.school_id, subject=("clip", clip_id))
    except SQLAlchemyError as failed:
        log.warning("a refusal is not written down: %s", type(failed).__name__)
