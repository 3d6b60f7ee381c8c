"""The coach sends a photo or a PDF: for the pair alone, made anew, counted, audited, and gone when it is to go."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from tests.cycles.learning.conftest import SignedIn
from tests.cycles.learning.test_resources import form, sent
from tests.media.attachments.papers import CANARY, paper, photo
from tests.support.world import World
from veo_workflow.audit.models import AuditEntry
from veo_workflow.cycles.attachments import upkeep
from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.cycles.learning.models import Resource
from veo_workflow.database import new_id, now
from veo_workflow.invariants.checks import check_invariants
from veo_workflow.media.attachments import LARGEST
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.schools.models import School
from veo_workflow.schools.queries import kept_until
from veo_workflow.services import Services
from workers import upkeep as rounds


class Sending:
    """What Priya sends Asha, through the web."""

    def __init__(self, client_for: SignedIn, services: Services, world: World, folder: Path) -> None:
        self.services, self.photo = services, photo(folder / "p.jpg").read_bytes()
        self.asha, self.priya = client_for(world.asha), client_for(world.priya)
        self.address = f"/cycles/{world.cycle.id}/resources"

    def send(self, data: bytes | None = None, name: str = "Board.jpg", **changed: str) -> TestResponse:
        data = self.photo if data is None else data
        fields: dict[str, Any] = form(url="", **changed) if "url" not in changed else form(**changed)
        return self.priya.post(self.address, data=fields | {"file": (io.BytesIO(data), name)})

    def one(self) -> str:
        """A photo that is sent; the address it is opened under."""
        assert self.send().status_code == 303
        return f"{self.address}/{sent(self.services)[0].id}/open"

    def files(self) -> list[Attachment]:
        with self.services.database.reading() as session:
            return list(session.scalars(select(Attachment)))

    def stored(self) -> list[str]:
        return [each.key for each in self.services.storage.list("resources/")]


@pytest.fixture
def sending(client_for: SignedIn, services: Services, world: World, tmp_path: Path) -> Sending:
    return Sending(client_for, services, world, tmp_path)


@pytest.mark.parametrize("database", ["sqlite"])  # what is dear about it asks no database
def test_a_photo_is_sent_opened_and_said_to_be_opened(sending: Sending, services: Services, world: World) -> None:
    address = sending.one()
    (resource,), (file,) = sent(services), sending.files()
    assert (resource.url, file.owner_id, file.name) == ("", world.priya.id, "Board")
    assert sending.stored() == [file.key] == [f"resources/{resource.id}/{file.id}.jpg"]
    with services.database.reading() as session:
        (notice,) = session.scalars(select(Notice).where(Notice.kind == NoticeKind.RESOURCE_SENT))
        assert resource.delete_by == kept_until(session, world.asha.school_id, now())
    assert notice.person_id == world.asha.id
    sending.priya.get(address).close()
    assert "Asha has not opened it yet" in sending.priya.get(sending.address).text
    answer = sending.asha.get(address)
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("image/jpeg", "no-store")
    assert answer.headers["Content-Disposition"] == "inline; filename=Board.jpg"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert CANARY.encode() not in answer.data, "nothing hidden in a photo is kept"
    answer.close()
    assert "Asha opened it on" in sending.priya.get(sending.address).text
    with services.database.reading() as session:
        looks = session.scalars(select(AuditEntry.person_id).where(AuditEntry.action == "attachment_seen")).all()
    assert looks == [world.asha.id]
    assert check_invariants(services) == []


@pytest.mark.parametrize("database", ["sqlite"])  # what is dear about it asks no database
def test_a_pdf_without_a_title_goes_by_its_own_name_and_is_handed_over(sending: Sending, tmp_path: Path) -> None:
    assert sending.send(paper(tmp_path / "p.pdf").read_bytes(), "../Two pages.pdf", title="").status_code == 303
    assert "Two pages</a>" in sending.asha.get(sending.address).text
    answer = sending.asha.get(f"{sending.address}/{sent(sending.services)[0].id}/open")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Two pages.pdf"'
    assert CANARY.encode() not in answer.data
    answer.close()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"", "empty"), (b"%PDF-1.7 half", "damaged"), (b"<svg/>", "Only photos"), (b"x" * (LARGEST + 1), "larger than")],
)
@pytest.mark.parametrize("database", ["sqlite"])  # what is dear about it asks no database
def test_a_file_that_cannot_be_taken_is_refused_in_a_sentence_and_what_was_typed_stays(
    sending: Sending, data: bytes, sentence: str
) -> None:
    answer = sending.send(data, note="Look at the corner.")
    assert answer.status_code == 422
    for words in (sentence, "Two minutes at the door", "Look at the corner."):
        assert words in answer.text
    assert (sent(sending.services), sending.files(), sending.stored()) == ([], [], [])


def test_either_an_address_or_a_file_is_sent(sending: Sending) -> None:
    both = sending.send(url="https://example.org/two")
    assert (both.status_code, "not both" in both.text, "https://example.org/two" in both.text) == (422, True, True)
    neither = sending.priya.post(sending.address, data=form(url=""))
    assert (neither.status_code, "or choose a photo or a PDF." in neither.text) == (422, True)
    assert (sent(sending.services), sending.stored()) == ([], [])


@pytest.mark.parametrize("database", ["sqlite"])  # what is dear about it asks no database
def test_there_is_room_for_so_many_bytes_and_what_does_not_fit_leaves_nothing(sending: Sending) -> None:
    sending.one()
    full = sending.files()[0].size_bytes + 1
    for quota, sentence in (("person_quota_bytes", "space you have"), ("quota_bytes", "school’s space")):
        with sending.services.database.transaction() as session:
            session.execute(update(School).values({"person_quota_bytes": 1 << 40, "quota_bytes": 1 << 40, quota: full}))
        assert sentence in sending.send().text
    assert (len(sent(sending.services)), len(sending.stored())) == (1, 1)


def test_sent_twice_it_is_there_once_and_taken_back_its_object_goes_after_its_row(
    sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = str(new_id())
    for _ in range(2):
        assert sending.send(id=once).status_code == 303
    assert (len(sent(sending.services)), len(sending.stored())) == (1, 1)
    left, delete = [], sending.services.storage.delete

    def look_first(key: str) -> None:
        left.append(len(sending.files()))
        delete(key)

    monkeypatch.setattr(sending.services.storage, "delete", look_first)
    assert sending.priya.post(f"{sending.address}/{once}/take-back").status_code == 303
    assert left == [0], "the row is gone before the object"
    assert (sent(sending.services), sending.stored()) == ([], [])
    assert check_invariants(sending.services) == []


def test_the_next_cycle_still_shows_it_and_a_former_coach_gets_nothing_more(
    sending: Sending, carried_on: Callable[[], str], end_pair: Callable[[], None]
) -> None:
    address = sending.one()
    following = f"/cycles/{carried_on()}/resources"
    assert address in sending.asha.get(following).text
    sending.asha.get(address).close()
    end_pair()
    for where in (address, sending.address, following):
        assert sending.priya.get(where).status_code == 404
        sending.asha.get(where).close()


def test_a_pair_that_ends_while_a_file_is_made_anew_gets_no_file(
    sending: Sending, end_pair: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    put = sending.services.storage.put

    def end_meanwhile(*arguments: Any) -> object:
        end_pair()
        return put(*arguments)

    monkeypatch.setattr(sending.services.storage, "put", end_meanwhile)
    assert sending.send().status_code == 404
    assert (sent(sending.services), sending.files(), sending.stored()) == ([], [], [])


def test_a_file_goes_on_its_day_with_its_words_and_a_link_stays(
    sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = sending.one()
    sending.priya.post(sending.address, data=form())
    with sending.services.database.transaction() as session:
        late = Resource.delete_by.is_not(None)
        session.execute(update(Resource).where(late).values(delete_by=now().date() - timedelta(days=9)))
    assert "should have been deleted" in str(check_invariants(sending.services)[0])
    monkeypatch.setattr(upkeep, "SETTLED", timedelta(seconds=-60))
    done = rounds.one_round(sending.services)
    assert (done["resources_expired"], done["files_swept"]) == (1, 1)
    assert sending.asha.get(address).status_code == 404
    assert [each.url[:8] for each in sent(sending.services)] == ["https://"]
    assert (sending.files(), sending.stored()) == ([], [])
