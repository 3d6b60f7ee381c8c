import uuid

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from veo_workflow.access.policy import Verb
from veo_workflow.cycles.attachments.operations import InUse, Stored
from veo_workflow.cycles.attachments.rules import Folder, Holder
from veo_workflow.cycles.evidence import operations
from veo_workflow.cycles.evidence.queries import evidence_for
from veo_workflow.pages.attachments import keep
from veo_workflow.people.models import Person
from veo_workflow.services import Services


def attach(services: Services, person: Person, evidence_id: uuid.UUID, sent: FileStorage) -> None:
    """Whether it may be added is asked again once it is made anew.

    Raises Unusable for a file that cannot be taken, InvalidInput where there is no room for it, NotFound, NotAllowed.
    """

    def write(session: Session, stored: Stored, in_use: InUse) -> None:
        found = evidence_for(session, person, evidence_id, Verb.CHANGE)
        operations.attach(session, found, stored, in_use=in_use, by=person)

    keep(services, person, Holder(Folder.EVIDENCE, evidence_id), sent, write)
