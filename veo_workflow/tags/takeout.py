"""What this room puts into takeouts: the moments the asker may see, with the words of their steps."""

from typing import Any

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.orm import Session

from veo_workflow.clips.models import Clip
from veo_workflow.clips.queries import of_cycle
from veo_workflow.clips.rules import GONE
from veo_workflow.cycles.models import Cycle
from veo_workflow.cycles.queries import CycleSeen
from veo_workflow.people.models import Pair, Person
from veo_workflow.playbook.models import Step, StrategyVersion
from veo_workflow.tags.models import Tag
from veo_workflow.tags.replies.queries import Said, replies_to

MOMENTS_OF_A_CYCLE = 10_000

SHEETS = {"marks": ("clip", "start_ms", "end_ms", "kind", "note", "created_at", "shared_at")}


def taken_out(session: Session, person: Person, seen: CycleSeen) -> dict[str, Any]:
    """What was shared, and of the drafts the asker's own, in the order of clips and lessons: two statements."""
    rows = session.execute(
        _moments()
        .add_columns(func.count().over().label("total"))
        .where(of_cycle(person, seen.cycle.id), or_(Tag.author_id == person.id, Tag.shared_at.is_not(None)))
        .order_by(Clip.created_at, Clip.id, Tag.start_ms, Tag.id)
        .limit(MOMENTS_OF_A_CYCLE)
    ).all()
    replies = replies_to(session, Tag.id.in_([row.Tag.id for row in rows]))
    return {
        "moments": [_described(row) | {"replies": _said(replies[row.Tag.id])} for row in rows],
        "moments_total": rows[0].total if rows else 0,
    }


def _moments() -> Any:
    return (
        select(
            Tag,
            Clip.title.label("clip"),
            Person.name.label("author"),
            Step.number.label("number"),
            Step.name.label("step"),
            Step.title.label("step_title"),
            StrategyVersion.title.label("strategy"),
            StrategyVersion.version.label("version"),
        )
        .join(Clip, Clip.id == Tag.clip_id)
        .join(Person, Person.id == Tag.author_id)
        .outerjoin(Step, Step.id == Tag.step_id)
        .outerjoin(StrategyVersion, StrategyVersion.id == Step.strategy_version_id)
    )


def _described(row: Row[Any]) -> dict[str, Any]:
    tag: Tag = row.Tag
    step = {
        "strategy": row.strategy,
        "version": row.version,
        "number": row.number,
        "name": row.step,
        "title": row.step_title,
    }
    return {
        "id": tag.id,
        "clip_id": tag.clip_id,
        "clip": row.clip,
        "step": step if tag.step_id else None,
        "kind": tag.kind,
        "pressed_ms": tag.pressed_ms,
        "start_ms": tag.start_ms,
        "end_ms": tag.end_ms,
        "note": tag.note,
        "by": row.author,
        "created_at": tag.created_at,
        "shared_at": tag.shared_at,
    }


def _said(replies: list[Said]) -> list[dict[str, Any]]:
    return [{"by": said.author, "text": said.reply.text, "written_at": said.reply.written_at} for said in replies]


def of_person(session: Session, person: Person) -> dict[str, Any]:
    """Every mark the person made, drafts included, with a clip's title only where they may see the clip.

    What others marked on the person's own clips is in the cycles.  One statement.
    """
    rows = session.execute(
        _moments()
        .join(Cycle, Cycle.id == Clip.cycle_id)
        .join(Pair, Pair.id == Cycle.pair_id)
        .add_columns(
            or_(
                Clip.owner_id == person.id,
                and_(
                    Pair.coach_id == person.id,
                    Pair.ended_at.is_(None),
                    Clip.is_open_to_coach,
                ),
            ).label("may_see")
        )
        .where(Tag.author_id == person.id, Clip.state.not_in(GONE))
        .order_by(Tag.created_at, Tag.id)
    )
    return {"marks": [_described(row) | {"clip": row.clip if row.may_see else None} for row in rows]}
