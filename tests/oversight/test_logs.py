"""The coaching log: written by the coach, read by the lead once handed in; the pair's note is the pair's."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.oversight.conftest import Rows
from tests.pages.test_home import headline, read
from tests.support.statements import counted
from tests.support.world import World
from veo_workflow.cycles.models import CoachingSession, Stage
from veo_workflow.database import now
from veo_workflow.errors import Conflict
from veo_workflow.oversight.logs.operations import write
from veo_workflow.oversight.logs.rules import LogWords
from veo_workflow.oversight.models import CoachingLog, LoggedConversation, LogReminder, PairNote, Theme
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person
from veo_workflow.schools.models import Closure, HalfTerm
from veo_workflow.services import Services
from veo_workflow.wording import day

ClientFor = Callable[[Person | None], FlaskClient]
Form = Callable[..., dict[str, Any]]
NOTE = "You were brave on Tuesday."


def test_what_is_kept_for_later_is_the_coachs_alone(
    world: World, client_for: ClientFor, address: str, form: Form, rows: Rows
) -> None:
    priya = client_for(world.priya)
    kept = {name: value for name, value in form().items() if name != "hand_in"}
    assert priya.post(address, data=kept).status_code == 302
    page = read(priya, address)
    assert "An hour to plan together." in page
    assert NOTE in page
    [log] = rows(select(CoachingLog))
    assert log.handed_in_at is None
    assert client_for(world.asha).get(address).status_code == 404
    assert client_for(world.lena).get(f"/logs/read/{log.id}").status_code == 404
    assert "An hour to plan" not in read(client_for(world.lena), "/overview/logs")


def test_once_handed_in_lead_and_coachee_read_it_and_the_note_is_the_pairs(
    world: World, client_for: ClientFor, address: str, form: Form, rows: Rows
) -> None:
    client_for(world.priya).post(address, data=form())
    [log] = rows(select(CoachingLog))
    coachees = read(client_for(world.asha), address)
    assert "An hour to plan together." in coachees
    assert NOTE in coachees
    leads = read(client_for(world.lena), f"/logs/read/{log.id}")
    assert "An hour to plan together." in leads
    assert "Questioning" in leads
    assert NOTE not in leads
    for person in (world.theo, world.tess, world.sid, world.ada, world.olu):
        assert client_for(person).get(f"/logs/read/{log.id}").status_code == 404
        assert client_for(person).get(address).status_code == 404


def test_a_log_begins_with_the_sessions_that_were_held(
    world: World, client_for: ClientFor, address: str, services: Services
) -> None:
    def meeting(days: int, minutes: int, **other: Any) -> CoachingSession:
        return CoachingSession(
            school_id=world.pair.school_id,
            pair_id=world.pair.id,
            starts_at=now() + timedelta(days=days),
            minutes=minutes,
            changed_by_id=world.priya.id,
            **other,
        )

    with services.database.transaction() as session:
        session.add_all(
            [
                meeting(-3, 35, held_at=now(), stage=Stage.LEARN),
                meeting(-2, 41),
                meeting(-1, 42, held_at=now(), cancelled_at=now()),
                meeting(-40, 43, held_at=now()),
            ]
        )
    page = read(client_for(world.priya), address)
    assert "From the sessions you held" in page
    assert [minutes for minutes in ("35", "41", "42", "43") if f'value="{minutes}"' in page] == ["35"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("held_on", ["yesterday"], "Conversation 1 needs a day"),
        ("held_on", ["2020-01-01"], "Conversation 1 is not in this half-term"),
        ("minutes", ["0"], "Conversation 1 needs its length in minutes"),
        ("minutes", ["601"], "Conversation 1 needs its length in minutes"),
        ("minutes", ["half an hour"], "Conversation 1 needs its length in minutes"),
        pytest.param("minutes", ["9" * 5000], "Conversation 1 needs its length in minutes", id="very long"),
        ("needs", "x" * 4001, "longer than 4,000"),
    ],
)
def test_bad_input_is_said_and_nothing_typed_is_lost(
    world: World,
    client_for: ClientFor,
    address: str,
    form: Form,
    rows: Rows,
    field: str,
    value: Any,
    said: str,
) -> None:
    sent = form(**{field: value})
    answer = client_for(world.priya).post(address, data=sent)
    assert answer.status_code == 422
    assert said in answer.text
    assert NOTE in answer.text
    assert (value if isinstance(value, str) else value[0]) in answer.text
    assert rows(select(CoachingLog)) == []


def test_an_empty_log_cannot_be_handed_in_and_says_what_is_missing(
    world: World, client_for: ClientFor, address: str, form: Form, rows: Rows
) -> None:
    empty = form(held_on=["", ""], minutes=["", ""], stage=["", ""], needs="")
    answer = client_for(world.priya).post(address, data=empty)
    assert answer.status_code == 422
    assert "why there was none" in answer.text
    assert rows(select(CoachingLog)) == []
    assert client_for(world.priya).post(address, data=form(needs="We were both ill.")).status_code == 302


def test_two_windows_show_both_texts(world: World, client_for: ClientFor, address: str, form: Form, rows: Rows) -> None:
    priya = client_for(world.priya)
    priya.post(address, data=form(needs="The first window."))
    answer = priya.post(address, data=form(needs="The second window.", note="Another note."))
    assert answer.status_code == 409
    for text in ("The first window.", "The second window.", NOTE, "Another note."):
        assert text in answer.text
    assert rows(select(CoachingLog))[0].needs == "The first window."
    assert 'name="after" value="1.1"' in answer.text
    assert priya.post(address, data=form(needs="The second window.", after="1.1")).status_code == 302


def test_two_windows_that_both_save_first_make_one_log_and_one_conflict(
    services: Services, world: World, half: HalfTerm, rows: Rows
) -> None:
    """The second finds the first one's log, and what it would have written comes back with it."""
    both, outcomes = threading.Barrier(2), []

    def save(needs: str) -> None:
        both.wait(60)
        with services.database.open(writing=True) as session:
            pair, priya = session.get_one(Pair, world.pair.id), session.get_one(Person, world.priya.id)
            try:
                write(session, pair, session.merge(half), LogWords(needs=needs), after="0.0", hand_in=False, by=priya)
                session.commit()
                outcomes.append("saved")
            except Conflict as conflict:
                outcomes.append(f"{conflict.details['theirs'].needs}, {conflict.details['standing']}")

    with ThreadPoolExecutor(2) as windows:
        for done in [windows.submit(save, needs) for needs in ("One window.", "One window.")]:
            done.result(60)
    assert sorted(outcomes) == ["One window., 1.0", "saved"]
    assert len(rows(select(CoachingLog))) == 1


