from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.errors import Conflict, InvalidInput, TooManyTries
from veo_workflow.people import operations, queries, tries
from veo_workflow.people.models import LinkPurpose, Person, Role
from veo_workflow.people.signing_in import begin, end, me, note_confirmed, require_confirmed, this_device
from veo_workflow.people.staff import queries as staff
from veo_workflow.web import PAGE_SIZE, db, page_number, services

blueprint = Blueprint("people", __name__)

OWN_FIELDS = {"csrf_token", "password", "next", "again"}


@blueprint.get("/sign-in")
def sign_in() -> str | Response:
    if current_user.is_authenticated:
        return redirect(url_for("pages.home"))
    return render_template("people/sign_in.html", email="", problem=None, onward=request.args.get("next", ""))


@blueprint.post("/sign-in")
def sign_in_now() -> tuple[str, int] | Response:
    email, onward = request.form.get("email", ""), request.form.get("next", "")
    try:
        with tries.counted(email):
            with services().database.reading() as session:
                recognised = operations.recognise(session, email, request.form.get("password", ""))
            person, token = operations.sign_in(db(), recognised, this_device())
    except (InvalidInput, TooManyTries) as wrong:
        page = render_template("people/sign_in.html", email=email, problem=wrong.message, onward=onward)
        return page, wrong.status
    begin(person, token)
    note_confirmed(token)
    answer = redirect(_own_path(onward) or url_for("pages.home"))
    tries.remember(answer, person, token)
    return answer


def _own_path(onward: str) -> str | None:
    """Where to go on to after signing in, if it is one of our own pages."""
    parts = urlsplit(onward)
    safe = onward.startswith("/") and not onward.startswith(("//", "/\\")) and not parts.netloc
    return onward if safe else None


@blueprint.get("/confirm")
def confirm() -> str:
    return confirm_page(request.args.get("next", ""))


def confirm_page(onward: str, *, again: bool = False, problem: str | None = None) -> str:
    """Asks whoever is signed in to say once more that it is them, and goes on to one of our own pages.

    With `again` that page is sent once more what was sent to this one: what was typed is not lost on the way.  A form
    for which that may be needed calls none of its own fields `password`, `next` or `again`.
    """
    sent = [(name, value) for name, value in request.form.items(multi=True) if name not in OWN_FIELDS] if again else []
    return render_template("people/confirm.html", onward=onward, again=again, sent=sent, problem=problem)


@blueprint.post("/confirm")
def confirm_now() -> tuple[str, int] | Response:
    """The password once more, by whoever is signed in, as often as signing in may be tried."""
    person, onward = me(), request.form.get("next", "")
    try:
        with tries.counted(person.email), services().database.reading() as session:
            operations.recognise(session, person.email, request.form.get("password", ""))
    except (InvalidInput, TooManyTries) as wrong:
        said = "That is not your password. Try again." if isinstance(wrong, InvalidInput) else wrong.message
        return confirm_page(onward, again=bool(request.form.get("again")), problem=said), wrong.status
    note_confirmed(current_user.token)
    return redirect(_own_path(onward) or url_for("pages.home"), 307 if request.form.get("again") else 303)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    end()
    return redirect(url_for("people.sign_in"))


@blueprint.get("/forgotten")
def forgotten() -> str:
    return render_template("people/forgotten.html")


@blueprint.get("/welcome/<token>")
def welcome(token: str) -> str:
    link = operations.find_link(db(), token)
    person = operations.person_of_link(db(), link)
    return render_template("people/welcome.html", person=person, problem=None)


@blueprint.post("/welcome/<token>")
def welcome_now(token: str) -> tuple[str, int] | Response:
    link = operations.find_link(db(), token)
    try:
        person = operations.use_link(db(), token, request.form.get("password", ""))
    except InvalidInput as wrong:
        person = operations.person_of_link(db(), link)
        return render_template("people/welcome.html", person=person, problem=wrong.message), wrong.status
    begin(person, operations.open_sign_in(db(), person, this_device()))
    return redirect(url_for("pages.home"))


@blueprint.get("/people")
def everybody() -> str:
    person = me()
    queries.require_in_school(person, Verb.SEE, Thing.PEOPLE)
    return _people_page(person)


@blueprint.post("/people")
def add() -> str | tuple[str, int]:
    person, form = me(), request.form
    queries.require_in_school(person, Verb.CHANGE, Thing.PEOPLE)
    if form.getlist("roles"):
        require_confirmed()
    try:
        added = operations.add_person(
            db(),
            school=person.school_id,
            email=form.get("email", ""),
            name=form.get("name", ""),
            roles=frozenset(Role(role) for role in form.getlist("roles") if role in set(Role)),
            by=person.id,
        )
    except (InvalidInput, Conflict) as problem:
        return _people_page(person, sent=form, problem=problem), problem.status
    token = operations.make_link(db(), LinkPurpose.INVITATION, added)
    return _people_page(person, invitation=(added.name, url_for("people.welcome", token=token, _external=True)))


def _people_page(person: Person, **said: Any) -> str:
    page, name = page_number(), request.args.get("name", "").strip()[:120]
    waiting = bool(request.args.get("waiting"))
    people = queries.colleagues(
        db(), person, name=name, waiting=waiting, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE
    )
    to_begin, unwritten = staff.count_waiting(db(), person.school_id)
    return render_template(
        "people/everybody.html",
        people=people[:PAGE_SIZE],
        page=page,
        more=len(people) > PAGE_SIZE,
        name=name,
        waiting=waiting,
        to_begin=to_begin,
        unwritten=unwritten,
        letters=staff.letters_to(db(), [each.id for each in people]),
        mail_is_sent=bool(services().settings.smtp_host),
        total=queries.count_people(db(), person.school_id),
        roles=list(Role),
        **said,
    )
