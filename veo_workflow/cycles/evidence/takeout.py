from sqlalchemy.orm import Session

from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.cycles.attachments.takeout import File, files_where_coached
from veo_workflow.cycles.evidence.models import Evidence
from veo_workflow.people.models import Person


def files_of_person(session: Session, person: Person) -> list[File]:
    return files_where_coached(session, person, Evidence, Attachment.evidence_id)
