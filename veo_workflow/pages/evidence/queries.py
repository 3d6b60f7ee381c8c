"""The evidence of a cycle, clips among it, in a fixed number of statements."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, union_all
from sqlalchemy.orm import Session

from veo_workflow.clips.models import Clip
from veo_workflow.clips.queries import ClipCard, cards, of_cycle
from veo_workflow.cycles.evidence.models import Evidence, EvidenceKind
from veo_workflow.cycles.evidence.queries import Piece, pieces
from veo_workflow.cycles.queries import CycleSeen
from veo_workflow.people.models import Person

CLIP = "clip"


@dataclass(frozen=True)
class Line:
    """One piece of evidence: either a clip, or a piece of another kind."""

    clip: ClipCard | None = None
    piece: Piece | None = None


@dataclass(frozen=True)
class Listed:
    lines: list[Line]
    more: bool
    counts: dict[str, int]  # by kind, clips as `clip`


def listed(session: Session, person: Person, seen: CycleSeen, kind: str, *, limit: int, offset: int) -> Listed:
    """A page of the list, what was added last first; `kind` narrows it, empty for all: seven statements.

    The clips are those that the asker may see.
    """
    clips = select(literal(CLIP).label("kind"), Clip.id, Clip.created_at.label("at")).where(
        of_cycle(person, seen.cycle.id)
    )
    others = select(Evidence.kind.label("kind"), Evidence.id, Evidence.recorded_at.label("at")).where(
        _pieces_of(seen.cycle.id, kind)
    )
    rows = session.execute(_newest(clips, others, kind).limit(limit + 1).offset(offset))
    found = [(row[0], row[1]) for row in rows]
    return Listed(_lines(session, person, seen, found[:limit]), len(found) > limit, _counts(session, person, seen))


def _pieces_of(cycle_id: uuid.UUID, kind: str) -> ColumnElement[bool]:
    of_this = Evidence.cycle_id == cycle_id
    return of_this & (Evidence.kind == EvidenceKind(kind)) if kind in set(EvidenceKind) else of_this


def _newest(clips: Any, others: Any, kind: str) -> Any:
    if kind == CLIP:
        both = clips.subquery()
    elif kind:
        both = others.subquery()
    else:
        both = union_all(clips, others).subquery()
    return select(both.c.kind, both.c.id).order_by(both.c.at.desc(), both.c.id)


def _lines(session: Session, person: Person, seen: CycleSeen, found: list[tuple[str, uuid.UUID]]) -> list[Line]:
    clip_ids = [each for kind, each in found if kind == CLIP]
    other_ids = [each for kind, each in found if kind != CLIP]
    by_clip = {
        card.clip.id: card
        for card in cards(session, person, cycle_ids=[seen.cycle.id], clip_ids=clip_ids, limit=len(clip_ids))
    }
    by_id = {piece.evidence.id: piece for piece in pieces(session, Evidence.id.in_(other_ids), limit=len(other_ids))}
    lines = [Line(clip=by_clip.get(each)) if kind == CLIP else Line(piece=by_id.get(each)) for kind, each in found]
    return [line for line in lines if line.clip or line.piece]


def _counts(session: Session, person: Person, seen: CycleSeen) -> dict[str, int]:
    clips = session.scalar(select(func.count()).select_from(Clip).where(of_cycle(person, seen.cycle.id))) or 0
    rows = session.execute(
        select(Evidence.kind, func.count()).where(Evidence.cycle_id == seen.cycle.id).group_by(Evidence.kind)
    )
    return {CLIP: clips} | {row[0].value: row[1] for row in rows}
