"""What is in the archive of a person: all that is theirs, in the promised shape, and nothing of anybody else's."""

import csv
import io
import json
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
from sqlalchemy import delete, select

import veo_workflow.takeout
from tests.support.statements import counted
from tests.support.world import World, make_clip, make_tag
from tests.takeout.person.conftest import Take, archive_of
from tests.takeout.test_shape import FORMATS
from tests.takeout.test_shape import check as check_cycle
from veo_workflow.audit.operations import record
from veo_workflow.clips.models import Clip, ClipShare
from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.cycles.evidence.models import Evidence, EvidenceKind
from veo_workflow.cycles.learning.models import Resource
from veo_workflow.cycles.models import Cycle, Stage
from veo_workflow.database import now
from veo_workflow.oversight.models import CoachingLog, PairNote
from veo_workflow.people import operations as people
from veo_workflow.people.models import Coach, Pair, Person, SignIn
from veo_workflow.schools.models import HalfTerm
from veo_workflow.services import Services
from veo_workflow.storage.files import StorageFull
from veo_workflow.tags.models import Tag
from veo_workflow.takeout.person import parts
from veo_workflow.takeout.person.queries import is_whole
from veo_workflow.takeout.person.writing import Writer

SCHEMA = json.loads((Path(veo_workflow.takeout.__file__).parent / "veo-person-1.schema.json").read_text())
SHAPE = jsonschema.Draft202012Validator(SCHEMA, format_checker=FORMATS)


@pytest.fixture
def busy(services: Services, filmed: World) -> World:
    """`filmed`, with a second log that is not handed in, and a look by Priya at what Asha shared."""
    with services.database.transaction() as session:
        half = session.scalars(
            select(HalfTerm).where(HalfTerm.term_id == filmed.cycle.term_id, HalfTerm.number == 2)
        ).one()
        ids = {"pair_id": filmed.pair.id, "half_term_id": half.id}
        session.add(
            CoachingLog(school_id=filmed.pair.school_id, needs="kept-back needs", written_by_id=filmed.priya.id, **ids)
        )
        session.add(PairNote(note="kept-back note", **ids))
        session.merge(Coach(person_id=filmed.priya.id, school_id=filmed.priya.school_id, since=now().date()))
        clip = session.scalars(select(Clip).where(Clip.title == "Coming in after lunch")).one()
        until = now().date() + timedelta(days=9)
        session.add(ClipShare(clip_id=clip.id, person_id=None, until=until, shows="A calm door"))
        session.add(ClipShare(clip_id=clip.id, person_id=filmed.sam.id, until=until, first_frame=3, last_frame=90))
        record(session, "tags_shared", by=filmed.priya.id, school=clip.school_id, subject=("clip", clip.id))
    return filmed


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("who", ["asha", "priya", "theo", "lena", "olu"])
def test_everybodys_archive_has_the_promised_shape(who: str, busy: World, take: Take) -> None:
    opened = take(busy.everybody[who])
    SHAPE.validate(opened.values)
    for name in opened.names:
        if name.startswith("cycles/"):
            check_cycle(json.loads(opened.zip.read(name)))
    assert busy.everybody[who].name in opened.zip.read("README.txt").decode()
    assert opened.zip.testzip() is None


def test_the_coachee_has_their_cycles_whole_and_their_own_films(busy: World, take: Take) -> None:
    opened = take(busy.asha)
    [cycle] = [json.loads(opened.zip.read(name)) for name in opened.names if name.startswith("cycles/")]
    assert {moment["note"] for moment in cycle["moments"]} == {
        "Four names in a row.",
        "Asha’s own draft",
        "On the private one",
    }
    assert cycle["review"]["celebrate"]
    assert [meeting["place"] for meeting in cycle["sessions"]] == ["Room 4"]
    assert [log["needs"] for log in cycle["logs"]] == ["An hour to plan."]
    films = {clip["title"]: clip["film"] for clip in opened.values["clips"]}
    assert set(films) == {"Coming in after lunch", "Carpet time"}
    assert sorted(films.values()) == sorted(opened.films)
    for title, film in films.items():
        assert opened.zip.read(film).startswith(f"film of {title}".encode())
        assert opened.zip.getinfo(film).compress_type == zipfile.ZIP_STORED
    assert [look["by"] for look in opened.values["what_others_did_with_my_clips"]] == ["Priya Nair"]
    assert {(share["with"], share["shows"]) for share in opened.values["clip_shares"]} == {
        (None, "A calm door"),
        ("Sam Hill", ""),
    }
    assert {log["note"] for log in opened.values["logs"]} == {"Between the two of us"}


