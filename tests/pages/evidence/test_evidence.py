"""The pair gathers evidence of every kind; both see it, in one list with the clips."""

import pytest

from tests.pages.evidence.conftest import Pair, SignedIn
from tests.support.statements import counted
from tests.support.world import World, make_clip
from veo_workflow.cycles.attachments.rules import shown_name
from veo_workflow.cycles.evidence.models import EvidenceKind
from veo_workflow.cycles.evidence.rules import MOST_PIECES, read_table
from veo_workflow.errors import InvalidInput
from veo_workflow.services import Services


@pytest.mark.parametrize("kind", list(EvidenceKind))
def test_either_of_the_pair_writes_and_the_other_reads_it(pair: Pair, world: World, kind: EvidenceKind) -> None:
    assert pair.write(world.priya, kind.value, "Three tables waited.", figures="Class, Now\n8B, 12").status_code == 302
    asha = pair.client(world.asha)
    page = asha.get(f"/cycles/{world.cycle.id}/evidence").text
    assert "Three tables waited." in page
    assert ("<td>8B</td>" in page) == (kind is EvidenceKind.ASSESSMENT)
    assert "Priya Nair added evidence to your cycle" in asha.get("/notices").text
    assert "1 piece" in asha.get(f"/cycles/{world.cycle.id}").text


def test_clips_are_among_it_as_far_as_the_asker_may_see_them(pair: Pair, services: Services, world: World) -> None:
    with services.database.transaction() as session:
        make_clip(session, world.cycle, world.asha, title="After lunch")
        make_clip(session, world.cycle, world.asha, shared=False, title="Carpet time")
    pair.write(world.asha)
    address = f"/cycles/{world.cycle.id}/evidence"
    asha, priya = pair.client(world.asha).get(address).text, pair.client(world.priya).get(address).text
    assert all(words in asha for words in ("After lunch", "Carpet time", "Six books"))
    assert "Carpet time" not in priya
    only_clips = pair.client(world.asha).get(address, query_string={"kind": "clip"}).text
    assert "Six books" not in only_clips
    assert "After lunch" in only_clips


def test_the_list_comes_in_pages_and_asks_as_much_for_many_as_for_few(
    pair: Pair, services: Services, world: World
) -> None:
    asha, address = pair.client(world.asha), f"/cycles/{world.cycle.id}/evidence"

    def add(pieces: int, clip: str) -> None:
        for number in range(pieces):
            pair.write(world.priya, seen=f"Piece {number}.")
        with services.database.transaction() as session:
            make_clip(session, world.cycle, world.asha, title=clip)

    add(1, "The first clip")
    asha.get(address)  # the first request notes that she was here
    with counted(services.database.engine) as few:
        asha.get(address)
    add(22, "The last clip")
    with counted(services.database.engine) as many:
        first = asha.get(address).text
    assert len(many) == len(few) <= 17
    assert "The last clip" in first
    assert "The first clip" not in first
    assert "The first clip" in asha.get(address, query_string={"page": 2}).text


def test_two_who_change_one_piece_both_see_both_texts(pair: Pair, world: World) -> None:
    pair.write(world.asha, seen="As it was")
    evidence = pair.newest()
    sent = {"kind": "work", "seen_on": evidence.seen_on.isoformat(), "gathered_by": str(world.asha.id), "after": "1"}
    for person, words in ((world.priya, "Priya saw more"), (world.asha, "Asha saw less")):
        answer = pair.client(person).post(f"/evidence/{evidence.id}", data=sent | {"seen": words})
    assert answer.status_code == 409
    assert "Priya saw more" in answer.text
    assert "Asha saw less</textarea>" in answer.text
    assert pair.newest().seen == "Priya saw more"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "gossip"},
        {"seen_on": "2999-01-01"},
        {"seen_on": "never"},
        {"gathered_by": "somebody"},
        {"seen": " "},
        {"seen": "x" * 4001},
        {"kind": "assessment", "figures": "1,2,3,4,5,6,7,8,9"},
    ],
)
def test_what_cannot_be_used_comes_back_as_it_was_typed(pair: Pair, world: World, wrong: dict[str, str]) -> None:
    answer = pair.write(world.asha, **({"figures": "12 of 30"} | wrong))
    assert answer.status_code == 422
    assert wrong.get("seen", "Six books")[:50].strip() in answer.text or wrong == {"kind": "gossip"}


def test_a_cycle_holds_only_so_much(pair: Pair, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("veo_workflow.cycles.evidence.rules.MOST_PIECES", 1)
    pair.write(world.asha)
    assert pair.write(world.asha).status_code == 422
    assert MOST_PIECES == 200


def test_the_coach_removes_only_what_they_added(pair: Pair, world: World, client_for: SignedIn) -> None:
    pair.write(world.asha)
    hers = pair.newest()
    assert client_for(world.priya).post(f"/evidence/{hers.id}/remove").status_code == 403
    pair.write(world.priya)
    theirs = pair.newest()
    assert client_for(world.asha).post(f"/evidence/{theirs.id}/remove").status_code == 302
    assert client_for(world.asha).get(f"/evidence/{theirs.id}").status_code == 404


@pytest.mark.parametrize(
    ("typed", "table"),
    [
        ("", []),
        ("72 %", [["72 %"]]),
        ("Class,Now\n\n8B, 12", [["Class", "Now"], ["8B", "12"]]),
        ("Class\tNow, then\n8B", [["Class", "Now, then"], ["8B", ""]]),
        ("Ja;2,5", [["Ja", "2,5"]]),
    ],
)
def test_a_small_table_is_read_as_it_is_typed_or_pasted(typed: str, table: list[list[str]]) -> None:
    assert read_table(typed) == table


@pytest.mark.parametrize("typed", ["x\n" * 31, ",".join("123456789"), "y" * 61])
def test_a_large_table_is_sent_back(typed: str) -> None:
    with pytest.raises(InvalidInput):
        read_table(typed)


def test_a_file_is_shown_under_its_own_plain_name() -> None:
    assert shown_name("C:\\Users\\x\\Table 3 <b>.JPG") == "Table 3 b"
    assert shown_name("../../etc/passwd") == "passwd"
    assert shown_name(None) == "File"