def test_a_fault_names_the_line_it_stands_on(world: World, client_for: ClientFor, address: str, form: Form) -> None:
    sent = form(held_on=["", "2020-01-01"], minutes=["", "20"], stage=["", ""])
    answer = client_for(world.priya).post(address, data=sent)
    assert "Conversation 2 is not in this half-term" in answer.text
    assert answer.text.index('id="held-2"') < answer.text.index('id="conversation-2-wrong"')


def test_saving_again_replaces_the_conversations_and_keeps_it_handed_in(
    world: World, client_for: ClientFor, address: str, form: Form, rows: Rows
) -> None:
    priya = client_for(world.priya)
    priya.post(address, data=form())
    [handed_in] = rows(select(CoachingLog.handed_in_at))
    priya.post(address, data=form(after="1.1", minutes=["50", ""], note=""))
    [log] = rows(select(CoachingLog))
    assert [held.minutes for held in log.conversations] == [50]
    assert len(rows(select(LoggedConversation))) == 1
    assert log.handed_in_at == handed_in
    assert rows(select(PairNote))[0].note == ""


def test_a_theme_of_another_school_is_not_taken(
    world: World, client_for: ClientFor, address: str, form: Form, rows: Rows
) -> None:
    foreign = rows(select(Theme).where(Theme.school_id == world.olu.school_id))[0]
    client_for(world.priya).post(address, data=form(themes=[str(foreign.id), "nonsense"]))
    assert rows(select(CoachingLog))[0].themes == []


def test_when_the_pair_ends_the_coach_loses_the_log_and_the_coachee_keeps_it(
    services: Services, world: World, client_for: ClientFor, address: str, form: Form
) -> None:
    client_for(world.priya).post(address, data=form())
    with services.database.transaction() as session:
        people.end_pair(session, session.get_one(Pair, world.pair.id), by=None)
    assert client_for(world.priya).get(address).status_code == 404
    assert client_for(world.priya).post(address, data=form(after="1.1")).status_code == 404
    assert "Asha" not in read(client_for(world.priya), "/logs")
    assert NOTE in read(client_for(world.asha), address)


