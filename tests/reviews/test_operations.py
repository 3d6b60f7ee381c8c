from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.reviews.conftest import Agree, MarkDone, Write
from tests.support.world import World
from veo_workflow.audit.models import AuditEntry
from veo_workflow.cycles.models import Cycle, Outcome, Stage
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput, NotAllowed, NotFound
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.people.models import Pair, Person
from veo_workflow.reviews.models import Confirmation, Review
from veo_workflow.reviews.queries import agreed_by
from veo_workflow.reviews.rules import Action
from veo_workflow.services import Services

SignIn = Callable[[Person | None], FlaskClient]


def cycle_of(services: Services, world: World) -> Cycle:
    with services.database.reading() as session:
        return session.get_one(Cycle, world.cycle.id)


def test_the_cycle_closes_with_the_outcome_once_both_have_agreed(
    services: Services, improving: World, write: Write, agree: Agree
) -> None:
    write(improving.asha, outcome=Outcome.CONTINUE)
    agree(improving.asha, Outcome.CONTINUE)
    assert cycle_of(services, improving).closed_at is None
    agree(improving.priya, Outcome.CONTINUE)
    closed = cycle_of(services, improving)
    assert closed.outcome is Outcome.CONTINUE
    assert closed.closed_at is not None


def test_agreeing_twice_counts_once(improving: World, write: Write, agree: Agree, services: Services) -> None:
    write(improving.asha, outcome=Outcome.REFINE)
    agree(improving.asha, Outcome.REFINE)
    agree(improving.asha, Outcome.REFINE)
    assert cycle_of(services, improving).closed_at is None
    with services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Confirmation)) == 1


def test_another_outcome_after_one_has_agreed_asks_both_again(
    services: Services, improving: World, write: Write, agree: Agree
) -> None:
    write(improving.asha, outcome=Outcome.CONTINUE)
    agree(improving.asha, Outcome.CONTINUE)
    changed = write(improving.priya, version=1, outcome=Outcome.NEW_CYCLE)
    assert agreed_by(changed) == set()
    agree(improving.priya, Outcome.NEW_CYCLE)
    assert cycle_of(services, improving).closed_at is None
    agree(improving.asha, Outcome.NEW_CYCLE)
    assert cycle_of(services, improving).outcome is Outcome.NEW_CYCLE


def test_other_words_after_one_has_agreed_leave_the_agreement(improving: World, write: Write, agree: Agree) -> None:
    write(improving.asha, outcome=Outcome.CONTINUE)
    agree(improving.asha, Outcome.CONTINUE)
    changed = write(improving.priya, version=1, celebrate="Calm doors.", outcome=Outcome.CONTINUE)
    assert agreed_by(changed) == {improving.asha.id}


def test_nobody_agrees_to_an_outcome_they_have_not_seen(improving: World, write: Write, agree: Agree) -> None:
    write(improving.asha, outcome=Outcome.CONTINUE)
    write(improving.priya, version=1, outcome=Outcome.REFINE)
    with pytest.raises(Conflict, match="“Refine” has been chosen meanwhile"):
        agree(improving.asha, Outcome.CONTINUE)


def test_before_improve_nobody_can_agree(services: Services, world: World, write: Write, agree: Agree) -> None:
    write(world.asha, outcome=Outcome.CONTINUE)
    with pytest.raises(InvalidInput, match="still in Identify"):
        agree(world.asha, Outcome.CONTINUE)


def test_without_an_outcome_nobody_can_agree(improving: World, write: Write, agree: Agree) -> None:
    write(improving.asha, celebrate="Calm doors.")
    with pytest.raises(InvalidInput, match="Choose what happens next"):
        agree(improving.asha, None)


def test_agreeing_and_closing_are_on_record(services: Services, improving: World, write: Write, agree: Agree) -> None:
    write(improving.asha, outcome=Outcome.REFINE)
    agree(improving.asha, Outcome.REFINE)
    agree(improving.priya, Outcome.REFINE)
    with services.database.reading() as session:
        entries = session.execute(
            select(AuditEntry.action, AuditEntry.person_id)
            .where(AuditEntry.subject_id == improving.cycle.id)
            .order_by(AuditEntry.at)
        ).all()
    assert [tuple(entry) for entry in entries][-3:] == [
        ("review_confirmed", improving.asha.id),
        ("review_confirmed", improving.priya.id),
        ("cycle_closed_refine", improving.priya.id),
    ]


def test_a_stale_version_is_answered_with_both_texts_and_changes_nothing(
    services: Services, improving: World, write: Write
) -> None:
    write(improving.asha, celebrate="From 6:40 to 2:50. They remind each other.")
    with pytest.raises(Conflict) as conflict:
        write(improving.priya, celebrate="From 6:40 to 2:50. Sam asked why.", improve="Two queues.")
    details = conflict.value.details
    assert details["by"] == "Asha"
    assert [(part["part"], part["mine"], part["theirs"]) for part in details["parts"]] == [
        ("celebrate", "From 6:40 to 2:50. Sam asked why.", "From 6:40 to 2:50. They remind each other.")
    ]
    with services.database.reading() as session:
        kept = session.get_one(Review, improving.cycle.id)
        assert (kept.celebrate, kept.improve, kept.version) == (
            "From 6:40 to 2:50. They remind each other.",
            "",
            1,
        )


