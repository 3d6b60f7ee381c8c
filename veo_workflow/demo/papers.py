"""The demo's photo and PDF: drawn, and taken in by the same way as anybody's. No child ever wrote or saw them."""

import io
import uuid

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.cycles.attachments.operations import InUse, Stored
from veo_workflow.cycles.attachments.rules import Folder, Holder
from veo_workflow.cycles.evidence.models import Evidence, EvidenceKind
from veo_workflow.cycles.learning.resources import operations as resources
from veo_workflow.cycles.learning.resources.rules import ResourceWords
from veo_workflow.cycles.models import Cycle
from veo_workflow.cycles.queries import strategies_in_use
from veo_workflow.database import new_id
from veo_workflow.pages import attachments
from veo_workflow.pages.evidence import files
from veo_workflow.people.models import Person
from veo_workflow.services import Services

PAPER, RULED, INK = "#fbf7ec", "#c9d4e2", "#27314a"
WIDTH, HEIGHT, LINE = 900, 1200, 60
BOOK = (
    "Friday",
    "My best start",
    "",
    "I came in and sat down.",
    "The task was on the board.",
    "I wrote four lines",
    "",
)
CARD = (
    "A calm start",
    "",
    "1  Stand where you see both",
    "2  Say each name",
    "3  Task is up already",
    "4  Wait",
    "5  Name it",
)
TITLE, NOTE = "The five steps on one card", "To keep by the door. Tell me which of them you look at."


def add_papers(services: Services, cycle_id: uuid.UUID) -> None:
    """A photo beside the evidence from the pupils' books, and a PDF from the coach; each only if it is not there."""
    with services.database.reading() as session:
        cycle = session.get_one(Cycle, cycle_id)
        coach, coachee = cycle.pair.coach, cycle.pair.coachee
        taken = set(session.scalars(select(Attachment.owner_id).where(Attachment.owner_id.in_([coach.id, coachee.id]))))
        work = select(Evidence.id).where(Evidence.cycle_id == cycle_id, Evidence.kind == EvidenceKind.WORK).limit(1)
        evidence_id = session.scalar(work)
    if evidence_id is not None and coachee.id not in taken:
        files.attach(services, coachee, evidence_id, _drawn(BOOK, "A page of one book.jpg", "JPEG"))
    if coach.id not in taken:
        _send(services, cycle_id, coach)


def _send(services: Services, cycle_id: uuid.UUID, coach: Person) -> None:
    def write(session: Session, stored: Stored, in_use: InUse) -> None:
        cycle = session.get_one(Cycle, cycle_id)
        words = ResourceWords("", TITLE, NOTE, strategies_in_use(session, cycle_id)[0].id)
        resources.send_file(session, cycle, words, stored, in_use=in_use, by=coach)

    holder = Holder(Folder.RESOURCES, new_id())
    attachments.keep(services, coach, holder, _drawn(CARD, "Five steps.pdf", "PDF"), write)


def _drawn(lines: tuple[str, ...], name: str, kind: str) -> FileStorage:
    """A ruled page with these lines on it, as a browser would send it."""
    page = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(page)
    for height in range(2 * LINE, HEIGHT, LINE):
        pen.line((0, height, WIDTH, height), RULED, 2)
    for number, line in enumerate(lines, start=2):
        pen.text((LINE, number * LINE - 44), line, INK, ImageFont.load_default(34))
    file = io.BytesIO()
    page.save(file, kind)
    file.seek(0)
    return FileStorage(file, filename=name)
