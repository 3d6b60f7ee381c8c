import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from veo_workflow.access.policy import Thing, Verb, require
from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.cycles.evidence.models import Evidence
from veo_workflow.cycles.evidence.rules import MOST_FILES, read_table
from veo_workflow.cycles.models import Cycle
from veo_workflow.cycles.queries import CycleSeen, seen_by
from veo_workflow.errors import NotFound
from veo_workflow.people.models import Pair, Person


@dataclass(frozen=True)
class Piece:
    """A piece of evidence with its files."""

    evidence: Evidence
    files: list[Attachment]

    @property
    def table(self) -> list[list[str]]:
        return read_table(self.evidence.figures)


@dataclass(frozen=True)
class PieceSeen:
    """A piece as one person stands to it."""

    piece: Piece
    seen: CycleSeen

    @property
    def evidence(self) -> Evidence:
        return self.piece.evidence

    def file(self, attachment_id: uuid.UUID) -> Attachment:
        """Raises NotFound."""
        found = next((file for file in self.piece.files if file.id == attachment_id), None)
        if found is None:
            raise NotFound()
        return found


def evidence_for(session: Session, person: Person, evidence_id: uuid.UUID, verb: Verb = Verb.SEE) -> PieceSeen:
    """The piece, if the policy lets `person` do `verb` with it: two statements. Raises NotFound, NotAllowed."""
    row = session.execute(
        select(Evidence, Cycle)
        .join(Cycle, Cycle.id == Evidence.cycle_id)
        .join(Pair, Pair.id == Cycle.pair_id)
        .options(
            joinedload(Cycle.pair).joinedload(Pair.coach),
            joinedload(Cycle.pair).joinedload(Pair.coachee),
        )
        .where(
            Evidence.id == evidence_id,
            Evidence.school_id == person.school_id,
            (Pair.coach_id == person.id) | (Pair.coachee_id == person.id),
        )
    ).first()
    if row is None:
        raise NotFound()
    seen = seen_by(person, row[1])
    require(seen.relations, verb, Thing.EVIDENCE, seen.state)
    return PieceSeen(Piece(row[0], files_of(session, [evidence_id])[evidence_id]), seen)


def files_of(session: Session, evidence_ids: Collection[uuid.UUID]) -> defaultdict[uuid.UUID, list[Attachment]]:
    """The files of several pieces, in the order they were added: at most one statement."""
    found: defaultdict[uuid.UUID, list[Attachment]] = defaultdict(list)
    if not evidence_ids:
        return found
    asked = select(Attachment).where(Attachment.evidence_id.in_(list(evidence_ids)))
    limit = MOST_FILES * len(evidence_ids)
    for file in session.scalars(asked.order_by(Attachment.added_at, Attachment.id).limit(limit)):
        if file.evidence_id:
            found[file.evidence_id].append(file)
    return found


def pieces(session: Session, which: ColumnElement[bool], *, limit: int, newest_first: bool = True) -> list[Piece]:
    """Pieces with their files: two statements. Whoever asks may see the cycle."""
    order = (Evidence.recorded_at.desc(), Evidence.id) if newest_first else (Evidence.seen_on, Evidence.id)
    found = session.scalars(select(Evidence).where(which).order_by(*order).limit(limit)).all()
    files = files_of(session, [each.id for each in found])
    return [Piece(each, files[each.id]) for each in found]


def pieces_of(session: Session, cycle_id: uuid.UUID, *, limit: int) -> list[Piece]:
    """A cycle's pieces in the order they were seen: two statements."""
    return pieces(session, Evidence.cycle_id == cycle_id, limit=limit, newest_first=False)


def count_pieces(session: Session, cycle_id: uuid.UUID) -> int:
    return session.scalar(select(func.count()).select_from(Evidence).where(Evidence.cycle_id == cycle_id)) or 0
