import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from veo_workflow.access.policy import State, Thing, Verb
from veo_workflow.cycles.attachments.operations import InUse, Stored
from veo_workflow.cycles.attachments.rules import Folder, Holder
from veo_workflow.cycles.learning.models import Resource
from veo_workflow.cycles.learning.resources import operations, queries, rules
from veo_workflow.cycles.queries import CycleSeen, cycle_for
from veo_workflow.database import new_id
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.media import Unusable
from veo_workflow.pages.attachments import forget_after_commit, hand_out, keep
from veo_workflow.people.models import Person
from veo_workflow.people.signing_in import me
from veo_workflow.web import PAGE_SIZE, db, page_number, release, rollback, sent_id, services, version_sent

blueprint = Blueprint("resources", __name__, url_prefix="/cycles/<uuid:cycle_id>/resources")
blueprint.app_template_filter("site")(rules.site_of)


@blueprint.get("")
def everything(cycle_id: uuid.UUID) -> str:
    return _page(cycle_for(db(), me(), cycle_id, thing=Thing.RESOURCE), {})


@blueprint.post("")
def send(cycle_id: uuid.UUID) -> tuple[str, int] | Response:
    person, sent, file = me(), request.form.to_dict(), request.files.get("file")
    seen = cycle_for(db(), person, cycle_id, Verb.CHANGE, Thing.RESOURCE)
    try:
        resource_id, words = sent_id(sent.get("id")), rules.read_resource(sent, file.filename or "" if file else "")
        if file and file.filename:
            _send_file(seen, resource_id, words, file, person)
        else:
            operations.send(db(), seen.cycle, resource_id, words, by=person)
    except InvalidInput as wrong:
        return _page(seen, sent, problem=wrong), wrong.status
    flash(f"Sent. {seen.pair.coachee.given_name} hears of it.")
    return redirect(url_for("resources.everything", cycle_id=cycle_id), 303)


def _send_file(
    seen: CycleSeen, resource_id: uuid.UUID, words: rules.ResourceWords, file: FileStorage, person: Person
) -> None:
    """Whether it may be sent is asked again once it is made anew. Raises InvalidInput for one that is not taken."""
    cycle_id = seen.cycle.id
    release()

    def write(session: Session, stored: Stored, in_use: InUse) -> None:
        cycle = cycle_for(session, person, cycle_id, Verb.CHANGE, Thing.RESOURCE).cycle
        operations.send_file(session, cycle, words, stored, in_use=in_use, by=person)

    try:
        keep(services(), person, Holder(Folder.RESOURCES, resource_id), file, write)
    except operations.SentBefore:
        return
    except (InvalidInput, Unusable) as wrong:
        raise InvalidInput(rules.NOT_SENT, fields={"file": wrong.message}) from None


@blueprint.get("/<uuid:resource_id>/open")
def follow(cycle_id: uuid.UUID, resource_id: uuid.UUID) -> Response:
    """On to the site, or the file itself; that the coachee went there is noted first, in a transaction of its own."""
    person = me()
    seen = cycle_for(db(), person, cycle_id, thing=Thing.RESOURCE)
    found = queries.resource_of(db(), cycle_id, resource_id)
    if seen.is_coachee and found.opened_at is None:
        release()
        with services().database.transaction() as session:
            operations.note_opened(session, resource_id)
    return hand_out(found.file, to=person) if found.file else redirect(found.url)


@blueprint.get("/<uuid:resource_id>")
def one(cycle_id: uuid.UUID, resource_id: uuid.UUID) -> str:
    seen = cycle_for(db(), me(), cycle_id, Verb.CHANGE, Thing.RESOURCE)
    return _change_page(seen, queries.resource_of(db(), cycle_id, resource_id))


@blueprint.post("/<uuid:resource_id>")
def change(cycle_id: uuid.UUID, resource_id: uuid.UUID) -> tuple[str, int] | Response:
    person, sent, after = me(), request.form.to_dict(), version_sent("after")
    seen = cycle_for(db(), person, cycle_id, Verb.CHANGE, Thing.RESOURCE)
    standing = queries.resource_of(db(), cycle_id, resource_id)
    if standing.file:
        sent["url"] = ""
    try:
        words = rules.read_resource(sent, standing.file.name if standing.file else "")
        operations.change(db(), seen.cycle, resource_id, words, after=after, by=person)
    except InvalidInput as wrong:
        return _change_page(seen, standing, sent=sent, after=after, problem=wrong), wrong.status
    except Conflict as conflict:
        page = _change_page(seen, standing, sent=sent, conflict=conflict)
        rollback()
        return page, conflict.status
    flash("It is changed.")
    return redirect(url_for("resources.everything", cycle_id=cycle_id), 303)


@blueprint.post("/<uuid:resource_id>/take-back")
def take_back(cycle_id: uuid.UUID, resource_id: uuid.UUID) -> Response:
    person = me()
    seen = cycle_for(db(), person, cycle_id, Verb.CHANGE, Thing.RESOURCE)
    operations.take_back(db(), seen.cycle, resource_id, forget_after_commit, by=person)
    flash("It is taken back.")
    return redirect(url_for("resources.everything", cycle_id=cycle_id), 303)


def _change_page(seen: CycleSeen, resource: Resource, **said: Any) -> str:
    """The form, filled from the resource or with what was `sent`."""
    return render_template(
        "learning/resource.html",
        seen=seen,
        resource=resource,
        strategies=queries.strategies_named(db(), seen.cycle.id),
        **{"sent": _typed(resource), "after": resource.version, "problem": None, "conflict": None, **said},
    )


def _typed(resource: Resource) -> dict[str, str]:
    """The resource as its form would send it."""
    words = operations.words_of(resource)
    return {"url": words.url, "title": words.title, "note": words.note, "about": str(words.about or "")}


def _page(seen: CycleSeen, sent: dict[str, str], problem: InvalidInput | None = None) -> str:
    page, cycle = page_number(), seen.cycle
    found = queries.resources_of(db(), cycle.id, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    earlier = queries.resources_of(db(), cycle.continues_id, limit=PAGE_SIZE) if cycle.continues_id else []
    return render_template(
        "learning/resources.html",
        seen=seen,
        resources=found[:PAGE_SIZE],
        earlier=earlier,
        page=page,
        more=len(found) > PAGE_SIZE,
        strategies=queries.strategies_named(db(), cycle.id),
        may_send=not seen.is_coachee and seen.state is State.OPEN,
        new_id=sent.get("id") or new_id(),
        sent=sent,
        problem=problem,
    )
