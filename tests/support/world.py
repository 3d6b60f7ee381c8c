"""A school with people in their roles, for tests that read as sentences about them."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from veo_workflow.clips.models import Clip, ClipState, Purpose, Rendition, RenditionKind
from veo_workflow.cycles import operations as cycles
from veo_workflow.cycles.models import CpdLayer, Cycle
from veo_workflow.cycles.rules import GoalWords
from veo_workflow.database import new_id, now
from veo_workflow.pages.beginning import make_school
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person, Role
from veo_workflow.playbook.models import StrategyVersion
from veo_workflow.playbook.queries import current_versions
from veo_workflow.schools.queries import term_on
from veo_workflow.services import Services
from veo_workflow.tags.models import Tag, TagKind

PASSWORD = "four quiet words here"
ZONE = "Africa/Abidjan"  # where it is the same day and hour as in UTC all year, so that tests know which


@dataclass
class World:
    """Asha is coached by Priya; Theo coached her before; Lena leads; Olu is at another school.

    Tess is a colleague without any part in it, Sam holds a share of the shared clip, Sid is the safeguarding lead,
    Ada the administrator.  `cycle` is Asha's, in Identify, with one strategy and a goal; nothing is filmed yet.
    """

    asha: Person
    priya: Person
    theo: Person
    tess: Person
    sam: Person
    lena: Person
    sid: Person
    ada: Person
    olu: Person
    pair: Pair
    former_pair: Pair
    cycle: Cycle
    strategy: StrategyVersion

    @property
    def everybody(self) -> dict[str, Person]:
        names = ("asha", "priya", "theo", "tess", "sam", "lena", "sid", "ada", "olu")
        return {name: getattr(self, name) for name in names}


def make_world(services: Services) -> World:
    with services.database.transaction() as session:
        return _make(session)


def _make(session: Session) -> World:
    school = make_school(session, "Alder School")
    other = make_school(session, "Birch School")
    school.timezone = other.timezone = ZONE

    def person(name: str, *roles: Role, at: uuid.UUID = school.id) -> Person:
        given = name.split()[0].lower()
        return people.add_person(session, school=at, email=f"{given}@example.org", name=name, roles=frozenset(roles))

    members = {
        "asha": person("Asha Khan"),
        "priya": person("Priya Nair"),
        "theo": person("Theo Brand"),
        "tess": person("Tess Moor"),
        "sam": person("Sam Hill"),
        "lena": person("Lena Ford", Role.LEAD),
        "sid": person("Sid Vale", Role.SAFEGUARDING_LEAD),
        "ada": person("Ada West", Role.ADMINISTRATOR),
        "olu": person("Olu Stone", at=other.id),
    }
    day = now().date() - timedelta(days=90)
    former = people.make_pair(
        session, coach=members["theo"], coachee=members["asha"], starts_on=day, ends_on=None, by=None
    )
    session.flush()
    people.end_pair(session, former, by=None)
    pair = people.make_pair(
        session, coach=members["priya"], coachee=members["asha"], starts_on=day, ends_on=None, by=None
    )
    session.flush()
    cycle = make_cycle(session, pair, members["asha"])
    version = next(v for v in current_versions(session, school.id, limit=50) if v.title == "A calm start")
    cycles.choose_strategies(session, cycle, [version.strategy_id], by=members["asha"])
    goal = GoalWords("Everybody writes within two minutes.", measure="Minutes", unit="minutes")
    cycles.write_goal(session, cycle, goal, after=0, by=members["asha"])
    return World(pair=pair, former_pair=former, cycle=cycle, strategy=version, **members)


def make_cycle(session: Session, pair: Pair, by: Person, focus: str = "Entry routines") -> Cycle:
    term = term_on(session, pair.school_id, now().date())
    assert term is not None
    return cycles.open_cycle(session, pair=pair, term=term, focus=focus, layer=CpdLayer.INDIVIDUAL, by=by)


def make_clip(
    session: Session, cycle: Cycle, owner: Person, *, shared: bool = True, title: str = "Coming in after lunch"
) -> Clip:
    """A ready clip's rows: 60 s at 30 frames a second. Its files exist only if the test puts them there."""
    at = now()
    clip = Clip(
        school_id=owner.school_id,
        cycle_id=cycle.id,
        owner_id=owner.id,
        stage=cycle.stage,
        purpose=Purpose.PROGRESS,
        title=title,
        state=ClipState.READY,
        created_at=at,
        shared_with_coach_at=at if shared else None,
        delete_by=at.date() + timedelta(days=100),
        fingerprint=f"1-{new_id().hex}",
        original_bytes=0,
        rendition_bytes=1000,
        attempt=1,
        duration_ms=60_000,
        frame_rate_num=30,
        frame_rate_den=1,
        frames=1800,
        width=1280,
        height=720,
        ready_at=at,
    )
    session.add(clip)
    session.flush()
    for kind, name, content_type in (
        (RenditionKind.PLAYBACK, "playback.mp4", "video/mp4"),
        (RenditionKind.POSTER, "poster.jpg", "image/jpeg"),
    ):
        key = f"clips/{clip.id}/1/{name}"
        session.add(Rendition(clip_id=clip.id, kind=kind, key=key, content_type=content_type, size_bytes=500))
    return clip


def make_tag(
    session: Session, clip: Clip, author: Person, version: StrategyVersion, *, at_ms: int = 10_017, shared: bool = True
) -> Tag:
    tag = Tag(
        id=new_id(),
        clip_id=clip.id,
        author_id=author.id,
        step_id=version.steps[0].id,
        kind=TagKind.STRENGTH,
        pressed_ms=at_ms,
        start_ms=at_ms - 2000,
        end_ms=at_ms + 2000,
        note="Four names in a row.",
        shared_at=now() if shared else None,
    )
    session.add(tag)
    session.flush()
    return tag
