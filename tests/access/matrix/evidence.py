import io
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from tests.access.rows import PAIR, Ids, Row
from tests.support.world import World
from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.cycles.attachments.rules import Folder, Holder, key_of
from veo_workflow.cycles.evidence import operations
from veo_workflow.cycles.evidence.models import EvidenceKind
from veo_workflow.cycles.evidence.rules import EvidenceWords
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import new_id


def _words(ids: Ids) -> dict[str, Any]:
    return {
        "kind": "work",
        "seen": "Six books",
        "seen_on": "2026-11-02",
        "gathered_by": str(ids.world.asha.id),
        "after": "1",
    }


def _file(_: Ids) -> dict[str, Any]:
    """Nothing that could be taken: who gets through is told so."""
    return {"files": (io.BytesIO(b"nothing"), "nothing.jpg")}


ROWS = (
    Row("evidence.everything", "GET", "/cycles/{cycle}/evidence", PAIR),
    Row("evidence.new", "GET", "/cycles/{cycle}/evidence/new?kind=work", PAIR),
    Row("evidence.add", "POST", "/cycles/{cycle}/evidence/new", PAIR, form=_words),
    Row("evidence.one", "GET", "/evidence/{evidence}", PAIR),
    Row("evidence.change", "POST", "/evidence/{evidence}", PAIR, form=_words),
    Row("evidence.attach", "POST", "/evidence/{evidence}/files", PAIR, form=_file, ok=frozenset({422})),
    Row("evidence.file", "GET", "/evidence/{evidence}/files/{file}", PAIR, ok=frozenset({200})),
    Row("evidence.detach", "POST", "/evidence/{evidence}/files/{file}/remove", PAIR),
    Row("evidence.remove", "POST", "/evidence/{evidence}/remove", PAIR),
)


def fill(session: Session, world: World) -> dict[str, str]:
    """Pupils' work that Priya gathered, with a photo of hers; its object is put by the world's `_fill`."""
    cycle = session.get_one(Cycle, world.cycle.id)
    words = EvidenceWords(EvidenceKind.WORK, world.priya.id, date(2026, 11, 2), "canary-identify")
    evidence = operations.add(session, cycle, words, by=world.priya)
    file = Attachment(
        id=new_id(),
        evidence_id=evidence.id,
        school_id=evidence.school_id,
        owner_id=world.priya.id,
        name="canary-identify",
        content_type="image/jpeg",
        size_bytes=500,
        width=16,
        height=9,
    )
    file.key = key_of(Holder(Folder.EVIDENCE, evidence.id), file.id, file.content_type)
    session.add(file)
    session.flush()
    return {"evidence": str(evidence.id), "file": str(file.id)}