def test_actions_in_a_conflict_are_said_with_who_and_when(improving: World, write: Write) -> None:
    write(improving.asha, actions=(Action("Two queues", improving.asha.id),))
    with pytest.raises(Conflict) as conflict:
        write(improving.priya, actions=(Action("Board ready", improving.priya.id),))
    assert conflict.value.details["parts"][0]["theirs"] == "Two queues (Asha)"
    assert conflict.value.details["parts"][0]["mine"] == "Board ready (Priya)"


def test_saving_the_same_again_changes_nothing(improving: World, write: Write) -> None:
    words = {"celebrate": "Calm.", "actions": (Action("Two queues", improving.asha.id),)}
    first = write(improving.asha, **words)
    second = write(improving.asha, version=1, **words)
    assert (second.version, second.actions[0].id) == (1, first.actions[0].id)


def test_actions_keep_their_order(services: Services, improving: World, write: Write) -> None:
    names = ["Zebra", "Apple", "Mango"]
    write(improving.asha, actions=tuple(Action(name, improving.asha.id) for name in names))
    with services.database.reading() as session:
        assert [action.what for action in session.get_one(Review, improving.cycle.id).actions] == names


def test_a_closed_review_can_no_longer_be_written(improving: World, write: Write, agree: Agree) -> None:
    write(improving.asha, outcome=Outcome.CONTINUE)
    agree(improving.asha, Outcome.CONTINUE)
    agree(improving.priya, Outcome.CONTINUE)
    with pytest.raises(NotAllowed, match="this review is closed"):
        write(improving.priya, version=1, celebrate="Too late.")
    with pytest.raises(NotAllowed, match="this review is closed"):
        agree(improving.priya, Outcome.CONTINUE)


@pytest.mark.parametrize("who", ["theo", "tess", "sam", "lena", "sid", "ada", "olu"])
def test_nobody_outside_the_pair_finds_the_review(who: str, improving: World, write: Write, agree: Agree) -> None:
    outsider = improving.everybody[who]
    with pytest.raises(NotFound):
        write(outsider, celebrate="I was here.")
    with pytest.raises(NotFound):
        agree(outsider, Outcome.CONTINUE)


def test_when_the_pair_ends_the_coach_loses_the_review_and_the_coachee_reads_on(
    services: Services, improving: World, write: Write
) -> None:
    with services.database.transaction() as session:
        session.get_one(Pair, improving.pair.id).ended_at = now()
    with pytest.raises(NotFound):
        write(improving.priya, celebrate="Still here.")
    with pytest.raises(NotAllowed, match="This pair has ended"):
        write(improving.asha, celebrate="Alone now.")


def test_going_back_to_learn_keeps_the_words(services: Services, improving: World, write: Write) -> None:
    write(improving.asha, celebrate="Calm doors.")
    with services.database.transaction() as session:
        session.get_one(Cycle, improving.cycle.id).stage = Stage.LEARN
    assert write(improving.priya, version=1, celebrate="Calm doors, every day.").version == 2


def test_either_says_that_a_next_action_is_done_and_the_other_hears_of_it(
    services: Services, improving: World, write: Write, mark_done: MarkDone, client_for: SignIn
) -> None:
    write(improving.asha, actions=(Action("Two queues", improving.asha.id), Action("Board", improving.priya.id)))
    assert "Two queues" in client_for(improving.asha).get("/").text
    mark_done(improving.asha, "Two queues")
    mark_done(improving.asha, "Two queues")
    assert "Two queues" not in client_for(improving.asha).get("/").text
    with services.database.reading() as session:
        [done, open_] = session.get_one(Review, improving.cycle.id).actions
        told = session.scalars(select(Notice.person_id).where(Notice.kind == NoticeKind.ACTION_DONE)).all()
        entries = session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("next_action"))).all()
    assert (done.done_by_id, open_.done_at) == (improving.asha.id, None)
    assert told == [improving.priya.id]
    assert entries == ["next_action_done"]
    mark_done(improving.priya, "Two queues", done=False)
    assert "Two queues" in client_for(improving.asha).get("/").text


def test_an_action_that_is_moved_or_reworded_stays_done(
    services: Services, improving: World, write: Write, mark_done: MarkDone
) -> None:
    queues, board = Action("Two queues", improving.asha.id), Action("Board", improving.priya.id)
    write(improving.asha, actions=(queues, board))
    mark_done(improving.asha, "Two queues")
    write(improving.priya, version=1, actions=(Action("Board ready", improving.priya.id), queues))
    with services.database.reading() as session:
        lines = session.get_one(Review, improving.cycle.id).actions
        assert [(line.what, line.done_at is not None) for line in lines] == [
            ("Board ready", False),
            ("Two queues", True),
        ]


def test_what_was_agreed_is_done_after_the_review_until_the_pair_ends(
    services: Services, improving: World, write: Write, agree: Agree, mark_done: MarkDone, client_for: SignIn
) -> None:
    write(improving.asha, outcome=Outcome.NEW_CYCLE, actions=(Action("Two queues", improving.asha.id),))
    agree(improving.asha, Outcome.NEW_CYCLE)
    agree(improving.priya, Outcome.NEW_CYCLE)
    mark_done(improving.priya, "Two queues")
    assert "Done on" in client_for(improving.asha).get(f"/cycles/{improving.cycle.id}/review").text
    with services.database.transaction() as session:
        session.get_one(Pair, improving.pair.id).ended_at = now()
    with pytest.raises(NotAllowed, match="This pair has ended"):
        mark_done(improving.asha, "Two queues", done=False)
    with pytest.raises(NotFound):
        mark_done(improving.priya, "Two queues", done=False)
