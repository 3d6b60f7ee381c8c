"""Many people marking moments at once on PostgreSQL, and whether it matters how many moments there are already."""

import contextlib
import statistics
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, insert, literal, select, text, true
from sqlalchemy.orm import Session

from benchmarks.over_http import Visitor
from tests.support.live import School, live_school
from tests.support.postgres import private_postgres
from tests.support.world import World, make_clip, make_world
from veo_workflow.clips.models import Clip
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import Database, new_id
from veo_workflow.migrations import migrate
from veo_workflow.people.models import Person
from veo_workflow.services import Services, open_services
from veo_workflow.settings import Settings
from veo_workflow.tags import operations
from veo_workflow.tags.models import Tag, TagKind
from veo_workflow.tags.rules import read_tag

TAGGERS, EACH = 50, 20
FEW, MANY, ON_A_CLIP = 1000, 1_000_000, 50
WRITES = 400


@dataclass(frozen=True)
class Rush:
    """All taggers at once, each sending a tag as soon as the one before is kept."""

    per_second: float
    p95_ms: float
    lost: int


@contextlib.contextmanager
def on_postgresql(folder: Path) -> Iterator[School]:
    with private_postgres() as url, live_school(folder, workers=0, database_url=url, web_processes="2") as school:
        yield school


def rush(school: School) -> Rush:
    with school.services.database.transaction() as session:
        clip = make_clip(session, session.get_one(Cycle, school.world.cycle.id), school.world.asha)
    people = [school.world.asha, school.world.priya]
    visitors = [Visitor(school, people[n % 2]) for n in range(TAGGERS)]
    step = str(school.world.strategy.steps[0].id)

    def tag(tagger: int) -> list[float]:
        taken = []
        for n in range(EACH):
            at = 1000 + 40 * (tagger * EACH + n)
            wanted = {"step": step, "kind": "note", "pressed_ms": at, "start_ms": at, "end_ms": at + 500, "note": ""}
            began = time.perf_counter()
            visitors[tagger].ask("PUT", f"/api/clips/{clip.id}/tags/{new_id()}", {**wanted, "version": 0})
            taken.append(time.perf_counter() - began)
        return taken

    began = time.perf_counter()
    with ThreadPoolExecutor(TAGGERS) as taggers:
        taken = [each for one in taggers.map(tag, range(TAGGERS)) for each in one]
    seconds = time.perf_counter() - began
    with school.services.database.reading() as session:
        kept = session.scalar(select(func.count()).select_from(Tag).where(Tag.clip_id == clip.id)) or 0
    return Rush(len(taken) / seconds, 1000 * _p95(taken), len(taken) - kept)


def p95_growth(folder: Path) -> tuple[float, float]:
    """p95 of one write with a million tags in the table over one with a thousand, in turns; and that in ms."""
    with private_postgres() as url:
        few, many = (_school_with(tags, url, folder) for tags in (FEW, MANY))
        taken: dict[int, list[float]] = {FEW: [], MANY: []}
        for n in range(WRITES):
            order = ((FEW, few), (MANY, many)) if n % 2 else ((MANY, many), (FEW, few))
            for tags, school in order:
                taken[tags].append(school.write(n))
        for school in (few, many):
            school.services.database.engine.dispose()
    return _p95(taken[MANY]) / _p95(taken[FEW]), 1000 * _p95(taken[MANY])


@dataclass(frozen=True)
class _School:
    services: Services
    world: World
    clips: list[uuid.UUID]

    def write(self, n: int) -> float:
        """Seconds for one tag on one of the clips that have tags, from the beginning to after the commit."""
        at = 500 + (n * 37) % 50_000
        wanted = read_tag({"pressed_ms": at, "start_ms": at, "end_ms": at + 500})
        began = time.perf_counter()
        with self.services.database.transaction() as session:
            clip = session.get_one(Clip, self.clips[n % len(self.clips)])
            operations.put_tag(session, clip, new_id(), wanted, by=session.get_one(Person, self.world.priya.id))
        return time.perf_counter() - began


def _school_with(tags: int, cluster: str, folder: Path) -> _School:
    """A database of its own, with so many tags, fifty on a clip."""
    admin = Database(cluster)
    with admin.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"CREATE DATABASE tags_{tags}"))
    admin.engine.dispose()
    url = cluster.replace("/postgres?", f"/tags_{tags}?")
    services = open_services(Settings(data=folder / f"with-{tags}", database_url=url, redis_url="redis://127.0.0.1:1"))
    migrate(services.database.engine)
    world = make_world(services)
    with services.database.transaction() as session:
        model = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
        session.flush()
        _fill(session, model, world.priya, tags)
        clips = list(session.scalars(select(Clip.id).where(Clip.id != model.id).limit(WRITES)))
    with services.database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return _School(services, world, clips)


def _fill(session: Session, model: Clip, author: Person, tags: int) -> None:
    """Clips as `model` is, and the tags on them, made by the database itself."""
    fresh, row = func.gen_random_uuid(), Clip.__table__.c
    columns = [column for column in row if column.name != "id"]
    clips = select(fresh, *columns).join_from(
        Clip.__table__, func.generate_series(1, tags // ON_A_CLIP).alias("n"), true()
    )
    session.execute(insert(Clip).from_select(["id", *columns], clips.where(row.id == model.id)))
    at = func.generate_series(1000, 1000 * ON_A_CLIP, 1000).table_valued("at").render_derived()
    moment = at.c.at
    marked = select(
        fresh, row.id, literal(author.id), literal(TagKind.NOTE.value), moment, moment, moment + 500, literal("")
    )
    versions = (literal(1), func.now(), func.now())
    names = ["id", "clip_id", "author_id", "kind", "pressed_ms", "start_ms", "end_ms", "note"]
    rows = marked.add_columns(*versions).join_from(Clip.__table__, at, true()).where(row.id != model.id)
    session.execute(insert(Tag).from_select([*names, "version", "created_at", "changed_at"], rows))


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]
