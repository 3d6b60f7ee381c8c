"""Photos and PDFs of evidence: for the pair alone, made anew, counted, audited, and gone when they are to go."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.media.attachments.papers import CANARY, paper, photo
from tests.pages.evidence.conftest import Pair, SignedIn, photo_bytes
from tests.support.world import World
from veo_workflow.audit.models import AuditEntry
from veo_workflow.cycles.attachments import upkeep
from veo_workflow.cycles.evidence.models import Evidence
from veo_workflow.database import now
from veo_workflow.errors import Unavailable
from veo_workflow.invariants.checks import check_invariants
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair as PairRow
from veo_workflow.schools.models import School
from veo_workflow.services import Services
from workers import upkeep as rounds


def seen_by(services: Services) -> list[uuid.UUID | None]:
    with services.database.reading() as session:
        return list(session.scalars(select(AuditEntry.person_id).where(AuditEntry.action == "attachment_seen")))


def test_a_photo_is_shown_to_the_pair_and_a_pdf_handed_over(
    pair: Pair, services: Services, world: World, tmp_path: Path
) -> None:
    pair.write(world.asha)
    evidence = pair.newest()
    sent = [
        (photo(tmp_path / "p.jpg").read_bytes(), "Table 3.jpg"),
        (paper(tmp_path / "p.pdf").read_bytes(), "Quiz.pdf"),
    ]
    assert pair.send(world.asha, evidence, *sent).status_code == 302
    for file in pair.files():
        answer = pair.client(world.priya).get(f"/evidence/{evidence.id}/files/{file.id}")
        assert answer.mimetype == file.content_type
        assert CANARY.encode() not in answer.data
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        shown = "inline; filename=" if file.is_photo else "attachment; filename=Quiz.pdf"
        assert answer.headers["Content-Disposition"].startswith(shown)
        assert file.key == f"evidence/{evidence.id}/{file.id}.{'jpg' if file.is_photo else 'pdf'}"
        answer.close()
    assert check_invariants(services) == []


def test_who_looks_at_another_ones_file_is_written_down(pair: Pair, services: Services, world: World) -> None:
    _, address = pair.with_photo(world.asha)
    pair.client(world.asha).get(address).close()
    assert seen_by(services) == []
    pair.client(world.priya).get(address).close()
    assert seen_by(services) == [world.priya.id]


def test_a_coach_whose_pair_has_ended_gets_nothing_more(pair: Pair, services: Services, world: World) -> None:
    evidence, address = pair.with_photo(world.priya)
    priya = pair.client(world.priya)
    with services.database.transaction() as session:
        people.end_pair(session, session.get_one(PairRow, world.pair.id), by=None)
    assert priya.get(address).status_code == 404
    assert priya.get(f"/evidence/{evidence.id}").status_code == 404
    asha = pair.client(world.asha)
    asha.get(address).close()
    assert asha.post(f"{address}/remove").status_code == 302
    assert pair.stored() == []


def test_a_file_under_another_pieces_address_is_not_there(pair: Pair, world: World) -> None:
    _, address = pair.with_photo(world.asha)
    pair.write(world.asha)
    assert pair.client(world.asha).get(f"/evidence/{pair.newest().id}/files/{address[-36:]}").status_code == 404


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 half", "damaged"),
        (b"<svg/>", "Only photos"),
        (b"\xff\xd8\xff\xe0 half", "damaged"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_in_a_sentence_and_leaves_nothing(
    pair: Pair, world: World, data: bytes, sentence: str
) -> None:
    pair.write(world.asha)
    answer = pair.send(world.asha, pair.newest(), (data, "work.pdf"))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert (pair.files(), pair.stored()) == ([], [])


def test_the_good_of_several_files_are_kept(pair: Pair, world: World) -> None:
    pair.write(world.asha)
    answer = pair.send(world.asha, pair.newest(), (photo_bytes(), "good.jpg"), (b"no", "bad.jpg"))
    assert answer.status_code == 422
    assert "bad: Only photos" in answer.text
    assert [file.name for file in pair.files()] == ["good"]


def test_there_is_room_for_so_many_files_and_so_many_bytes(
    pair: Pair, services: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence, _ = pair.with_photo(world.asha)
    monkeypatch.setattr("veo_workflow.cycles.evidence.rules.MOST_FILES", 1)
    assert "holds 1 files" in pair.send(world.asha, evidence, (photo_bytes(), "b.jpg")).text
    monkeypatch.undo()
    for quota, sentence in (("person_quota_bytes", "space you have"), ("quota_bytes", "school’s space")):
        with services.database.transaction() as session:
            full = pair.files()[0].size_bytes + 1
            session.execute(update(School).values({"person_quota_bytes": 1 << 40, "quota_bytes": 1 << 40, quota: full}))
        assert sentence in pair.send(world.asha, evidence, (photo_bytes(), "b.jpg")).text
    assert len(pair.stored()) == 1


def test_what_is_removed_goes_with_its_objects(pair: Pair, services: Services, world: World) -> None:
    evidence, address = pair.with_photo(world.asha)
    pair.send(world.asha, evidence, (photo_bytes(), "b.jpg"))
    assert pair.client(world.asha).post(f"{address}/remove").status_code == 302
    assert pair.stored() == [file.key for file in pair.files()]
    assert pair.client(world.asha).post(f"/evidence/{evidence.id}/remove").status_code == 302
    assert (pair.files(), pair.stored()) == ([], [])
    assert check_invariants(services) == []


def test_what_storage_could_not_remove_is_swept(
    pair: Pair, services: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence, _ = pair.with_photo(world.asha)

    def away(_key: str) -> None:
        raise Unavailable("away")

    with monkeypatch.context() as broken:
        broken.setattr(services.storage, "delete", away)
        assert pair.client(world.asha).post(f"/evidence/{evidence.id}/remove").status_code == 302
    assert len(pair.stored()) == 1
    assert upkeep.sweep(services) == 0  # it may still get its row
    monkeypatch.setattr(upkeep, "SETTLED", timedelta(seconds=-60))
    monkeypatch.setattr("veo_workflow.invariants.files.SETTLED", timedelta(seconds=-60))
    assert "No row speaks of" in str(check_invariants(services, patience=timedelta(seconds=-60))[0])
    assert rounds.one_round(services)["files_swept"] == 1
    assert pair.stored() == []


def test_evidence_goes_on_its_day_as_clips_do(pair: Pair, services: Services, world: World) -> None:
    evidence, _ = pair.with_photo(world.asha)
    assert evidence.delete_by > now().date() + timedelta(days=30)
    with services.database.transaction() as session:
        session.execute(update(Evidence).values(delete_by=now().date() - timedelta(days=1)))
    assert rounds.one_round(services)["evidence_expired"] == 1
    assert pair.client(world.asha).get(f"/evidence/{evidence.id}").status_code == 404
    assert pair.files() == []


def test_a_pair_that_ends_while_a_file_is_made_anew_gets_no_file(
    pair: Pair, services: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from veo_workflow.pages import attachments

    pair.write(world.asha)
    evidence, put = pair.newest(), services.storage.put

    def end_meanwhile(*arguments: object) -> object:
        with services.database.transaction() as session:
            people.end_pair(session, session.get_one(PairRow, world.pair.id), by=None)
        return put(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(attachments, "PATIENCE", 1.0)
    monkeypatch.setattr(services.storage, "put", end_meanwhile)
    assert pair.send(world.priya, evidence, (photo_bytes(), "b.jpg")).status_code == 404
    assert (pair.files(), pair.stored()) == ([], [])


def test_only_the_signed_in_send_more_than_a_form(client_for: SignedIn, pair: Pair, world: World) -> None:
    pair.write(world.asha)
    large = (b"\xff\xd8" + b"x" * (3 << 20), "large.jpg")
    assert pair.send(world.asha, pair.newest(), large).status_code == 422
    assert client_for(None).post(f"/evidence/{pair.newest().id}/files", data=b"x" * (3 << 20)).status_code in {401, 413}
