import uuid

from sqlalchemy.orm import Session

from veo_workflow.clips.shares.queries import share_for
from veo_workflow.cycles.modelling import operations
from veo_workflow.cycles.modelling.models import Modelling
from veo_workflow.cycles.modelling.rules import ModellingWords
from veo_workflow.cycles.models import Cycle
from veo_workflow.errors import InvalidInput, NotFound
from veo_workflow.people.models import Person


def record(session: Session, cycle: Cycle, words: ModellingWords, *, by: Person) -> Modelling:
    """As the cycle's own operation, where the exemplar that was watched is in the library for `by` now.

    Raises InvalidInput.
    """
    if words.exemplar_id is not None and not _is_in_the_library(session, words.exemplar_id, by):
        raise InvalidInput(
            "This is not saved yet. Please look at what is marked.",
            fields={"exemplar": "This clip is not in the exemplar library any more. Choose another, or none."},
        )
    return operations.record(session, cycle, words, by=by)


def _is_in_the_library(session: Session, share_id: uuid.UUID, person: Person) -> bool:
    try:
        return share_for(session, person, share_id).share.is_exemplar
    except NotFound:
        return False
