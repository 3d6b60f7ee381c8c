"""The safeguarding lead's screens, the second person's, and what the coachee is told."""

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.clips import watching
from veo_workflow.clips.delivery import deliver
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.people.queries import require_in_school
from veo_workflow.people.signing_in import me, require_confirmed
from veo_workflow.removal.holds import operations, queries, rules
from veo_workflow.removal.holds.models import Wish
from veo_workflow.removal.holds.queries import Held, Holdable
from veo_workflow.web import PAGE_SIZE, db, page_number, release, rollback, services

blueprint = Blueprint("holds", __name__)


@blueprint.get("/safeguarding")
def everything() -> str:
    person, page, name = me(), page_number(), request.args.get("name", "").strip()[:120]
    require_in_school(person, Verb.SEE, Thing.HOLD)
    span = {"limit": PAGE_SIZE + 1, "offset": (page - 1) * PAGE_SIZE}
    clips = queries.clips_to_hold(db(), person, name, **span) if name else []
    holds = [] if name else queries.holds(db(), person, **span)
    return render_template(
        "removal/holds/everything.html",
        clips=clips[:PAGE_SIZE],
        holds=holds[:PAGE_SIZE],
        page=page,
        more=max(len(clips), len(holds)) > PAGE_SIZE,
        name=name,
    )


@blueprint.get("/safeguarding/clips/<uuid:clip_id>")
def about(clip_id: uuid.UUID) -> str:
    """Before a hold is placed: what it does, and why it is needed."""
    held = queries.clip_to_hold(db(), me(), clip_id, Verb.CHANGE)
    require_confirmed()
    return _place_page(held, {})


@blueprint.post("/safeguarding/clips/<uuid:clip_id>")
def place(clip_id: uuid.UUID) -> tuple[str, int] | Response:
    person, sent = me(), request.form.to_dict()
    held = queries.clip_to_hold(db(), person, clip_id, Verb.CHANGE)
    require_confirmed()
    try:
        hold = operations.place(db(), held.clip, rules.read_reason(sent), is_told=not sent.get("quietly"), by=person)
    except (InvalidInput, Conflict) as problem:
        rollback()
        return _place_page(queries.clip_to_hold(db(), me(), clip_id), sent, problem=problem), problem.status
    flash("The clip is on hold. Nothing of it is deleted, and nobody but its owner sees it.")
    return redirect(url_for("holds.one", hold_id=hold.id))


def _place_page(held: Holdable, sent: dict[str, str], **said: Any) -> str:
    return render_template("removal/holds/place.html", held=held, sent=sent, **said)


@blueprint.get("/safeguarding/<uuid:hold_id>")
def one(hold_id: uuid.UUID) -> str:
    return _hold_page(queries.hold_for(db(), me(), hold_id), {})


@blueprint.post("/safeguarding/<uuid:hold_id>/ask")
def ask(hold_id: uuid.UUID) -> tuple[str, int] | Response:
    """Ask a second person to agree to a viewing, or to lifting the hold."""
    person, sent = me(), request.form.to_dict()
    held = queries.hold_for(db(), person, hold_id, Verb.CHANGE)
    require_confirmed()
    try:
        wish, reason = rules.read_wish(sent), rules.read_reason(sent)
        second = queries.second_named(db(), person, sent.get("second", ""))
        concerned = queries.concerned_by(db(), held.clip)
        operations.ask(db(), held.hold, wish, reason, second=second, concerned=concerned, by=person)
    except (InvalidInput, Conflict) as problem:
        rollback()
        return _hold_page(queries.hold_for(db(), me(), hold_id), sent, problem=problem), problem.status
    flash(f"{second.name} has been asked, and finds it among the notices.")
    return redirect(url_for("holds.one", hold_id=hold_id))


def _hold_page(held: Held, sent: dict[str, str], **said: Any) -> str:
    person, asked, at = me(), queries.requests_of(db(), held.hold), now()
    lasting = [
        each.request
        for each in asked
        if each.request.wish is Wish.VIEW
        and each.request.asked_by_id == person.id
        and rules.may_watch(agreed=each.request.agreed, ends_at=each.request.ends_at, at=at)
    ]
    return render_template(
        "removal/holds/one.html", held=held, asked=asked, viewing=lasting[0] if lasting else None, sent=sent, **said
    )


@blueprint.get("/safeguarding/asked/<uuid:request_id>")
def asked(request_id: uuid.UUID) -> str:
    """What somebody is asked to agree to: who asks, what for and why; nothing of the clip itself."""
    person = me()
    return render_template("removal/holds/asked.html", asked=queries.asked_of(db(), person, request_id), problem=None)


@blueprint.post("/safeguarding/asked/<uuid:request_id>")
def answer(request_id: uuid.UUID) -> tuple[str, int] | Response:
    person = me()
    found = queries.asked_of(db(), person, request_id, Verb.CONFIRM)
    require_confirmed()
    try:
        agreed, keep = rules.read_answer(request.form), services().settings.keep_originals
        operations.answer(db(), found.request, agreed=agreed, keep_originals=keep, by=person)
    except (InvalidInput, Conflict) as problem:
        rollback()
        found = queries.asked_of(db(), me(), request_id)
        return render_template("removal/holds/asked.html", asked=found, problem=problem), problem.status
    flash("Thank you. Your answer is written down.")
    return redirect(url_for("holds.asked", request_id=request_id))


@blueprint.get("/safeguarding/<uuid:hold_id>/watch")
def watch(hold_id: uuid.UUID) -> str:
    held, _ = queries.held_film_for(db(), me(), hold_id)
    require_confirmed()
    return render_template("removal/holds/watch.html", held=held)


@blueprint.get("/media/held/<uuid:hold_id>")
def film(hold_id: uuid.UUID) -> Response:
    """Each byte range asks anew whether the viewing still lasts."""
    person = me()
    held, rendition = queries.held_film_for(db(), person, hold_id)
    release()
    watching.note_playback(services(), person, held.clip, action=watching.UNDER_HOLD)
    return deliver(rendition.key, rendition.content_type)


@blueprint.get("/clips/<uuid:clip_id>/hold")
def told(clip_id: uuid.UUID) -> str:
    """What the coachee is told of a hold on a clip of theirs: since when, what it means, and who watched."""
    held = queries.told_hold(db(), me(), clip_id)
    return render_template("removal/holds/told.html", held=held, viewings=queries.viewings_of(db(), held.hold))
