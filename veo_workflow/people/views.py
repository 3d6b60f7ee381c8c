from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.errors import Conflict, InvalidInput, TooManyTries
from veo_workflow.people import operations, queries, tries
from veo_workflow.people.arriving import go_on, own_path
from veo_workflow.people.factors import passkeys
from veo_workflow.people.factors.challenges import Purpose
from veo_workflow.people.factors.operations import give_app_code
from veo_workflow.people.factors.passkey_views import place
from veo_workflow.people.factors.queries import held_by
from veo_workflow.people.models import LinkPurpose, Person, Role
from veo_workflow.people.providers import kept
from veo_workflow.people.signing_in import end, me, note_confirmed, require_confirmed
from veo_workflow.people.staff import queries as staff
from veo_workflow.web import PAGE_SIZE, db, page_number, services

blueprint = Blueprint("people", __name__)

OWN_FIELDS = {"csrf_token", "username", "password", "confirm_code", "confirm_passkey", "next", "again"}


@blueprint.get("/sign-in")
def sign_in() -> str | Response:
    if current_user.is_authenticated:
        return redirect(url_for("pages.home"))
    return sign_in_page(onward=request.args.get("next", ""))


def sign_in_page(*, email: str = "", problem: str | None = None, onward: str = "") -> str:
    settings = services().settings
    return render_template(
        "people/sign_in.html",
        email=email,
        problem=problem,
        onward=onward,
        provider=settings.oidc_name if settings.oidc_issuer else "",
    )


@blueprint.post("/sign-in")
def sign_in_now() -> tuple[str, int] | Response:
    email, onward = request.form.get("email", ""), request.form.get("next", "")
    try:
        with tries.counted(email):
            with services().database.reading() as session:
                recognised = operations.recognise(session, email, request.form.get("password", ""))
            person = operations.settle(db(), recognised)
    except (InvalidInput, TooManyTries) as wrong:
        return sign_in_page(email=email, problem=wrong.message, onward=onward), wrong.status
    return go_on(person, onward)


@blueprint.get("/confirm")
def confirm() -> str:
    return confirm_page(request.args.get("next", ""))


def confirm_page(onward: str, *, again: bool = False, problem: str | None = None) -> str:
    """Asks whoever is signed in to say once more that it is them, and goes on to one of our own pages.

    With `again` that page is sent once more what was sent to this one: what was typed is not lost on the way, by way of
    a provider neither.  A form for which that may be needed calls none of its own fields as `OWN_FIELDS` has it.
    """
    sent = [(name, value) for name, value in request.form.items(multi=True) if name not in OWN_FIELDS] if again else []
    held = held_by(db(), me().id)
    provider = "" if held.anything else _provider_to_ask()
    return render_template(
        "people/confirm.html",
        onward=onward,
        again=again,
        sent=sent,
        problem=problem,
        held=held,
        provider=provider,
        back=_kept(onward, sent) if provider and again else onward,
    )


def _kept(onward: str, sent: kept.Fields) -> str:
    """Where what was typed is again once the provider has been asked; nowhere if it cannot be kept."""
    typed = kept.Typed(own_path(onward) or url_for("pages.home"), sent)
    word = kept.keep(services().redis, services().settings.sealing(), me().id, typed)
    return url_for("provider.typed", word=word) if word else ""


@blueprint.post("/confirm")
def confirm_now() -> tuple[str, int] | Response:
    """Password, passkey or code from the app, by whoever is signed in, as often as signing in may be tried."""
    person, onward, again = me(), request.form.get("next", ""), bool(request.form.get("again"))
    try:
        _take_confirmation(person)
    except (InvalidInput, TooManyTries) as wrong:
        said = "That is not your password. Try again." if wrong.code == "wrong_password" else wrong.message
        return confirm_page(onward, again=again, problem=said), wrong.status
    note_confirmed(current_user.token)
    return redirect(own_path(onward) or url_for("pages.home"), 307 if again else 303)


def _provider_to_ask() -> str:
    """Its name, where somebody has no password here and signs in by it alone."""
    settings = services().settings
    return settings.oidc_name if settings.oidc_issuer and me().password_hash is None else ""


def _take_confirmation(person: Person) -> None:
    """Raises InvalidInput, TooManyTries."""
    sent = request.form
    if "confirm_passkey" in sent:
        with tries.counted(person.email, "second step"):
            passkeys.give(db(), services().redis, person, place(), sent["confirm_passkey"], Purpose.CONFIRM)
    elif "confirm_code" in sent:
        with tries.counted(person.email, "second step"):
            give_app_code(db(), person, sent["confirm_code"], services().settings.sealing())
    else:
        with tries.counted(person.email), services().database.reading() as session:
            operations.recognise(session, person.email, sent.get("password", ""))


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
    return go_on(person, "")


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
