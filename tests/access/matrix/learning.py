from sqlalchemy.orm import Session

from tests.access.rows import COACHEE, PAIR, Ids, Row
from tests.support.world import World
from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.cycles.attachments.rules import Folder, Holder, key_of
from veo_workflow.cycles.learning.conversation import operations as conversation
from veo_workflow.cycles.learning.models import Resource
from veo_workflow.cycles.learning.practice import operations as practice
from veo_workflow.cycles.learning.practice.rules import Words
from veo_workflow.cycles.learning.resources import operations as resources
from veo_workflow.cycles.learning.resources.rules import ResourceWords
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import new_id, now
from veo_workflow.people.models import Person

COACH = frozenset({"priya"})
PRACTICE, RESOURCE, MESSAGE = "canary-practice", "canary-resource", "canary-message"


def _entry(_: Ids) -> dict[str, str]:
    return {"practised_on": now().date().isoformat(), "went": "Calmer.", "after": "1"}


def _link(_: Ids) -> dict[str, str]:
    return {"id": str(new_id()), "url": "https://example.org/"}


def _message(_: Ids) -> dict[str, str]:
    return {"id": str(new_id()), "text": "Calmer."}


def _ticks(ids: Ids) -> dict[str, str]:
    return {"shown": ids.more["step"], "ticked": ids.more["step"]}


ROWS = (
    Row("checklist.page", "GET", "/cycles/{cycle}/checklist", PAIR),
    Row("checklist.on_paper", "GET", "/cycles/{cycle}/checklist.pdf", PAIR),
    Row("checklist.tick", "POST", "/cycles/{cycle}/checklist", COACHEE, seen_but_refused=COACH, form=_ticks),
    Row(
        "checklist.tick_one",
        "PUT",
        "/api/cycles/{cycle}/checklist/{step}",
        COACHEE,
        seen_but_refused=COACH,
        json=lambda _: {"ticked": True},
    ),
    Row("practice.everything", "GET", "/cycles/{cycle}/practice", PAIR),
    Row("practice.new", "GET", "/cycles/{cycle}/practice/new", COACHEE, seen_but_refused=COACH),
    Row("practice.one", "GET", "/cycles/{cycle}/practice/{entry}", COACHEE, seen_but_refused=COACH),
    Row("practice.keep", "POST", "/cycles/{cycle}/practice/{entry}", COACHEE, seen_but_refused=COACH, form=_entry),
    Row("practice.remove", "POST", "/cycles/{cycle}/practice/{entry}/remove", COACHEE, seen_but_refused=COACH),
    Row("resources.everything", "GET", "/cycles/{cycle}/resources", PAIR),
    Row("resources.send", "POST", "/cycles/{cycle}/resources", COACH, seen_but_refused=COACHEE, form=_link),
    Row("resources.one", "GET", "/cycles/{cycle}/resources/{resource}", COACH, seen_but_refused=COACHEE),
    Row(
        "resources.change",
        "POST",
        "/cycles/{cycle}/resources/{resource}",
        COACH,
        seen_but_refused=COACHEE,
        form=lambda _: {"url": "https://example.org/", "after": "1"},
    ),
    Row("resources.follow", "GET", "/cycles/{cycle}/resources/{paper}/open", PAIR, ok=frozenset({200})),
    Row(
        "resources.take_back",
        "POST",
        "/cycles/{cycle}/resources/{resource}/take-back",
        COACH,
        seen_but_refused=COACHEE,
    ),
    Row("conversation.page", "GET", "/cycles/{cycle}/conversation", PAIR),
    Row("conversation.latest", "GET", "/api/cycles/{cycle}/conversation", PAIR),
    Row("conversation.send", "POST", "/cycles/{cycle}/conversation", PAIR, form=_message),
    Row("conversation.take_back", "POST", "/cycles/{cycle}/conversation/{message}/take-back", COACHEE),
)


def fill(session: Session, world: World) -> dict[str, str]:
    """Asha has written an entry and a message; Priya has sent a link, and a photo whose object `_fill` puts."""
    cycle, asha = session.get_one(Cycle, world.cycle.id), session.get_one(Person, world.asha.id)
    words = Words(now().date(), "7B", PRACTICE, "", frozenset(), None)
    entry = practice.keep(session, cycle, new_id(), words, after=0, by=asha)
    resource, message = new_id(), new_id()
    link = ResourceWords("https://example.org/", RESOURCE, "")
    resources.send(session, cycle, resource, link, by=session.get_one(Person, world.priya.id))
    paper = Resource(
        id=new_id(),
        cycle_id=cycle.id,
        title=RESOURCE,
        sent_by_id=world.priya.id,
        delete_by=now().date(),
    )
    session.add(paper)
    session.flush()
    file = Attachment(
        id=new_id(),
        resource_id=paper.id,
        school_id=cycle.school_id,
        owner_id=world.priya.id,
        name=RESOURCE,
        content_type="image/jpeg",
        size_bytes=500,
        width=16,
        height=9,
    )
    file.key = key_of(Holder(Folder.RESOURCES, paper.id), file.id, file.content_type)
    session.add(file)
    conversation.send(session, cycle, message, MESSAGE, by=asha)
    return {
        "entry": str(entry.id),
        "step": str(world.strategy.steps[0].id),
        "resource": str(resource),
        "paper": str(paper.id),
        "paper_file": str(file.id),
        "message": str(message),
    }
