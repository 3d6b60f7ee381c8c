"""The roads on which a process can die: what stands when it sets out, what it does, and what people do afterwards.

`go` runs in a process of its own, with nothing but the settings and the ids in a `Case`; the rest runs in the test.
"""

import contextlib
import hashlib
import io
import os
import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import delete, select, update
from werkzeug.datastructures import FileStorage

from tests.storage.drivers import receive
from tests.support.remembered import remembered
from veo_workflow.clips import attempts, jobs, processing, stills
from veo_workflow.clips import operations as clips
from veo_workflow.clips.jobs import Published, Timeline
from veo_workflow.clips.models import Clip, Purpose, Rendition, RenditionKind, Upload
from veo_workflow.clips.uploads import operations as uploads
from veo_workflow.clips.uploads.rules import Wanted, fingerprint
from veo_workflow.cycles.attachments import upkeep as attachments
from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.cycles.evidence import operations as evidence
from veo_workflow.cycles.evidence.models import Evidence, EvidenceKind
from veo_workflow.cycles.evidence.queries import evidence_for
from veo_workflow.cycles.evidence.rules import EvidenceWords
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import after_commit, new_id, now
from veo_workflow.pages.evidence import files
from veo_workflow.people.models import Person
from veo_workflow.removal import operations as removal
from veo_workflow.removal.rules import Trim
from veo_workflow.services import Services, open_services
from veo_workflow.settings import Settings
from veo_workflow.storage.disk import DiskStorage
from veo_workflow.tags import operations as tags
from veo_workflow.takeout.person import making
from veo_workflow.takeout.person import operations as archives
from veo_workflow.takeout.person.models import Archive
from workers import upkeep

KEY = "a browser's own key"
PART = 64 * 1024
SENT = bytes(range(256)) * 600  # three parts of what is no film: it arrives whole, and is then told to be none
SHA256 = hashlib.sha256(SENT).hexdigest()
TIMELINE = Timeline(1000, 30, 1, 30, 160, 120)

READY, FAILED, WITHDRAWN, QUARANTINED = "ready", "failed", "withdrawn", "quarantined"
ABSENT = "absent"


@dataclass(frozen=True)
class Case:
    """One school whose process is about to die; `clip` is the id of what it is about, once that has one."""

    settings: Settings
    asha: uuid.UUID
    cycle: uuid.UUID
    film: Path
    priya: uuid.UUID
    strategy: uuid.UUID
    clip: uuid.UUID | None = None

    @property
    def wanted(self) -> Wanted:
        mark = fingerprint(len(SENT), SENT, SENT)
        return Wanted(self.cycle, Purpose.PROGRESS, "lesson.mov", len(SENT), "video/quicktime", mark, False)

    def person(self, services: Services) -> Person:
        with services.database.reading() as session:
            return session.get_one(Person, self.asha)

    def tools(self) -> contextlib.AbstractContextManager[None]:
        """The film is converted by the first process that needs it: no point lies inside a tool."""
        return remembered(self.film.with_name("remembered"))


Prepare = Callable[[Services, Case], Case]
Act = Callable[[Services, Case], object]


@dataclass(frozen=True)
class Road:
    """`prepare` sets the stage, `go` dies on it, `resume` is what the person's browser does once the house is up."""

    go: Act
    prepare: Prepare = lambda services, case: case
    resume: Act = lambda services, case: None
    ends: tuple[str, ...] = (READY,)
    begins_ready: bool = False  # with a clip that has been converted and tagged
    on_disk_only: bool = False


# --- what a browser does


def begin(services: Services, case: Case) -> Upload:
    upload, _ = uploads.begin(services, case.person(services), case.wanted, KEY)
    return upload


def send(services: Services, case: Case, *numbers: int) -> Case:
    """Begin, unless it has begun, and send these parts, as the page does."""
    upload = begin(services, case)
    for n in numbers:
        body = SENT[(n - 1) * PART : n * PART]
        address = services.storage.sign_part(upload.key, upload.storage_upload, n, len(body), None, 60)
        assert isinstance(services.storage, DiskStorage)
        receive(services.storage, address.url, io.BytesIO(body), len(body))
    return replace(case, clip=upload.id)