def test_the_coach_has_what_they_wrote_and_no_footage_of_anybody_else(busy: World, take: Take) -> None:
    opened = take(busy.priya)
    assert [clip["title"] for clip in opened.values["clips"]] == ["Priya at the board"]
    assert len(opened.films) == 1
    assert opened.values["coach"]["since"] == now().date().isoformat()
    assert {mark["note"] for mark in opened.values["marks"]} == {"Four names in a row.", "Priya’s own draft"}
    assert {log["needs"] for log in opened.values["logs"]} == {"An hour to plan.", "kept-back needs"}
    assert [goal["statement"] for goal in opened.values["goals_written_as_coach"]] == [
        "Everybody writes within ninety seconds."
    ]
    (review,) = opened.values["reviews_as_coach"]
    assert review["celebrate"] == "Calm, <b>every</b> day."
    assert [one["taken"] for one in review["moments"]] == ["Names first."]
    assert len([name for name in opened.names if name.startswith("cycles/")]) == 1  # the one in which Lena coaches her


def test_photos_of_pupil_work_and_those_the_coach_sent_go_to_the_coachee_alone_and_take_the_archive_along_when_they_go(
    services: Services, filmed: World, take: Take, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"a photo of pupil work")
    by = {"gathered_by_id": filmed.priya.id, "written_by_id": filmed.priya.id, "changed_by_id": filmed.priya.id}
    with services.database.transaction() as session:
        evidence = Evidence(
            school_id=filmed.asha.school_id,
            cycle_id=filmed.cycle.id,
            kind=EvidenceKind.WORK,
            stage=Stage.IDENTIFY,
            seen_on=now().date(),
            seen="Two of thirty.",
            delete_by=now().date() + timedelta(days=90),
            **by,
        )
        session.add(evidence)
        session.flush()
        key = f"evidence/{evidence.id}/{evidence.id}.jpg"
        photo = {"school_id": filmed.asha.school_id, "owner_id": filmed.priya.id, "content_type": "image/jpeg"}
        session.add(Attachment(evidence_id=evidence.id, name="../books.jpg", size_bytes=21, key=key, **photo))
        sent = Resource(cycle_id=filmed.cycle.id, title="At the board", sent_by_id=filmed.priya.id)
        session.add(sent)
        session.flush()
        board = f"resources/{sent.id}/{sent.id}.jpg"
        session.add(Attachment(resource_id=sent.id, name="board", size_bytes=21, key=board, **photo))
    services.storage.put(key, file, "image/jpeg")
    services.storage.put(board, file, "image/jpeg")
    opened, coachs = take(filmed.asha), take(filmed.priya)
    for folder in ("evidence/", "resources/"):
        [name] = [name for name in opened.names if name.startswith(folder)]
        assert opened.zip.read(name) == b"a photo of pupil work"
    readme = opened.zip.read("README.txt").decode()
    assert "photos and PDFs of evidence in those cycles, 1 in all" in readme
    assert "photos and PDFs that your coach sent you in them, 1 in all" in readme
    assert b"a photo of pupil work" not in coachs.everything
    archive = archive_of(services, filmed.asha)
    with services.database.transaction() as session:
        person = session.get_one(Person, filmed.asha.id)
        assert is_whole(session, archive, person)
        session.execute(delete(Attachment).where(Attachment.resource_id == sent.id))
        assert not is_whole(session, archive, person)


