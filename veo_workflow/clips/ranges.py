"""Whether the next range of a film may go out: everything that has to be known, asked in one statement.

A player asks for a film in many ranges, and each is authorised anew (SAFEGUARDING A4).  What is decided here is what
the longer road of any request decides, by the same rules and the same policy: that somebody is signed in, lately seen,
with a second step where their school asks for one, and may see this clip in the state it is in.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, bindparam, select

from veo_workflow.access.policy import Asker, Sides, Thing, Verb, allows, relations_to
from veo_workflow.clips import rules
from veo_workflow.clips.models import Clip, Rendition, RenditionKind
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import Database
from veo_workflow.people import signing_in
from veo_workflow.people.factors.queries import holds_one
from veo_workflow.people.factors.rules import is_due
from veo_workflow.people.models import Pair, Person, SignIn
from veo_workflow.people.operations import hash_token
from veo_workflow.schools.models import School
from veo_workflow.schools.rules import local_day
from veo_workflow.settings import Settings

_sign_in, _person, _school = SignIn.__table__.c, Person.__table__.c, School.__table__.c
_clip, _cycle, _pair, _file = (model.__table__.c for model in (Clip, Cycle, Pair, Rendition))

# Put together once, of columns alone: building it anew for each range would cost more than asking it.
_ASKED = (
    select(
        _sign_in.created_at,
        _sign_in.last_seen_at,
        _sign_in.ended_at,
        _sign_in.shared,
        _person.id.label("person_id"),
        _person.school_id,
        _school.timezone,
        _school.second_step_from,
        holds_one().label("has_second_step"),
        _clip.state,
        _clip.held_at,
        _clip.flagged_at,
        _clip.shared_with_coach_at,
        _pair.school_id.label("pair_school_id"),
        _pair.coach_id,
        _pair.coachee_id,
        _pair.ended_at.label("pair_ended_at"),
        _file.key,
        _file.content_type,
    )
    .select_from(SignIn.__table__)
    .join(Person.__table__, _person.id == _sign_in.person_id)
    .join(School.__table__, _school.id == _person.school_id)
    .join(Clip.__table__, _clip.school_id == _person.school_id)
    .join(Cycle.__table__, _cycle.id == _clip.cycle_id)
    .join(Pair.__table__, _pair.id == _cycle.pair_id)
    .join(Rendition.__table__, _file.clip_id == _clip.id)
    .where(
        _sign_in.token_hash == bindparam("token_hash"),
        _person.disabled_at.is_(None),
        _clip.id == bindparam("clip_id"),
        _file.kind == bindparam("kind"),
    )
)


@dataclass(frozen=True)
class Granted:
    """To whom, and the object in storage that holds the film."""

    person_id: uuid.UUID
    key: str
    content_type: str


def granted(
    database: Database, token: str, clip_id: uuid.UUID, kind: RenditionKind, settings: Settings, at: datetime
) -> Granted | None:
    """The film, if whoever holds the token may watch it at this moment: one statement.

    None says only that this is not the place to decide: a refusal, and what has to be written down, take longer.
    """
    asked = {"token_hash": hash_token(token), "clip_id": clip_id, "kind": kind}
    row = database.ask(_ASKED, asked)
    if row is None or not (_is_signed_in(row, settings, at) and _may_see(row, kind)):
        return None
    return Granted(row.person_id, row.key, row.content_type)


def _is_signed_in(row: Row[*tuple[object, ...]], settings: Settings, at: datetime) -> bool:
    if not signing_in.lasts(row, settings, at) or signing_in.is_worth_noting(row, at):
        return False
    if row.second_step_from is None:
        return True
    return not is_due(row.second_step_from, local_day(at, row.timezone), held=row.has_second_step)


def _may_see(row: Row[*tuple[object, ...]], kind: RenditionKind) -> bool:
    sides = Sides(row.pair_school_id, row.coach_id, row.coachee_id, ended=row.pair_ended_at is not None)
    relations = relations_to(Asker(row.person_id, row.school_id), sides)
    return rules.is_served(row.state, kind) and allows(relations, Verb.SEE, Thing.CLIP, rules.access_state(row))
