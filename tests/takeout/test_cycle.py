"""A cycle as JSON: everything its pair has written, to each of them what they may see, and to nobody else."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.confirming import confirmed
from tests.support.paper import read
from tests.support.statements import counted
from tests.support.world import World, make_tag
from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.cycles.adapting.operations import adapt
from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.cycles.evidence.models import EvidenceKind
from veo_workflow.cycles.evidence.operations import add as add_evidence
from veo_workflow.cycles.evidence.rules import EvidenceWords
from veo_workflow.cycles.learning.models import Resource
from veo_workflow.cycles.modelling.models import ModellingKind
from veo_workflow.cycles.modelling.operations import record as record_modelling
from veo_workflow.cycles.modelling.rules import ModellingWords
from veo_workflow.cycles.models import Cycle
from veo_workflow.cycles.queries import cycle_for
from veo_workflow.cycles.reality.operations import write as write_reality
from veo_workflow.cycles.reality.rules import RealityWords
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person
from veo_workflow.reviews.models import NextAction
from veo_workflow.reviews.operations import mark_done
from veo_workflow.services import Services
from veo_workflow.takeout.cycle import cycle_taken_out

SCHEMA = Path("veo_workflow/takeout/veo-cycle-1.schema.json")
SignedIn = Callable[[Person | None], FlaskClient]


def taken_out(client_for: SignedIn, world: World, person: Person) -> Any:
    answer = confirmed(client_for(person)).get(f"/cycles/{world.cycle.id}/takeout.json")
    assert answer.status_code == 200
    return answer.get_json()


def notes(held: Any) -> set[str]:
    return {moment["note"] for moment in held["moments"]}


def test_everything_the_pair_has_written_is_in_it(client_for: SignedIn, told: World) -> None:
    held = taken_out(client_for, told, told.priya)
    assert held["format"] == "veo-cycle/1"
    assert held["taken_out_by"] == "Priya Nair"
    assert held["cycle"]["focus"] == "Entry routines"
    assert held["cycle"]["pair"]["coachee"] == "Asha Khan"
    assert [move["to"] for move in held["stage_moves"]] == ["learn", "improve"]
    assert [goal["statement"] for goal in held["goals"]] == [
        "Everybody writes within two minutes.",
        "Everybody writes within ninety seconds.",
    ]
    assert held["goals"][1]["peers"]["powerful"] == "It changes how each lesson begins."
    assert held["goals"][1]["by"] == "Priya Nair"
    assert [reading["value"] for reading in held["readings"]] == [2.25]
    assert [strategy["title"] for strategy in held["strategies"]] == ["A calm start"]
    assert [step["title"] for step in held["strategies"][0]["steps"]] == [s.title for s in told.strategy.steps]
    assert [meeting["place"] for meeting in held["sessions"]] == ["Room 4"]
    assert [log["needs"] for log in held["logs"]] == ["An hour to plan."]
    assert held["review"]["celebrate"] == "Calm, <b>every</b> day."
    (action,) = held["review"]["next_actions"]
    assert action == {"what": "Film again", "owner": "Asha Khan", "due_on": None, "done_at": None, "done_by": None}


def test_what_the_pair_took_from_its_moments_is_in_it_in_the_order_it_agreed(
    client_for: SignedIn, services: Services, told: World
) -> None:
    with services.database.transaction() as session:
        seen = cycle_for(session, session.get_one(Person, told.asha.id), told.cycle.id)
        action = session.scalars(select(NextAction)).one()
        mark_done(session, session.get_one(Person, told.asha.id), seen, action.id, done=True)
    ashas = taken_out(client_for, told, told.asha)["review"]
    assert [(one["place"], one["starred_by"], one["taken"], one["taken_by"]) for one in ashas["moments"]] == [
        (1, "Priya Nair", "Carpet first.", "Asha Khan"),
        (2, "Priya Nair", "Names first.", "Asha Khan"),
    ]
    assert all(one["talked_at"] and one["taken_at"] and one["left_out_by"] is None for one in ashas["moments"])
    assert ashas["next_actions"][0]["done_by"] == "Asha Khan"
    assert ashas["next_actions"][0]["done_at"]
    priyas = taken_out(client_for, told, told.priya)
    assert [one["taken"] for one in priyas["review"]["moments"]] == ["Names first."], "of what she can see"
    assert priyas["review"]["moments"][0]["moment_id"] in {moment["id"] for moment in priyas["moments"]}


def test_learning_is_in_it_and_what_was_taken_back_is_not(client_for: SignedIn, told: World) -> None:
    ashas, priyas = taken_out(client_for, told, told.asha), taken_out(client_for, told, told.priya)
    (entry,) = priyas["practice"]
    assert (entry["class"], entry["went"], entry["clip_id"]) == ("7B", "Calmer <by> far.", None)
    assert [step["title"] for step in entry["steps"]] == [told.strategy.steps[1].title]
    assert ashas["practice"][0]["clip_id"] in {clip["id"] for clip in ashas["clips"]}
    assert [(one["url"], one["by"], one["opened_at"]) for one in priyas["resources"]] == [
        ("https://example.org/door", "Priya Nair", None)
    ]
    assert [(message["by"], message["text"]) for message in priyas["conversation"]] == [
        ("Priya Nair", "See you on Thursday."),
        ("Asha Khan", ""),
    ]


def test_the_ticks_of_the_checklist_are_the_coachees_alone(client_for: SignedIn, told: World) -> None:
    (tick,) = taken_out(client_for, told, told.asha)["checklist"]
    assert (tick["strategy"], tick["step"]["title"]) == ("A calm start", told.strategy.steps[0].title)
    assert taken_out(client_for, told, told.priya)["checklist"] == []


def test_each_has_what_was_shared_and_of_the_drafts_their_own(client_for: SignedIn, told: World) -> None:
    ashas, priyas = taken_out(client_for, told, told.asha), taken_out(client_for, told, told.priya)
    assert notes(ashas) == {"Four names in a row.", "Asha’s own draft", "On the private one"}
    assert notes(priyas) == {"Four names in a row.", "Priya’s own draft"}
    assert {clip["title"] for clip in ashas["clips"]} == {"Coming in after lunch", "Carpet time"}
    assert {clip["title"] for clip in priyas["clips"]} == {"Coming in after lunch"}
    assert (ashas["moments_total"], priyas["moments_total"]) == (3, 2)


def test_a_moment_says_where_it_is_and_carries_the_words_of_its_step(client_for: SignedIn, told: World) -> None:
    held = taken_out(client_for, told, told.priya)
    moment = next(moment for moment in held["moments"] if moment["shared_at"])
    assert (moment["clip"], moment["start_ms"], moment["end_ms"]) == ("Coming in after lunch", 8017, 12017)
    assert (moment["kind"], moment["by"]) == ("strength", "Priya Nair")
    first = told.strategy.steps[0]
    assert moment["step"]["title"] == first.title
    assert moment["step"]["strategy"] == "A calm start"


def test_what_was_withdrawn_is_in_no_takeout(client_for: SignedIn, services: Services, told: World) -> None:
    with services.database.transaction() as session:
        for clip in session.scalars(select(Clip)):
            clip.state = ClipState.WITHDRAWN
    held = taken_out(client_for, told, told.asha)
    assert (held["clips"], held["moments"], held["moments_total"]) == ([], [], 0)


@pytest.mark.parametrize("ending", ["json", "pdf"])
def test_once_the_pair_has_ended_only_the_coachee_takes_it_out(
    ending: str, client_for: SignedIn, services: Services, told: World
) -> None:
    with services.database.transaction() as session:
        people.end_pair(session, session.get_one(Pair, told.pair.id), by=None)
    address = f"/cycles/{told.cycle.id}/takeout.{ending}"
    assert confirmed(client_for(told.asha)).get(address).status_code == 200
    assert confirmed(client_for(told.priya)).get(address).status_code == 404


def test_it_is_written_down_who_took_it_out(client_for: SignedIn, services: Services, told: World) -> None:
    taken_out(client_for, told, told.priya)
    confirmed(client_for(told.lena)).get(f"/cycles/{told.cycle.id}/takeout.json")
    with services.database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "cycle_taken_out")).all()
    assert [(entry.person_id, entry.subject_id) for entry in entries] == [(told.priya.id, told.cycle.id)]


def test_it_is_a_file_with_a_plain_name(client_for: SignedIn, told: World) -> None:
    answer = confirmed(client_for(told.asha)).get(f"/cycles/{told.cycle.id}/takeout.json")
    named = f"{told.cycle.opened_at:%Y-%m-%d}-entry-routines-{told.cycle.id.hex[-8:]}.json"
    assert answer.headers["Content-Disposition"] == f"attachment; filename={named}"
    assert answer.mimetype == "application/json"


def test_the_statements_stay_the_same_however_much_was_marked(services: Services, told: World) -> None:
    def asked() -> int:
        with counted(services.database.engine) as statements, services.database.reading() as session:
            cycle_taken_out(session, session.get_one(Person, told.asha.id), told.cycle.id)
        return len(statements)

    before = asked()
    with services.database.transaction() as session:
        clip = session.scalars(select(Clip).where(Clip.title == "Carpet time")).one()
        for n in range(40):
            make_tag(session, clip, told.asha, told.strategy, at_ms=3000 + n * 100)
    assert asked() == before


def test_what_the_pair_gathered_in_identify_is_in_it_files_by_name(
    client_for: SignedIn, services: Services, told: World
) -> None:
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, told.cycle.id)
        write_reality(session, cycle, RealityWords(4, "They came in quietly."), after=0, by=told.asha)
        words = EvidenceWords(EvidenceKind.ASSESSMENT, told.priya.id, date(2026, 11, 2), "Last week’s quiz", "8B,12")
        evidence = add_evidence(session, cycle, words, by=told.priya)
        session.add(
            Attachment(
                evidence_id=evidence.id,
                school_id=cycle.school_id,
                owner_id=told.priya.id,
                name="Quiz",
                content_type="application/pdf",
                size_bytes=1,
                key=f"evidence/{evidence.id}/quiz.pdf",
            )
        )
        sent = Resource(cycle_id=cycle.id, title="At the board", sent_by_id=told.priya.id)
        session.add(sent)
        session.flush()
        session.add(
            Attachment(
                resource_id=sent.id,
                school_id=cycle.school_id,
                owner_id=told.priya.id,
                name="Board",
                content_type="image/jpeg",
                size_bytes=1,
                key=f"resources/{sent.id}/board.jpg",
            )
        )
        adapt(session, cycle, told.strategy.steps[0].id, "With whiteboards.", after=0, by=told.asha)
        talked = ModellingWords(ModellingKind.TALK_THROUGH, "Priya Nair", date(2026, 11, 3))
        record_modelling(session, cycle, talked, by=told.asha)
    held = taken_out(client_for, told, told.asha)
    jsonschema.validate(held, json.loads(SCHEMA.read_text()))
    assert [picture["closeness"] for picture in held["reality"]] == [4]
    (piece,) = held["evidence"]
    assert (piece["figures"], piece["gathered_by"]) == ([["8B", "12"]], "Priya Nair")
    assert piece["attachments"] == [{"name": "Quiz", "content_type": "application/pdf"}]
    assert [(one["url"], one["file"]) for one in held["resources"]] == [
        ("https://example.org/door", None),
        (None, {"name": "Board", "content_type": "image/jpeg"}),
    ]
    assert [ours["words"] for ours in held["adaptations"]] == ["With whiteboards."]
    assert [(one["kind"], one["by"]) for one in held["modelling"]] == [("talk_through", "Asha Khan")]
    paper = read(confirmed(client_for(told.asha)).get(f"/cycles/{told.cycle.id}/takeout.pdf").data).text
    assert all(
        words in paper
        for words in ("They came in quietly.", "Last week’s quiz", "Quiz", "With whiteboards.", "At the board (Board)")
    )