def complete(services: Services, case: Case) -> object:
    assert case.clip
    return uploads.complete(services, case.person(services), case.clip, SHA256)


def go_on(services: Services, case: Case) -> None:
    """The page is open again: what was acknowledged is there, the rest is sent, and the whole is put together."""
    upload, parts = uploads.arrived(services, case.person(services), begin(services, case).id)
    arrived = {part.n for part in parts}
    if upload.state.value == "open":
        send(services, case, *({1, 2, 3} - arrived))
    complete(services, replace(case, clip=upload.id))


def go_on_after(acknowledged: set[int]) -> Act:
    def resume(services: Services, case: Case) -> None:
        _, parts = uploads.arrived(services, case.person(services), begin(services, case).id)
        assert acknowledged <= {part.n for part in parts}, "a part that was acknowledged is lost"
        go_on(services, case)

    return resume


def complete_in_vain(services: Services, case: Case) -> None:
    try:
        complete(services, case)
    except uploads.PartsMismatch:
        return


def lose_the_race(services: Services, case: Case) -> None:
    """The same request was answered by another process between our looking and our reserving."""
    uploads._open(services, case.person(services), case.wanted, KEY)


def cancel(services: Services, case: Case) -> None:
    assert case.clip
    uploads.cancel(services, case.person(services), case.clip)


def left_alone(services: Services, case: Case) -> Case:
    """Two parts were sent, and nobody has come back for three days."""
    case = send(services, case, 1, 2)
    with services.database.transaction() as session:
        session.execute(update(Upload).values(last_activity_at=now() - timedelta(days=3)))
    return case


def add(services: Services, case: Case) -> uuid.UUID:
    return uploads.add_file(
        services, case.person(services), case.cycle, Purpose.PROGRESS, case.film, lambda _fraction: None
    )


# --- what a worker does


def queued(services: Services, case: Case) -> Case:
    return replace(case, clip=add(services, case))


def process(services: Services, case: Case) -> None:
    assert case.clip
    processing.process(services, case.clip, when_published=tags.keep_inside)


def queued_in_the_way(services: Services, case: Case) -> Case:
    """Where the preview is to be put stands a folder, which is nothing that storage has an error for."""
    case = queued(services, case)
    (case.settings.objects / f"clips/{case.clip}/1/preview.mp4").mkdir(parents=True)
    return case


def process_badly(services: Services, case: Case) -> None:
    try:
        process(services, case)
    except OSError:
        return


def queued_nonsense(services: Services, case: Case) -> Case:
    case = send(services, case, 1, 2, 3)
    complete(services, case)
    return case


def process_while_withdrawn(services: Services, case: Case) -> None:
    """The coachee withdraws while the last file is being put."""

    class Meanwhile:
        def __getattr__(self, name: str) -> Any:
            return getattr(services.storage, name)

        def put(self, key: str, *rest: Any) -> Any:
            if key.endswith("poster.jpg"):
                withdraw(services, case)
            return services.storage.put(key, *rest)

    process(replace(services, storage=Meanwhile()), case)  # type: ignore[arg-type]


def killed_three_times(services: Services, case: Case) -> Case:
    """Each attempt had published its preview when it died."""
    case = queued(services, case)
    assert case.clip
    for _ in range(3):
        with services.database.transaction() as session:
            claimed = jobs.claim(session, case.clip, -1)
        assert claimed
        key = f"{attempts.attempt_prefix(claimed)}{attempts.PREVIEW_NAME}"
        size = services.storage.put(key, case.film, "video/mp4").size
        with services.database.transaction() as session:
            file = Published(RenditionKind.PREVIEW, key, "video/mp4", size, 160, 120)
            assert jobs.publish_preview(session, claimed, TIMELINE, file, -1)
    return case


