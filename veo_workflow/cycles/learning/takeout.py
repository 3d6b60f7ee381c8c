"""What this room puts into the takeout of a cycle: practice, what the coach sent, and what the two wrote."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from veo_workflow.access.policy import Thing, Verb, allows
from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.cycles.attachments.takeout import File, files_where_coached
from veo_workflow.cycles.learning.models import Message, PracticeEntry, PractisedStep, Resource, StepTick
from veo_workflow.cycles.queries import CycleSeen
from veo_workflow.cycles.takeout import names_of
from veo_workflow.people.models import Person
from veo_workflow.playbook.models import Step, StrategyVersion

# More than a pair ever writes in a cycle; the limits only keep a runaway client from making it endless.
ENTRIES = 500
TICKS = 500
RESOURCES = 500
MESSAGES = 5_000


def taken_out(session: Session, person: Person, seen: CycleSeen) -> dict[str, Any]:
    """Six statements, or five for a coach; a part that the asker may not see is empty."""
    parts = {
        "checklist": (Thing.CHECKLIST, _checklist),
        "practice": (Thing.PRACTICE, _practice),
        "resources": (Thing.RESOURCE, _resources),
        "conversation": (Thing.CONVERSATION, _conversation),
    }
    return {
        name: part(session, seen) if allows(seen.relations, Verb.SEE, thing, seen.state) else []
        for name, (thing, part) in parts.items()
    }


def _checklist(session: Session, seen: CycleSeen) -> list[dict[str, Any]]:
    """The steps that the coachee has ticked, for the coachee alone."""
    if not seen.is_coachee:
        return []
    rows = session.execute(
        select(StepTick.ticked_at, Step, StrategyVersion.title.label("strategy"), StrategyVersion.version)
        .join(Step, Step.id == StepTick.step_id)
        .join(StrategyVersion, StrategyVersion.id == Step.strategy_version_id)
        .where(StepTick.cycle_id == seen.cycle.id)
        .order_by(StrategyVersion.title, Step.number, Step.id)
        .limit(TICKS)
    )
    return [
        {"strategy": row.strategy, "version": row.version, "step": _step(row.Step), "ticked_at": row.ticked_at}
        for row in rows
    ]


def _practice(session: Session, seen: CycleSeen) -> list[dict[str, Any]]:
    """The earliest lesson first. A clip is named to the coachee alone, who may have kept it private."""
    entries = session.scalars(
        select(PracticeEntry)
        .where(PracticeEntry.cycle_id == seen.cycle.id)
        .order_by(PracticeEntry.practised_on, PracticeEntry.id)
        .limit(ENTRIES)
    ).all()
    steps = _steps_of(session, seen.cycle.id)
    return [
        {
            "practised_on": entry.practised_on,
            "class": entry.class_name,
            "steps": [_step(step) for step in steps if step.id in entry.step_ids],
            "went": entry.went,
            "tweak": entry.tweak,
            "clip_id": entry.clip_id if seen.is_coachee else None,
            "written_at": entry.written_at,
            "changed_at": entry.changed_at,
        }
        for entry in entries
    ]


def _steps_of(session: Session, cycle_id: uuid.UUID) -> list[Step]:
    """Every step that any entry of the cycle names, in the strategy's order."""
    named = (
        select(PractisedStep.step_id)
        .join(PracticeEntry, PracticeEntry.id == PractisedStep.entry_id)
        .where(PracticeEntry.cycle_id == cycle_id)
    )
    return list(session.scalars(select(Step).where(Step.id.in_(named)).order_by(Step.strategy_version_id, Step.number)))


def _step(step: Step) -> dict[str, Any]:
    return {"number": step.number, "name": step.name, "title": step.title}


def _resources(session: Session, seen: CycleSeen) -> list[dict[str, Any]]:
    names = names_of(seen.pair)
    sent = session.scalars(
        select(Resource)
        .where(Resource.cycle_id == seen.cycle.id)
        .options(joinedload(Resource.about).lazyload(StrategyVersion.steps))
        .order_by(Resource.sent_at, Resource.id)
        .limit(RESOURCES)
    )
    return [
        {
            "title": one.title,
            "url": one.url or None,
            "file": {"name": one.file.name, "content_type": one.file.content_type} if one.file else None,
            "note": one.note,
            "strategy": one.about.title if one.about else None,
            "by": names.get(one.sent_by_id),
            "sent_at": one.sent_at,
            "opened_at": one.opened_at,
        }
        for one in sent
    ]


def files_of_person(session: Session, person: Person) -> list[File]:
    return files_where_coached(session, person, Resource, Attachment.resource_id)


def _conversation(session: Session, seen: CycleSeen) -> list[dict[str, Any]]:
    """The earliest message first; of one that was taken back there are no words."""
    names = names_of(seen.pair)
    said = session.scalars(
        select(Message).where(Message.cycle_id == seen.cycle.id).order_by(Message.sent_at, Message.id).limit(MESSAGES)
    )
    return [
        {
            "by": names.get(message.author_id),
            "at": message.sent_at,
            "text": message.text,
            "taken_back_at": message.taken_back_at,
        }
        for message in said
    ]
