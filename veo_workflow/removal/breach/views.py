"""For the safeguarding lead: who had access to what, and when, on screen and to take along."""

import uuid

from flask import Blueprint, Response, render_template, request, send_file

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.audit.operations import record
from veo_workflow.clips.models import Clip
from veo_workflow.errors import InvalidInput, NotFound
from veo_workflow.people.models import Person
from veo_workflow.people.queries import require_in_school, school_of
from veo_workflow.people.signing_in import me, require_confirmed
from veo_workflow.removal.breach import queries
from veo_workflow.removal.breach.asking import Asked
from veo_workflow.removal.breach.rules import EVER, Period, read_period
from veo_workflow.web import PAGE_SIZE, asked_id, db, page_number, release, services

blueprint = Blueprint("breach", __name__, url_prefix="/safeguarding/access")


@blueprint.get("")
def choose() -> str:
    """Whose account it is about."""
    by, page, name = _asker(Verb.SEE), page_number(), request.args.get("name", "").strip()[:120]
    span = {"limit": PAGE_SIZE + 1, "offset": (page - 1) * PAGE_SIZE}
    people = queries.people_named(db(), by.school_id, name, **span) if name else []
    return render_template(
        "removal/breach/choose.html", people=people[:PAGE_SIZE], page=page, more=len(people) > PAGE_SIZE, name=name
    )


@blueprint.get("/pack")
def pack() -> str | tuple[str, int]:
    """Everything of one account or one clip, over a time that can be narrowed."""
    by, page = _asker(Verb.SEE), page_number()
    person, clip, whose = _about(by.school_id)
    period, problem = EVER, None
    try:
        period = read_period(request.args, school_of(db(), by).timezone)
    except InvalidInput as wrong:
        problem = wrong
    asked = _asked(by, person, clip, period)
    total = queries.count(db(), asked)
    shown = queries.lines(db(), asked, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    _noted("breach_pack_seen", asked, by)
    drawn = render_template(
        "removal/breach/pack.html",
        person=person,
        clip=clip,
        whose=whose,
        lines=shown,
        total=total,
        page=page,
        more=total > page * PAGE_SIZE,
        sent=request.args,
        problem=problem,
    )
    return (drawn, problem.status) if problem else drawn


@blueprint.get("/pack.csv")
def as_csv() -> Response:
    by = _asker(Verb.EXPORT)
    person, clip, _whose = _about(by.school_id)
    period = read_period(request.args, school_of(db(), by).timezone)
    require_confirmed()
    asked = _asked(by, person, clip, period)
    file = queries.as_csv(db(), asked)
    _noted("breach_pack_made", asked, by)
    return send_file(file, mimetype="text/csv", as_attachment=True, download_name="access.csv")


def _asker(verb: Verb) -> Person:
    """Raises NotFound."""
    person = me()
    require_in_school(person, verb, Thing.ACCESS_LOG)
    return person


def _about(school_id: uuid.UUID) -> tuple[Person | None, Clip | None, Person]:
    """The account or the clip an address names, and whose it is. Raises NotFound."""
    if clip_id := asked_id("clip"):
        clip, owner = queries.clip_asked_for(db(), school_id, clip_id)
        return None, clip, owner
    if person_id := asked_id("account"):
        person = queries.person_asked_for(db(), school_id, person_id)
        return person, None, person
    raise NotFound()


def _asked(by: Person, person: Person | None, clip: Clip | None, period: Period) -> Asked:
    return Asked(by.school_id, person.id if person else None, clip.id if clip else None, period)


def _noted(action: str, asked: Asked, by: Person) -> None:
    """In the log before anything of it goes out: the request itself only reads."""
    release()
    with services().database.transaction() as session:
        record(session, action, by=by.id, school=by.school_id, subject=asked.subject)
