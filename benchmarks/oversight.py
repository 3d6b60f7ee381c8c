"""The lead's overview of a school ten times as large, five years in: what it costs more than that of a small one."""

import contextlib
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from benchmarks.measuring import in_turns
from tests.support.postgres import private_postgres
from tests.support.redis import private_redis
from tests.support.world import make_clip, make_tag
from veo_workflow.app import create_app
from veo_workflow.clips.models import Clip
from veo_workflow.cycles.models import ChosenStrategy, CpdLayer, Cycle, Stage
from veo_workflow.database import Base, Database, new_id, now
from veo_workflow.migrations import migrate
from veo_workflow.oversight.models import CoachingLog, LogTheme, Theme
from veo_workflow.pages.beginning import make_school
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person, Role
from veo_workflow.playbook.queries import current_versions
from veo_workflow.schools.models import AcademicYear, HalfTerm, School, Term
from veo_workflow.services import Services, open_services
from veo_workflow.settings import Settings
from veo_workflow.tags.models import Tag

SMALL, LARGE = 40, 400  # teachers
YEARS, TERMS = 5, 3
CLIPS_OF_A_CYCLE, TAGS_OF_A_CLIP = 2, 20
COACHEES_OF_A_COACH = 5
PAIRS = 30


@dataclass(frozen=True)
class Growth:
    """Time of the large school's overview over the small one's, and what the large one takes."""

    ratio: float
    ms: float


def growth(folder: Path) -> dict[str, Growth]:
    """By database."""
    with private_redis() as redis_url, private_postgres() as cluster:
        return {
            "sqlite": _growth(folder, redis_url, None),
            "postgresql": _growth(folder, redis_url, cluster),
        }


def _growth(folder: Path, redis_url: str, cluster: str | None) -> Growth:
    with contextlib.ExitStack() as opened:
        small, large = (
            opened.enter_context(_lead_of(teachers, folder, redis_url, cluster)) for teachers in (SMALL, LARGE)
        )
        for client in (small, large):
            _seconds(client)
        ratio = in_turns(lambda: _seconds(large), lambda: _seconds(small), pairs=PAIRS)
        return Growth(ratio, 1000 * sorted(_seconds(large) for _ in range(PAIRS))[PAIRS // 2])


def _seconds(client: FlaskClient) -> float:
    began = time.perf_counter()
    answer = client.get("/overview")
    taken = time.perf_counter() - began
    assert answer.status_code == 200
    return taken


@contextlib.contextmanager
def _lead_of(teachers: int, folder: Path, redis_url: str, cluster: str | None) -> Iterator[FlaskClient]:
    """The browser of the lead of a school with so many teachers."""
    data = folder / f"{'postgresql' if cluster else 'sqlite'}-{teachers}"
    data.mkdir()
    url = _database(cluster, teachers) if cluster else ""
    services = open_services(Settings(data=data, database_url=url, redis_url=redis_url))
    migrate(services.database.engine)
    with services.database.transaction() as session:
        lead = _fill(session, teachers)
        token = people.open_sign_in(session, lead)
    _tidy(services)
    client = create_app(services).test_client()
    with client.session_transaction() as cookie:
        cookie.update({"_user_id": token, "_fresh": True})
    yield client
    services.events.close()
    services.database.engine.dispose()


def _database(cluster: str, teachers: int) -> str:
    admin = Database(cluster)
    with admin.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"CREATE DATABASE teachers_{teachers}"))
    admin.engine.dispose()
    return cluster.replace("/postgres?", f"/teachers_{teachers}?")


def _tidy(services: Services) -> None:
    """What the database itself does by night."""
    with services.database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("ANALYZE" if connection.dialect.name == "sqlite" else "VACUUM ANALYZE")