def test_what_is_anothers_is_in_no_archive(services: Services, busy: World, take: Take) -> None:
    with services.database.transaction() as session:
        people.open_sign_in(session, session.get_one(Person, busy.asha.id))
        asha = session.get_one(Person, busy.asha.id)
        asha.password_hash = "canary-hash-of-a-password"
        hashes = [row.token_hash for row in session.scalars(select(SignIn))]
    never = {
        "asha": ["Priya’s own draft", "priya@", "kept-back", "film of Priya"],
        "priya": [
            "Asha’s own draft",
            "On the private one",
            "Carpet time",
            "Carpet first.",
            "asha@",
            "film of Coming",
            "film of Carpet",
        ],
        "lena": ["own draft", "Four names", "Between the two of us", "kept-back", "Carpet time", "film of", "asha@"],
        "theo": [
            "own draft",
            "Four names",
            "Entry routines",
            "Everybody writes",
            "An hour to plan",
            "film of",
            "asha@",
        ],
        "olu": ["Asha", "Priya", "Entry routines", "film of"],
    }
    for who, canaries in never.items():
        held = take(busy.everybody[who]).everything.decode("utf-8", "replace")
        for canary in [*canaries, "canary-hash", *hashes, "token"]:
            assert canary not in held, (who, canary)


def test_a_former_coach_has_their_own_words_and_no_longer_what_the_coachee_wrote(
    services: Services, busy: World, take: Take
) -> None:
    with services.database.transaction() as session:
        people.end_pair(session, session.get_one(Pair, busy.pair.id), by=None)
    opened = take(busy.priya)
    assert {mark["note"] for mark in opened.values["marks"]} == {"Four names in a row.", "Priya’s own draft"}
    assert {mark["clip"] for mark in opened.values["marks"]} == {None}
    assert {log["note"] for log in opened.values["logs"]} == {None}
    held = opened.everything.decode("utf-8", "replace")
    for canary in (
        "Everybody writes within two minutes",
        "Calm, <b>every",
        "Coming in after lunch",
        "Room 4",
        "Between the two of us",
    ):
        assert canary not in held, canary


def test_no_name_in_it_leads_anywhere_else_and_no_cell_is_a_formula(
    services: Services, filmed: World, take: Take
) -> None:
    with services.database.transaction() as session:
        clip = session.scalars(select(Clip).where(Clip.title == "Carpet time")).one()
        clip.title = "../../etc/passwd\\..\\C:\n=cmd|' /C calc'!A0 " + "é" * 100
        session.get_one(Cycle, filmed.cycle.id).focus = "/root/.ssh"
        session.scalars(select(Tag).where(Tag.note == "On the private one")).one().note = "=HYPERLINK(1)"
    opened = take(filmed.asha)
    for name in opened.names:
        assert re.fullmatch(r"([a-z]+/)?[A-Za-z0-9][A-Za-z0-9._-]*", name), name
        assert ".." not in name
    sheet = list(csv.DictReader(io.StringIO(opened.zip.read("tables/marks.csv").decode("utf-8-sig"))))
    assert "'=HYPERLINK(1)" in {line["note"] for line in sheet}


def test_the_statements_stay_the_same_however_much_somebody_has(services: Services, filmed: World) -> None:
    def asked() -> int:
        with counted(services.database.engine) as statements, services.database.reading() as session:
            person = session.get_one(Person, filmed.asha.id)
            parts.everything_of(session, person)
            list(parts.files_of(session, person))
        return len(statements)

    before = asked()
    with services.database.transaction() as session:
        for _ in range(12):
            clip = make_clip(session, session.get_one(Cycle, filmed.cycle.id), filmed.asha)
            make_tag(session, clip, filmed.asha, filmed.strategy)
            people.open_sign_in(session, session.get_one(Person, filmed.asha.id))
    assert asked() == before <= 37


def test_a_full_disk_is_said_plainly(tmp_path: Path) -> None:
    film = tmp_path / "film"
    film.write_bytes(b"x" * 3_000_000)
    with pytest.raises(StorageFull), Writer(Path("/dev/full"), now() - timedelta(days=1)) as archive:
        archive.film("films/a.mp4", film, lambda _: True)
