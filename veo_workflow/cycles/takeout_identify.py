"""What Identify puts into the takeout of a cycle: reality, evidence, adaptations and modelling, in five statements."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.cycles.adapting.models import Adaptation
from veo_workflow.cycles.evidence.queries import Piece, pieces_of
from veo_workflow.cycles.evidence.rules import MOST_PIECES
from veo_workflow.cycles.modelling.queries import modellings_of
from veo_workflow.cycles.modelling.rules import MOST
from veo_workflow.cycles.queries import CycleSeen
from veo_workflow.cycles.reality.models import RealityPicture
from veo_workflow.cycles.reality.queries import pictures_of
from veo_workflow.cycles.takeout import names_of
from veo_workflow.people.models import Person
from veo_workflow.playbook.models import Step, StrategyVersion

PICTURES = 500
STEPS = 500


def taken_out(session: Session, person: Person, seen: CycleSeen) -> dict[str, Any]:
    """Attachments by name only: a takeout of words holds no pictures."""
    cycle_id, names = seen.cycle.id, names_of(seen.pair)
    adapted = session.execute(
        select(Adaptation, Step, StrategyVersion.title)
        .join(Step, Step.id == Adaptation.step_id)
        .join(StrategyVersion, StrategyVersion.id == Step.strategy_version_id)
        .where(Adaptation.cycle_id == cycle_id, Adaptation.words != "")
        .order_by(StrategyVersion.title, Step.number)
        .limit(STEPS)
    )
    return {
        "reality": [_picture(each) for each in reversed(pictures_of(session, cycle_id, limit=PICTURES))],
        "evidence": [_piece(piece, names) for piece in pieces_of(session, cycle_id, limit=MOST_PIECES)],
        "adaptations": [
            {
                "strategy": title,
                "step": {"number": step.number, "title": step.title},
                "words": adaptation.words,
                "by": names.get(adaptation.changed_by_id),
                "at": adaptation.changed_at,
            }
            for adaptation, step, title in adapted
        ],
        "modelling": [
            {
                "kind": each.kind,
                "who": each.who,
                "on": each.modelled_on,
                "note": each.note,
                "by": names.get(each.recorded_by_id),
                "at": each.recorded_at,
            }
            for each in reversed(modellings_of(session, cycle_id, limit=MOST))
        ],
    }


def _picture(picture: RealityPicture) -> dict[str, Any]:
    return {
        "revision": picture.revision,
        "closeness": picture.closeness,
        "what_pleased": picture.what_pleased,
        "to_be_a_ten": picture.to_be_a_ten,
        "pupils_would": picture.pupils_would,
        "how_measured": picture.how_measured,
        "at": picture.written_at,
    }


def _piece(piece: Piece, names: dict[Any, str]) -> dict[str, Any]:
    evidence = piece.evidence
    return {
        "kind": evidence.kind,
        "stage": evidence.stage,
        "gathered_by": names.get(evidence.gathered_by_id),
        "seen_on": evidence.seen_on,
        "seen": evidence.seen,
        "figures": piece.table,
        "attachments": [{"name": file.name, "content_type": file.content_type} for file in piece.files],
        "delete_by": evidence.delete_by,
        "at": evidence.recorded_at,
    }
