"""The demo: two invented schools, made through the same operations as real ones, with a lesson in the real queue."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.clips.models import Clip, Purpose
from veo_workflow.clips.uploads.operations import add_file
from veo_workflow.cycles import operations as cycles
from veo_workflow.cycles import rules as cycle_rules
from veo_workflow.cycles.models import Cycle, Stage
from veo_workflow.cycles.queries import stage_moves, strategies_in_use
from veo_workflow.database import new_id, now
from veo_workflow.demo import film
from veo_workflow.demo.lead import hand_in_log, reword_strategy
from veo_workflow.demo.papers import add_papers
from veo_workflow.demo.people import (
    BASELINE_TAGS,
    COLLEAGUE,
    ENTRY,
    HAZELBROOK,
    PROGRESS_REPLIES,
    PROGRESS_TAGS,
    SCHOOLS,
    DemoCycle,
    DemoSchoolPlan,
)
from veo_workflow.demo.protecting import add_protected
from veo_workflow.demo.work import let_watch, offer, reply, write_it_all
from veo_workflow.demo.year import add_inset_day, plan_sessions
from veo_workflow.pages.beginning import make_school
from veo_workflow.people import operations as people
from veo_workflow.people.models import Coach, Pair, Person, Role
from veo_workflow.people.queries import person_by_email
from veo_workflow.people.roster.rules import CoachFacts
from veo_workflow.playbook.queries import current_versions
from veo_workflow.schools.models import School
from veo_workflow.schools.queries import term_on
from veo_workflow.services import Services
from veo_workflow.settings import Settings
from veo_workflow.tags.models import Tag, TagKind
from veo_workflow.tags.rules import moment_around

SCENES = Path(__file__).parent.parent / "static" / "img"
LESSON_SECONDS = 40
FRAME_RATE = 30
WORDS = ("amber", "bramble", "candle", "dapple", "ember", "fable", "garden", "harbour", "juniper", "lantern", "meadow")


@dataclass(frozen=True)
class DemoAccount:
    name: str
    email: str
    password: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class DemoPairFacts:
    id: uuid.UUID
    coach: str
    coachee: str


@dataclass(frozen=True)
class DemoCycleFacts:
    id: uuid.UUID
    coach: str
    coachee: str
    stage: str


@dataclass(frozen=True)
class DemoSchool:
    """Who and what is there to click through; people by e-mail."""

    accounts: tuple[DemoAccount, ...]
    pairs: tuple[DemoPairFacts, ...]
    cycles: tuple[DemoCycleFacts, ...]


def ensure_demo(services: Services, report: Callable[[str], None]) -> DemoSchool:
    """Make the demo on first start; afterwards only read what there is. `report` is told each stage."""
    password = demo_password(services.settings)
    with services.database.reading() as session:
        there = session.scalar(select(School).where(School.name == HAZELBROOK.name)) is not None
    if not there:
        report("Making the demo schools")
        with services.database.transaction() as session:
            for plan in SCHOOLS:
                _make_school(session, plan, password)
    _film_lessons(services, report)
    with services.database.reading() as session:
        return _facts(session, password)


def demo_password(settings: Settings) -> str:
    """One password for all demo accounts, different on every installation, kept beside the data."""
    path = settings.data / "demo-password"
    if not path.exists():
        settings.data.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text("-".join([*(secrets.choice(WORDS) for _ in range(3)), str(secrets.randbelow(90) + 10)]))
    return path.read_text().strip()


def _make_school(session: Session, plan: DemoSchoolPlan, password: str) -> None:
    school = make_school(session, plan.name)
    add_inset_day(session, school)
    members: dict[str, Person] = {}
    for described in plan.people:
        person = people.add_person(
            session, school=school.id, email=described.email, name=described.name, roles=described.roles
        )
        people.set_password(session, person, password)
        members[described.email] = person
    _fill_roster(session, plan, members)
    for pair_plan in plan.pairs:
        pair = people.make_pair(
            session,
            coach=members[pair_plan.coach],
            coachee=members[pair_plan.coachee],
            starts_on=now().date() - timedelta(days=160),
            ends_on=None,
            by=None,
        )
        session.flush()
        for cycle_plan in pair_plan.cycles:
            _make_cycle(session, pair, members[pair_plan.coachee], cycle_plan)
    for lead in (person for person in members.values() if person.has(Role.LEAD)):
        reword_strategy(session, lead)


def _fill_roster(session: Session, plan: DemoSchoolPlan, members: dict[str, Person]) -> None:
    """More and less experienced coaches: one has a pair too many, one has room and no pair yet."""
    today = now().date()
    for each in plan.coaches:
        person = members[each.email]
        trained_on = today - timedelta(days=each.trained) if each.trained is not None else None
        since = today - timedelta(days=each.days)
        facts = CoachFacts(since, trained_on, each.capacity)
        session.add(Coach(person_id=person.id, school_id=person.school_id, **vars(facts)))
    session.flush()


def _make_cycle(session: Session, pair: Pair, coachee: Person, plan: DemoCycle) -> None:
    opened = now() - timedelta(days=plan.opened_days_ago)
    term = term_on(session, pair.school_id, opened.date())
    if term is None:
        return
    cycle = cycles.open_cycle(session, pair=pair, term=term, focus=plan.focus, layer=plan.layer, by=coachee)
    cycle.opened_at = opened
    titles = {version.title: version.strategy_id for version in current_versions(session, pair.school_id, limit=100)}
    cycles.choose_strategies(session, cycle, [titles[title] for title in plan.strategies], by=coachee)
    if plan.goal:
        goal = cycles.write_goal(session, cycle, cycle_rules.read_goal(plan.goal), after=0, by=coachee)
        goal.written_at = opened + timedelta(days=6)
    for days, stage in ((18, Stage.LEARN), (36, Stage.IMPROVE))[: list(Stage).index(plan.stage)]:
        cycles.move(session, cycle, stage, by=coachee)
        session.flush()
        stage_moves(session, cycle.id, limit=1)[0].moved_at = min(opened + timedelta(days=days), now())
    if plan.reading:
        days, figure = plan.reading
        value = cycle_rules.read_measure(figure, plan.goal.get("unit", ""))
        cycles.record_reading(session, cycle, value, (now() - timedelta(days=days)).date(), by=coachee)
    plan_sessions(session, cycle, plan.sessions, by=coachee)
    if plan is ENTRY:
        write_it_all(session, cycle)
        hand_in_log(session, cycle)
    if plan.outcome:
        cycles.close(session, cycle, plan.outcome, by=coachee)


def _film_lessons(services: Services, report: Callable[[str], None]) -> None:
    """Two lessons of Asha's, uploaded as the command line would, and what the pair has marked on them; with the later
    one, two of colleagues that are flagged or on hold.

    Whoever was interrupted while filming gets the lessons at the next start.
    """
    with services.database.reading() as session:
        asha = person_by_email(session, "asha@hazelbrook.example")
        cycle = session.scalars(
            select(Cycle).join(Cycle.pair).where(Pair.coachee_id == asha.id).order_by(Cycle.opened_at).limit(1)
        ).one()
        coach_id, colleague = cycle.pair.coach_id, person_by_email(session, COLLEAGUE)
        filmed = set(session.scalars(select(Clip.purpose).where(Clip.owner_id == asha.id)))
    authors = {"coach": coach_id, "coachee": asha.id}
    services.settings.scratch.mkdir(parents=True, exist_ok=True)
    lessons = (
        ("Where we started.mov", Purpose.BASELINE, 0, BASELINE_TAGS, 68),
        ("Coming in after lunch.mov", Purpose.PROGRESS, 4, PROGRESS_TAGS, 4),
    )
    for name, purpose, variant, marks, days in lessons:
        if purpose in filmed:
            continue
        report(f"Drawing a lesson: {name.removesuffix('.mov')}")
        path = services.settings.scratch / name
        film.make_lesson(path, SCENES, seconds=LESSON_SECONDS, variant=variant)
        clip_id = add_file(services, asha, cycle.id, purpose, path, lambda _fraction: None, share=True)
        with services.database.transaction() as session:
            clip = session.get_one(Clip, clip_id)
            clip.created_at = now() - timedelta(days=days)
            if purpose is Purpose.PROGRESS:
                offer(session, clip)
                let_watch(session, clip, colleague)
            _mark(session, cycle, clip_id, marks, authors)
            if purpose is Purpose.PROGRESS:
                reply(session, clip, PROGRESS_REPLIES, authors)
        if purpose is Purpose.PROGRESS:
            add_protected(services, path)
        path.unlink()
    add_papers(services, cycle.id)


def _mark(
    session: Session,
    cycle: Cycle,
    clip_id: uuid.UUID,
    marks: tuple[tuple[float, int, str, str, str, bool], ...],
    authors: dict[str, uuid.UUID],
) -> None:
    """Rows at once: the clip is still in the queue, and an operation would rightly refuse to tag it yet."""
    steps = {step.number: step for step in strategies_in_use(session, cycle.id)[0].steps}
    for seconds, number, kind, note, whose, shared in marks:
        step = steps[number]
        moment = moment_around(
            round(seconds * 1000),
            step.lead_ms,
            step.lag_ms,
            frame_rate=FRAME_RATE,
            frames=LESSON_SECONDS * FRAME_RATE,
        )
        session.add(
            Tag(
                id=new_id(),
                clip_id=clip_id,
                author_id=authors[whose],
                step_id=step.id,
                kind=TagKind(kind),
                pressed_ms=moment.pressed_ms,
                start_ms=moment.start_ms,
                end_ms=moment.end_ms,
                note=note,
                shared_at=now() if shared else None,
            )
        )


def _facts(session: Session, password: str) -> DemoSchool:
    emails = [person.email for plan in SCHOOLS for person in plan.people]
    members = {p.id: p for p in session.scalars(select(Person).where(Person.email.in_(emails)))}
    pairs = session.scalars(select(Pair).where(Pair.coach_id.in_(members)).order_by(Pair.id)).all()
    found = session.scalars(select(Cycle).where(Cycle.pair_id.in_([p.id for p in pairs])).order_by(Cycle.id)).all()
    by_pair = {pair.id: pair for pair in pairs}
    coaches, coachees = {p.coach_id for p in pairs}, {p.coachee_id for p in pairs}

    def roles(person: Person) -> tuple[str, ...]:
        sides = [name for name, ids in (("coach", coaches), ("coachee", coachees)) if person.id in ids]
        return (*(role.value for role in Role if person.has(role)), *sides)

    def email(person_id: uuid.UUID) -> str:
        return members[person_id].email

    ordered = sorted(members.values(), key=lambda person: emails.index(person.email))
    return DemoSchool(
        tuple(DemoAccount(p.name, p.email, password, roles(p)) for p in ordered),
        tuple(DemoPairFacts(p.id, email(p.coach_id), email(p.coachee_id)) for p in pairs),
        tuple(
            DemoCycleFacts(
                c.id, email(by_pair[c.pair_id].coach_id), email(by_pair[c.pair_id].coachee_id), c.stage.value
            )
            for c in found
        ),
    )