def killed_once(services: Services, case: Case) -> Case:
    case = queued(services, case)
    assert case.clip
    with services.database.transaction() as session:
        assert jobs.claim(session, case.clip, -1)
    return case


# --- trims, stills, removal


def trim(services: Services, case: Case) -> None:
    assert case.clip
    with services.database.transaction() as session:
        clip, asha = session.get_one(Clip, case.clip), session.get_one(Person, case.asha)
        removal.trim(session, clip, Trim(5, 24, 0, 10), services.doorbell, by=asha)


def trimmed(services: Services, case: Case) -> Case:
    trim(services, case)
    return case


def still(services: Services, case: Case) -> None:
    with services.database.reading() as session:
        clip = session.get_one(Clip, case.clip)
        playback = session.scalars(
            select(Rendition).where(Rendition.clip_id == clip.id, Rendition.kind == RenditionKind.PLAYBACK)
        ).one()
    stills.kept(services, clip, playback, stills.still_at(clip, 500))


def withdraw(services: Services, case: Case) -> None:
    with services.database.transaction() as session:
        clips.withdraw(session, session.get_one(Clip, case.clip), by=session.get_one(Person, case.asha))


def withdrawn(services: Services, case: Case) -> Case:
    """A ready clip with a still, and an upload in storage that was never finished."""
    still(services, case)
    services.storage.begin_parts(f"uploads/{case.clip}/again", "video/mp4")
    withdraw(services, case)
    return case


def erase(services: Services, case: Case) -> None:
    assert case.clip
    removal.erase(services, case.clip)


# --- a person's archive


def asked(services: Services, case: Case) -> Case:
    with services.database.transaction() as session:
        archives.ask(session, session.get_one(Person, case.asha), services.doorbell)
    return case


def make_archive(services: Services, case: Case) -> None:
    making.make_next(services)


def over(services: Services, case: Case) -> Case:
    """An archive that has been made, and whose days are over."""
    make_archive(services, asked(services, case))
    with services.database.transaction() as session:
        session.execute(update(Archive).values(ready_until=now() - timedelta(seconds=1)))
    return case


def left_behind(services: Services, case: Case) -> Case:
    """What the attempts of an archive that has failed had put into storage, whole and in parts."""
    asked(services, case)
    with services.database.transaction() as session:
        [archive_id] = session.scalars(update(Archive).values(state="failed", reason="No room.").returning(Archive.id))
    services.storage.put(f"archives/{archive_id}/1.zip", case.film, "application/zip")
    services.storage.begin_parts(f"archives/{archive_id}/2.zip", "application/zip")
    return case


# --- upkeep


def littered(services: Services, case: Case) -> Case:
    """A ready clip, and around it all that killed processes may have left."""
    yesterday = uuid.UUID(int=new_id().int - ((24 * 3600 * 1000) << 80))
    services.storage.put(f"uploads/{yesterday}/original", case.film, "video/mp4")
    services.storage.begin_parts(f"uploads/{yesterday}/original", "video/mp4")
    services.storage.put(f"clips/{case.clip}/7/playback.mp4", case.film, "video/mp4")
    services.storage.put(f"clips/{case.clip}/7/small.mp4", case.film, "video/mp4")
    services.storage.begin_parts(f"clips/{case.clip}/7/playback.mp4", "video/mp4")
    for name in ("work-clip-one", "work-copy-two"):
        (case.settings.scratch / name).mkdir(parents=True)
        shutil.copy(case.film, case.settings.scratch / name)
    return case


def keep_up(services: Services, case: Case) -> None:
    upkeep.one_round(services)


# --- photos of evidence


def gathered(services: Services, case: Case) -> Case:
    """A piece of evidence without a file."""
    with services.database.transaction() as session:
        asha, cycle = session.get_one(Person, case.asha), session.get_one(Cycle, case.cycle)
        words = EvidenceWords(EvidenceKind.WORK, case.asha, now().date(), "Six books")
        evidence.add(session, cycle, words, by=asha)
    return case


