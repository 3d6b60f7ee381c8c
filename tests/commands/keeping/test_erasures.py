"""What was erased after a backup was made does not come back with it (SAFEGUARDING B4)."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.commands.keeping.conftest import Film
from tests.support.world import World
from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips import operations as clips
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.commands.keeping.bringing_back import restore
from veo_workflow.commands.keeping.taking import back_up
from veo_workflow.database import now
from veo_workflow.errors import InvalidInput
from veo_workflow.invariants.checks import check_invariants
from veo_workflow.people.models import Person
from veo_workflow.removal import ledger
from veo_workflow.removal.ledger import Erasure
from veo_workflow.services import Services, open_services
from workers.upkeep import one_round


def withdraw(services: Services, world: World, clip: Clip) -> None:
    with services.database.transaction() as session:
        clips.withdraw(session, session.get_one(Clip, clip.id), by=session.get_one(Person, world.asha.id))
    one_round(services)


def keys(services: Services, clip: Clip) -> list[str]:
    return [stored.key for stored in services.storage.list(f"clips/{clip.id}/")]


@pytest.mark.parametrize("form", ["embedded", "production"])
def test_an_old_backup_is_restored_and_what_had_been_erased_since_is_absent(
    services: Services, world: World, film: Film, lose_everything: Callable[[], None], tmp_path: Path
) -> None:
    """On SQLite and the disk; on PostgreSQL and a bucket of a real object store."""
    stays, goes, held = film(title="Stays"), film(title="Goes"), film(title="Held for a while")
    with services.database.transaction() as session:
        session.get_one(Clip, held.id).held_at = now()
    folder, file = tmp_path / "monday", tmp_path / "erasures.jsonl"
    back_up(services.settings, services.database, services.storage, folder, lambda stage, done: None)
    with services.database.transaction() as session:
        session.get_one(Clip, held.id).held_at = None
    for clip in (goes, held):
        withdraw(services, world, clip)
        assert keys(services, clip) == []
    assert ledger.save(services.storage, file) == 2
    written = {line["clip"]: line for line in map(json.loads, file.read_text().splitlines())}
    assert set(written) == {str(goes.id), str(held.id)}
    assert (written[str(goes.id)]["why"], written[str(goes.id)]["by"]) == ("withdrawn", str(world.asha.id))
    assert "Goes" not in file.read_text(), "ids, a moment and a reason; no words"
    lose_everything()
    restored = restore(services.settings, folder, lambda stage, done: None, ledger.read(file))
    again = open_services(services.settings)
    assert restored.replayed == 2
    with again.database.reading() as session:
        states = {clip.id: clip.state for clip in session.scalars(select(Clip))}
        assert states == {stays.id: ClipState.READY, goes.id: ClipState.WITHDRAWN, held.id: ClipState.WITHDRAWN}
    one_round(again)
    for clip in (goes, held):
        assert keys(again, clip) == []
        with again.database.reading() as session:
            row = session.get_one(Clip, clip.id)
            assert (row.title, row.erased_at is None) == ("", False)
    assert len(keys(again, stays)) == 2
    assert [str(each) for each in check_invariants(again)] == []
    again.events.close()
    again.database.engine.dispose()


def test_storage_that_was_not_lost_knows_by_itself(
    services: Services, world: World, film: Film, tmp_path: Path
) -> None:
    """The database alone is laid back; the objects, and the ledger among them, are those of today."""
    clip = film()
    withdraw(services, world, clip)
    with services.database.transaction() as session:
        row = session.get_one(Clip, clip.id)
        row.state, row.erased_at = ClipState.READY, None  # as it was on Monday
        assert ledger.replay(session, ledger.noted(services.storage)) == 1
        assert ledger.replay(session, ledger.noted(services.storage)) == 0, "twice is once"
        actions = list(session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == clip.id)))
    assert actions[-2:] == ["clip_withdrawn", "erasure_replayed"]


def test_a_ledger_only_grows_and_nonsense_is_refused(services: Services, film: Film, tmp_path: Path) -> None:
    file = tmp_path / "erasures.jsonl"
    older = Erasure(str(uuid.uuid4()), "2026-01-01T10:00:00+00:00", "expired", None)
    file.write_text(f"{json.dumps(vars(older))}\n")
    assert ledger.save(services.storage, file) == 1
    assert ledger.read(file) == [older]
    file.write_text("a shopping list")
    with pytest.raises(InvalidInput, match="is no erasure ledger"):
        ledger.read(file)
