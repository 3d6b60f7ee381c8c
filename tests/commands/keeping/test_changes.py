"""What was trimmed, taken back, flagged, held or removed after a backup was made does not come back with it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.commands.keeping.conftest import Film
from tests.pages.evidence.conftest import Pair, SignedIn
from tests.support.camera import counter, ffmpeg, h264
from tests.support.counter import counters
from tests.support.world import World
from veo_workflow.access.policy import Verb
from veo_workflow.clips import operations as clips
from veo_workflow.clips import processing, sharing
from veo_workflow.clips.models import Clip, ClipShare, ClipState, Rendition, RenditionKind
from veo_workflow.clips.queries import clip_for
from veo_workflow.clips.shares import operations as shares
from veo_workflow.commands.keeping.bringing_back import restore
from veo_workflow.commands.keeping.taking import back_up
from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.cycles.evidence.models import Evidence
from veo_workflow.cycles.pairing.operations import end_pair
from veo_workflow.database import now
from veo_workflow.invariants.checks import check_invariants
from veo_workflow.people.models import Pair as PairRow
from veo_workflow.people.models import Person
from veo_workflow.removal import ledger
from veo_workflow.removal import operations as removal
from veo_workflow.removal.changes import Change, What, latest
from veo_workflow.removal.flags import operations as flags
from veo_workflow.removal.holds import operations as holds
from veo_workflow.removal.holds.models import Hold
from veo_workflow.removal.leaving.operations import leave
from veo_workflow.removal.rules import Trim
from veo_workflow.services import Services, open_services
from veo_workflow.tags.models import Tag
from workers.upkeep import one_round

REASON = "A parent has asked about the end of this lesson."


@pytest.fixture
def lesson(services: Services, film: Film, tmp_path: Path) -> Clip:
    """A clip of two seconds whose every frame says its number, tagged in its last third."""
    clip = film(title="Entry routines")
    path = tmp_path / "lesson.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x120:r=30:d=2", "-vf", counter(120), *h264(400), path)
    services.storage.put(f"clips/{clip.id}/1/playback.mp4", path, "video/mp4")
    with services.database.transaction() as session:
        row = session.get_one(Clip, clip.id)
        row.frames, row.duration_ms = 60, 2000
        row.rendition_bytes = 500 + path.stat().st_size
        played = (Rendition.clip_id == clip.id, Rendition.kind == RenditionKind.PLAYBACK)
        session.scalars(select(Rendition).where(*played)).one().size_bytes = path.stat().st_size
        tag = session.scalars(select(Tag).where(Tag.clip_id == clip.id)).one()
        tag.pressed_ms, tag.start_ms, tag.end_ms = 1817, 1817, 1817
    return clip


def trim(services: Services, world: World, clip: Clip, first: int, last: int, edition: int) -> None:
    with services.database.transaction() as session:
        row = session.get_one(Clip, clip.id)
        removal.trim(session, row, Trim(first, last, edition, 9), services.doorbell, by=world.asha)
    processing.process(services, clip.id)


def test_what_was_taken_back_since_an_old_backup_does_not_come_back_with_it(
    client_for: SignedIn,
    services: Services,
    world: World,
    film: Film,
    lesson: Clip,
    lose_everything: Callable[[], None],
    tmp_path: Path,
) -> None:
    names = ("untouched", "unshared", "revoked", "flagged", "held", "withdrawn under a hold")
    films = {name: film(title=name) for name in names}
    with services.database.transaction() as session:
        for clip in films.values():
            session.add(ClipShare(clip_id=clip.id, person_id=world.sam.id, until=clip.delete_by))
    pair = Pair(client_for, services, world)
    _, photo = pair.with_photo(world.asha)
    piece, _ = pair.with_photo(world.asha)
    folder, file = tmp_path / "monday", tmp_path / "erasures.jsonl"
    back_up(services.settings, services.database, services.storage, folder, lambda stage, done: None)

    trim(services, world, lesson, 20, 49, 0)
    trim(services, world, lesson, 5, 24, 1)
    with services.database.transaction() as session:
        rows = {name: session.get_one(Clip, clip.id) for name, clip in films.items()}
        sharing.stop_sharing_with_coach(session, rows["unshared"], by=world.asha)
        given = select(ClipShare.id).where(ClipShare.clip_id == rows["revoked"].id)
        shares.take_back(session, rows["revoked"], session.scalars(given).one(), by=world.asha)
        flags.flag(session, clip_for(session, world.priya, rows["flagged"].id, Verb.FLAG), by=world.priya)
        for name in ("held", "withdrawn under a hold"):
            holds.place(session, rows[name], REASON, is_told=True, by=world.sid)
        clips.withdraw(session, rows["withdrawn under a hold"], by=world.asha)
    assert pair.client(world.asha).post(f"{photo}/remove").status_code == 302
    assert pair.client(world.asha).post(f"/evidence/{piece.id}/remove").status_code == 302
    one_round(services)
    assert ledger.save(services.storage, file) == 11
    assert REASON not in file.read_text(), "ids, moments and numbers; no words"
    assert {entry.key for entry in ledger.noted(services.storage)} == {entry.key for entry in ledger.read(file)}
    lose_everything()

    restore(services.settings, folder, lambda stage, done: None, ledger.read(file))
    again = open_services(services.settings)
    with again.database.reading() as session:
        rows = {name: session.get_one(Clip, clip.id) for name, clip in films.items()}
        lasting = session.scalars(select(ClipShare.clip_id).where(ClipShare.revoked_at.is_(None)))
        assert set(lasting) == {rows[name].id for name in ("untouched", "unshared", "held")}
        assert {name for name, row in rows.items() if not row.is_open_to_coach} == set(names) - {"untouched", "revoked"}
        assert rows["flagged"].flagged_by_id == world.priya.id
        assert rows["held"].held_at is not None
        assert rows["withdrawn under a hold"].state is ClipState.WITHDRAWN
        held = session.scalars(select(Hold.clip_id).where(Hold.lifted_at.is_(None), Hold.placed_by_id == world.sid.id))
        assert set(held) == {rows["held"].id, rows["withdrawn under a hold"].id}
        cut = session.get_one(Clip, lesson.id)
        assert (cut.state, cut.edition, cut.kept_from, cut.kept_to) == (ClipState.QUEUED, 2, 25, 44)
        assert session.scalars(select(Tag).where(Tag.clip_id == lesson.id)).all() == []
        assert session.scalars(select(Attachment)).all() == []
        assert len(session.scalars(select(Evidence)).all()) == 1, "the piece whose photo was removed has its words"
    assert list(again.storage.list("evidence/")) == []

    processing.process(again, lesson.id)
    one_round(again)
    films_left = [each.key for each in again.storage.list(f"clips/{lesson.id}/") if "playback" in each.key]
    (playback,) = films_left
    with again.storage.local(playback) as path:
        assert counters(path) == list(range(25, 45))
    kept = [each.key for each in again.storage.list(f"clips/{films['withdrawn under a hold'].id}/")]
    assert len(kept) == 2, "a hold keeps the bytes"
    assert [str(each) for each in check_invariants(again)] == []
    with again.database.transaction() as session:
        assert ledger.replay_all(session, ledger.read(file), again.storage) == 0, "twice is once"
    again.events.close()
    again.database.engine.dispose()


def test_a_pair_that_ended_and_an_account_that_was_closed_stay_so(services: Services, world: World, film: Film) -> None:
    """The database alone is laid back, as it was on Monday; storage knows of the days since."""
    clip = film()
    with services.database.transaction() as session:
        sam, ada = session.get_one(Person, world.sam.id), session.get_one(Person, world.ada.id)
        end_pair(session, session.get_one(PairRow, world.pair.id), by=ada.id)
        leave(session, sam, last_day_of_footage=now().date(), by=ada)
    one_round(services)
    with services.database.transaction() as session:
        session.get_one(PairRow, world.pair.id).ended_at = None
        session.get_one(Person, world.sam.id).disabled_at = None
        session.add(ClipShare(clip_id=clip.id, person_id=world.sam.id, until=clip.delete_by))
    with services.database.transaction() as session:
        assert ledger.replay_all(session, ledger.noted(services.storage), services.storage) == 2
        assert ledger.replay_all(session, ledger.noted(services.storage), services.storage) == 0, "twice is once"
    with services.database.reading() as session:
        assert session.get_one(PairRow, world.pair.id).ended_at is not None
        assert session.get_one(Person, world.sam.id).disabled_at is not None
        assert session.scalars(select(ClipShare).where(ClipShare.revoked_at.is_(None))).all() == []


def test_what_was_undone_since_is_not_done_again() -> None:
    """An older file of the ledger still says it; the later word counts, and what is done again comes in its order."""
    clip, monday, tuesday = "a clip", "2026-11-02T10:00:00.000000+00:00", "2026-11-03T10:00:00.000000+00:00"
    cut = [Change(What.TRIMMED, clip, tuesday, clip=clip, edition=edition) for edition in (2, 1)]
    held, lifted = Change(What.HELD, "a hold", monday, clip=clip), Change(What.LIFTED, "a hold", tuesday, clip=clip)
    flagged, taken_off = (Change(what, clip, at) for what, at in ((What.FLAGGED, monday), (What.UNFLAGGED, tuesday)))
    assert latest([taken_off, flagged, *cut, lifted, held]) == [lifted, *reversed(cut), taken_off]