def _fill(session: Session, teachers: int) -> Person:
    school = make_school(session, "A trust")
    lead = people.add_person(
        session, school=school.id, email="lead@example.org", name="Lead", roles=frozenset({Role.LEAD})
    )
    session.flush()
    everybody = [
        {"id": new_id(), "school_id": school.id, "email": f"{n}@example.org", "name": f"Teacher {n:03d}"}
        for n in range(teachers)
    ]
    session.execute(insert(Person), everybody)
    pairs = [
        {
            "id": new_id(),
            "school_id": school.id,
            "coach_id": everybody[n // COACHEES_OF_A_COACH * COACHEES_OF_A_COACH - 1]["id"],
            "coachee_id": person["id"],
            "starts_on": now().date() - timedelta(days=365 * YEARS),
        }
        for n, person in enumerate(everybody)
    ]
    session.execute(insert(Pair), pairs)
    for term in _terms(session, school):
        _coach(session, school, lead, pairs, term)
    return lead


def _terms(session: Session, school: School) -> list[Term]:
    """The present year's terms, and those of earlier years, which are made here with their halves."""
    terms = list(session.query(Term).filter(Term.school_id == school.id))
    for years_ago in range(1, YEARS):
        first = date(now().year - years_ago - 1, 9, 1)
        year = AcademicYear(
            school_id=school.id, name=f"{first.year}", starts_on=first, ends_on=first + timedelta(days=300)
        )
        session.add(year)
        session.flush()
        terms += [_term(session, school, year, first + timedelta(days=100 * n), n) for n in range(TERMS)]
    return terms


def _term(session: Session, school: School, year: AcademicYear, first: date, n: int) -> Term:
    term = Term(
        school_id=school.id,
        academic_year_id=year.id,
        name=("Autumn", "Spring", "Summer")[n],
        starts_on=first,
        ends_on=first + timedelta(days=90),
    )
    session.add(term)
    session.flush()
    for half in (0, 1):
        starts_on = first + timedelta(days=46 * half)
        session.add(
            HalfTerm(
                school_id=school.id,
                term_id=term.id,
                number=half + 1,
                starts_on=starts_on,
                ends_on=starts_on + timedelta(days=44),
            )
        )
    session.flush()
    return term


def _coach(session: Session, school: School, lead: Person, pairs: list[dict[str, Any]], term: Term) -> None:
    """A cycle of every pair in the term, with a strategy, its clips and their moments, and its logs."""
    versions = current_versions(session, school.id, limit=10)
    themes = [theme.id for theme in session.query(Theme).filter(Theme.school_id == school.id)]
    opened = datetime.combine(term.starts_on, datetime.min.time(), now().tzinfo)
    cycles = [
        {
            "id": new_id(),
            "school_id": school.id,
            "pair_id": pair["id"],
            "term_id": term.id,
            "focus": "Entry routines",
            "cpd_layer": CpdLayer.INDIVIDUAL,
            "stage": list(Stage)[n % 3],
            "opened_at": opened,
        }
        for n, pair in enumerate(pairs)
    ]
    session.execute(insert(Cycle), cycles)
    chosen = [
        {"cycle_id": cycle["id"], "strategy_version_id": versions[n % len(versions)].id, "position": 0}
        for n, cycle in enumerate(cycles)
    ]
    session.execute(insert(ChosenStrategy), chosen)
    _film(session, lead, cycles, pairs, versions)
    _log(session, school, pairs, term, themes)


def _film(
    session: Session, lead: Person, cycles: list[dict[str, Any]], pairs: list[dict[str, Any]], versions: list[Any]
) -> None:
    """Rows like one that the tests' own world makes: its clip, its moment."""
    clip_like, tag_like = _models(session, lead, cycles[0], versions[0])
    clips = [
        {**clip_like, "id": new_id(), "cycle_id": cycle["id"], "owner_id": pairs[n]["coachee_id"]}
        for n, cycle in enumerate(cycles)
        for _ in range(CLIPS_OF_A_CYCLE)
    ]
    session.execute(insert(Clip), clips)
    steps = [[step.id for step in version.steps] for version in versions]
    tags = [
        {
            **tag_like,
            "id": new_id(),
            "clip_id": clip["id"],
            "step_id": steps[n // CLIPS_OF_A_CYCLE % len(steps)][at % len(steps[n // CLIPS_OF_A_CYCLE % len(steps)])],
            "start_ms": 1000 * at,
        }
        for n, clip in enumerate(clips)
        for at in range(TAGS_OF_A_CLIP)
    ]
    session.execute(insert(Tag), tags)


def _models(
    session: Session, lead: Person, cycle: dict[str, Any], version: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    with session.begin_nested() as undone:
        clip = make_clip(session, session.get_one(Cycle, cycle["id"]), lead)
        tag = make_tag(session, clip, lead, version)
        like = _columns(clip), _columns(tag)
        undone.rollback()
    return like


def _columns(row: Base) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def _log(session: Session, school: School, pairs: list[dict[str, Any]], term: Term, themes: list[uuid.UUID]) -> None:
    """Handed in by nine pairs of ten, each naming two themes."""
    halves = session.query(HalfTerm).filter(HalfTerm.term_id == term.id)
    logs = [
        {
            "id": new_id(),
            "school_id": school.id,
            "pair_id": pair["id"],
            "half_term_id": half.id,
            "written_by_id": pair["coach_id"],
            "handed_in_at": now(),
        }
        for half in halves
        for n, pair in enumerate(pairs)
        if n % 10
    ]
    session.execute(insert(CoachingLog), logs)
    named = [
        {"log_id": log["id"], "theme_id": themes[(n + more) % len(themes)]}
        for n, log in enumerate(logs)
        for more in (0, 1)
    ]
    session.execute(insert(LogTheme), named)