def test_a_coach_hears_on_home_what_is_due_and_that_the_lead_has_asked(
    services: Services, world: World, client_for: ClientFor, address: str, form: Form
) -> None:
    priya, lena = client_for(world.priya), client_for(world.lena)
    assert "Log for Asha Khan" in read(priya)
    assert "asked for" not in read(priya)
    assert lena.post(f"{address}/remind").status_code == 302
    assert "Priya is asked for the log on Asha" in read(lena, "/overview")
    assert "which the lead has asked for" in read(priya)
    assert ">Remind" not in read(lena, "/overview")
    lena.post(f"{address}/remind")
    assert "asked within the last day already" in read(lena, "/overview")
    with services.database.transaction() as session:
        session.execute(update(LogReminder).values(reminded_at=now() - timedelta(days=2)))
    assert ">Remind again" in read(lena, "/overview")
    priya.post(address, data=form())
    assert "Log for Asha Khan" not in read(priya)
    assert lena.post(f"{address}/remind").status_code == 409, "it is handed in"


def test_nobody_is_asked_for_a_log_of_a_pair_that_has_ended(
    services: Services, world: World, client_for: ClientFor, address: str
) -> None:
    with services.database.transaction() as session:
        people.end_pair(session, session.get_one(Pair, world.pair.id), by=None)
    assert client_for(world.lena).post(f"{address}/remind").status_code == 409


def test_a_log_is_due_on_the_last_day_of_school(
    services: Services, world: World, client_for: ClientFor, half: HalfTerm
) -> None:
    with services.database.transaction() as session:
        closed_from = half.ends_on - timedelta(days=6)
        session.add(Closure(school_id=half.school_id, name="Flood", starts_on=closed_from, ends_on=half.ends_on))
    last = closed_from - timedelta(days=1)
    while last.weekday() > 4:
        last -= timedelta(days=1)
    late = (now().date() - last).days
    said = f"{late} day{'' if late == 1 else 's'} late" if late > 0 else f"Due {day(last)}"
    assert said in read(client_for(world.priya), "/logs")
    assert said in read(client_for(world.lena), "/overview")
    at_home = "Was due" if late > 0 else "By"
    assert f"{at_home} {day(last)}" in read(client_for(world.priya))


def test_the_own_list_says_what_is_to_write(world: World, client_for: ClientFor, address: str, form: Form) -> None:
    assert headline(read(client_for(world.priya), "/logs")) == "1 log to write"
    assert headline(read(client_for(world.asha), "/logs")) == "No logs yet"
    client_for(world.priya).post(address, data=form())
    assert headline(read(client_for(world.priya), "/logs")) == "Nothing to write"
    assert "By Priya Nair, of you" in read(client_for(world.asha), "/logs")


def test_themes_are_added_retired_and_brought_back(world: World, client_for: ClientFor, rows: Rows) -> None:
    lena = client_for(world.lena)
    assert lena.post("/logs/themes", data={"name": "  Carpet   time "}).status_code == 302
    assert "Carpet time" in read(lena, "/logs/themes")
    assert lena.post("/logs/themes", data={"name": "carpet TIME"}).status_code == 409
    assert lena.post("/logs/themes", data={"name": " "}).status_code == 422
    assert lena.post("/logs/themes", data={"name": "x" * 41}).status_code == 422
    [theme] = rows(select(Theme).where(Theme.name == "Carpet time"))
    lena.post(f"/logs/themes/{theme.id}/retire")
    assert "Carpet time" not in read(lena, "/logs/themes")
    lena.post("/logs/themes", data={"name": "Carpet time"})
    assert len(rows(select(Theme).where(Theme.name == "Carpet time"))) == 1


def test_there_are_only_so_many_themes(services: Services, world: World, client_for: ClientFor) -> None:
    with services.database.transaction() as session:
        session.add_all(Theme(school_id=world.lena.school_id, name=f"Theme {n}") for n in range(60))
    assert client_for(world.lena).post("/logs/themes", data={"name": "One more"}).status_code == 422


def test_own_logs_and_a_log_are_a_fixed_number_of_statements(
    services: Services, world: World, client_for: ClientFor, address: str, form: Form
) -> None:
    priya = client_for(world.priya)

    def statements() -> list[int]:
        found = []
        for page in ("/logs", address):
            with counted(services.database.engine) as asked:
                read(priya, page)
            found.append(len(asked))
        return found

    day = (now().date() - timedelta(days=3)).isoformat()
    priya.post(address, data=form())
    few = statements()
    many_talks = {"held_on": [day] * 20, "minutes": ["9"] * 20, "stage": [""] * 20}
    assert priya.post(address, data=form(after="1.1", **many_talks)).status_code == 302
    with services.database.transaction() as session:
        for name in ("tess", "sam"):
            people.make_pair(
                session,
                coach=session.get_one(Person, world.priya.id),
                coachee=session.get_one(Person, world.everybody[name].id),
                starts_on=now().date(),
                ends_on=None,
                by=None,
            )
    assert statements() == few