def attach(services: Services, case: Case) -> None:
    photo = io.BytesIO()
    Image.new("RGB", (64, 40), "green").save(photo, "JPEG")
    photo.seek(0)
    files.attach(services, case.person(services), _piece(services), FileStorage(photo, "Table 3.jpg"))


def attached(services: Services, case: Case) -> Case:
    attach(services, gathered(services, case))
    return case


def detached(services: Services, case: Case) -> Case:
    """A photo whose row is gone while storage was away, and that has lain there for a while."""
    attached(services, case)
    with services.database.transaction() as session:
        session.execute(delete(Attachment))
    for path in (case.settings.objects / "evidence").rglob("*.jpg"):
        os.utime(path, (time.time() - 7200,) * 2)
    return case


def remove_piece(services: Services, case: Case) -> None:
    person = case.person(services)
    with services.database.transaction() as session:
        found = evidence_for(session, person, _piece(services))
        evidence.remove(
            session,
            found,
            lambda keys: after_commit(session, lambda: attachments.forget(services, keys)),
            by=person,
        )


def _piece(services: Services) -> uuid.UUID:
    with services.database.reading() as session:
        return session.scalars(select(Evidence.id)).one()


ROADS: dict[str, Road] = {
    "begin": Road(begin, resume=go_on, ends=(FAILED,), on_disk_only=True),
    "begin, left alone": Road(begin, ends=(ABSENT,)),
    "begun-twice": Road(
        lose_the_race, lambda services, case: send(services, case, 1), go_on_after({1}), (FAILED,), on_disk_only=True
    ),
    "part": Road(
        lambda services, case: send(services, case, 3),
        lambda services, case: send(services, case, 1, 2),
        go_on_after({1, 2}),
        (FAILED,),
        on_disk_only=True,
    ),
    "complete": Road(
        complete, lambda services, case: send(services, case, 1, 2, 3), complete, (FAILED,), on_disk_only=True
    ),
    "incomplete": Road(
        complete_in_vain,
        lambda services, case: send(services, case, 1, 2),
        go_on_after({1, 2}),
        (FAILED,),
        on_disk_only=True,
    ),
    "file": Road(add, ends=(ABSENT,)),
    "file, whole": Road(add),
    "forget": Road(cancel, lambda services, case: send(services, case, 1, 2), ends=(ABSENT,), on_disk_only=True),
    "expire": Road(keep_up, left_alone, ends=(ABSENT,), on_disk_only=True),
    "process": Road(process, queued),
    "trim-asked": Road(trim, begins_ready=True),
    "trim": Road(process, trimmed, begins_ready=True),
    "surprise": Road(process_badly, queued_in_the_way, on_disk_only=True),
    "fail": Road(process, queued_nonsense, ends=(FAILED,), on_disk_only=True),
    "overtaken": Road(process_while_withdrawn, queued, ends=(WITHDRAWN,)),
    "piece": Road(still, begins_ready=True),
    "attach": Road(attach, gathered, ends=(ABSENT,)),
    "detach": Road(remove_piece, attached, ends=(ABSENT,)),
    "files": Road(keep_up, detached, ends=(ABSENT,)),
    "erase": Road(erase, withdrawn, ends=(WITHDRAWN,), begins_ready=True),
    "quarantine": Road(keep_up, killed_three_times, ends=(QUARANTINED,)),
    "taken up": Road(keep_up, killed_once),
    "sweep": Road(keep_up, littered, begins_ready=True),
    "archive": Road(make_archive, asked, begins_ready=True),
    "archive-over": Road(keep_up, over, begins_ready=True),
    "archive-swept": Road(keep_up, left_behind, begins_ready=True),
}


def travel(case: Case, name: str) -> None:
    """The whole life of the process that dies."""
    with case.tools():
        ROADS[name].go(open_services(case.settings), case)
