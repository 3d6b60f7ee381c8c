import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from veo_workflow.access.policy import State, Thing, Verb, allows
from veo_workflow.cycles.evidence.rules import KINDS
from veo_workflow.cycles.queries import CycleSeen, cycle_for, following_id
from veo_workflow.cycles.rules import say_measure
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput, NotAllowed, VeoError
from veo_workflow.people.signing_in import me
from veo_workflow.reviews import operations, queries, rules
from veo_workflow.reviews.models import Review
from veo_workflow.web import asked_id, db, page_number, sent_json

blueprint = Blueprint("reviews", __name__)

ASKED = ("step", "clip", "sort", "show", "page", "moment")


@blueprint.get("/cycles/<uuid:cycle_id>/review")
def review(cycle_id: uuid.UUID) -> str:
    return page_of(cycle_id)


@blueprint.post("/cycles/<uuid:cycle_id>/review")
def write(cycle_id: uuid.UUID) -> tuple[str, int] | BaseResponse:
    seen = cycle_for(db(), me(), cycle_id, Verb.SEE, Thing.REVIEW)
    form = _sent(seen)
    try:
        operations.write(db(), me(), seen, form)
    except (Conflict, InvalidInput, NotAllowed) as refused:
        return page_of(cycle_id, refused=refused, typed=form), refused.status
    return redirect(asking(_anchor="next-actions" if "add_action" in request.form else "record"), 303)


@blueprint.post("/cycles/<uuid:cycle_id>/review/confirm")
def confirm(cycle_id: uuid.UUID) -> tuple[str, int] | BaseResponse:
    """What stands on the page is saved first, so that nobody agrees to words that were never kept."""
    seen = cycle_for(db(), me(), cycle_id, Verb.SEE, Thing.REVIEW)
    form = _sent(seen)
    try:
        operations.write(db(), me(), seen, form)
    except (Conflict, InvalidInput, NotAllowed) as refused:
        return page_of(cycle_id, refused=refused, typed=form), refused.status
    try:
        operations.confirm(db(), me(), seen, form.record.outcome)
    except (Conflict, InvalidInput) as refused:
        return page_of(cycle_id, refused=refused), refused.status
    return redirect(asking(_anchor="agree"), 303)


@blueprint.post("/cycles/<uuid:cycle_id>/review/actions/<uuid:action_id>")
def mark_done(cycle_id: uuid.UUID, action_id: uuid.UUID) -> tuple[str, int] | BaseResponse:
    """From the record's own form the words in it are saved first."""
    seen = cycle_for(db(), me(), cycle_id, Verb.SEE, Thing.NEXT_ACTION)
    if "version" in request.form:
        form = _sent(seen)
        try:
            operations.write(db(), me(), seen, form)
        except (Conflict, InvalidInput) as refused:
            return page_of(cycle_id, refused=refused, typed=form), refused.status
    operations.mark_done(db(), me(), seen, action_id, done=request.form.get("done") != "no")
    if request.form.get("from") == "home":
        return redirect(url_for("pages.home"), 303)
    return redirect(asking(_anchor="next-actions"), 303)


@blueprint.put("/api/cycles/<uuid:cycle_id>/review")
def save(cycle_id: uuid.UUID) -> Response:
    """Autosave: the same form by script. Answers with the record as it now stands, the other's words included."""
    seen = cycle_for(db(), me(), cycle_id, Verb.SEE, Thing.REVIEW)
    form = rules.read_form(from_script(), queries.pair_ids(seen.pair))
    try:
        saved = operations.write(db(), me(), seen, form)
    except Conflict as conflict:
        conflict.details["html"] = render_template("reviews/_conflict.html", conflict=conflict.details, typed=form)
        raise
    except InvalidInput as wrong:
        wrong.details["fields"] = wrong.fields
        raise
    record = queries.record_of(saved)
    return jsonify(
        version=saved.version,
        record={"celebrate": record.celebrate, "improve": record.improve, "outcome": record.outcome or ""},
        marks=rules.marks(record),
        taken_over=rules.differing(form.record, record),
        saved=render_template("reviews/_saved.html", review=saved),
        actions=render_template("reviews/_actions.html", record=record, lines=saved.actions, pair=seen.pair),
        agree=render_template("reviews/_agree.html", **_agreement(seen, saved)),
    )


def from_script() -> MultiDict[str, str]:
    """The form's fields as a script sends them: one text each, or a list of texts."""
    words = {name: word if isinstance(word, list) else [word] for name, word in sent_json().items()}
    return MultiDict((name, str(word)) for name, listed in words.items() for word in listed)


def _sent(seen: CycleSeen) -> rules.ReviewForm:
    return rules.read_form(request.form, queries.pair_ids(seen.pair))


@blueprint.context_processor
def for_templates() -> dict[str, Any]:
    return {"asking": asking, "today": now(), "evidence_kinds": KINDS}


def asking(endpoint: str = "reviews.review", **changes: Any) -> str:
    """An address of this review that keeps the moments which were asked for, but for `changes`."""
    asked = {name: request.args[name] for name in ASKED if name in request.args}
    of_cycle = {"cycle_id": (request.view_args or {})["cycle_id"]}
    return url_for(endpoint, **{**of_cycle, **asked, **changes})


def page_of(
    cycle_id: uuid.UUID,
    *,
    refused: VeoError | None = None,
    typed: rules.ReviewForm | None = None,
    moment: tuple[uuid.UUID, Mapping[str, str]] | None = None,
) -> str:
    """The review, with what was typed in its fields when it could not be saved: in the record, or under a moment."""
    page = queries.review_page(db(), me(), cycle_id, wanted())
    stands = queries.record_of(page.review)
    unit = page.goal.unit if page.goal else ""
    now_at = say_measure(page.reading.value, unit) if page.reading else None
    return render_template(
        "reviews/review.html",
        **queue_of(page, chosen=moment[0] if moment else None),
        review=page.review,
        unsaved=moment,
        why_not=rules.why_unchangeable(page.seen.state) if page.seen.state is not State.OPEN else None,
        stands=stands,
        record=typed.record if typed else stands,
        said=queries.said,
        may_do=allows(page.seen.relations, Verb.CHANGE, Thing.NEXT_ACTION, page.seen.state),
        lines=page.review.actions if page.review else [],
        version=typed.version if typed else page.review.version if page.review else 0,
        marks=typed.marks if typed else rules.marks(stands),
        refused=refused if typed or not moment else None,
        moment_refused=refused if moment else None,
        conflict=refused.details if isinstance(refused, Conflict) and typed else None,
        typed=typed,
        following=following_id(db(), page.seen.cycle),
        agenda=rules.agenda(stands, direction=page.goal is not None and page.reading is not None),
        outcomes=[(outcome, name, rules.meaning(outcome, now_at)) for outcome, name in rules.OUTCOMES.items()],
        **_agreement(page.seen, page.review),
    )


def queue_of(page: queries.ReviewPage, *, chosen: uuid.UUID | None = None) -> dict[str, Any]:
    """What the queue's own parts show. On screen is the `chosen` moment, else the one asked for, else the first."""
    first = page.moments[0] if page.moments else None
    on_screen = chosen or asked_id("moment")
    return {
        "page": page,
        "pair": page.seen.pair,
        "numbers": page.numbers,
        "chosen": next((moment for moment in page.moments if moment.tag.id == on_screen), first),
        "may_change": allows(page.seen.relations, Verb.CHANGE, Thing.REVIEW, page.seen.state),
        "mark_of": rules.mark,
    }


def _agreement(seen: CycleSeen, review: Review | None) -> dict[str, Any]:
    """Who has agreed and when, and whether the asker can do so now."""
    people = (seen.pair.coachee, seen.pair.coach)
    agreed = {row.person_id: row.confirmed_at for row in review.confirmations} if review else {}
    return {
        "agreed": [(person, agreed[person.id]) for person in people if person.id in agreed],
        "waiting": [person for person in people if person.id not in agreed],
        "missing": rules.missing_to_agree(seen.cycle.stage, review.outcome if review else None),
        "cycle": seen.cycle,
    }


def wanted() -> queries.Wanted:
    """The moments that the address asks for."""
    return queries.Wanted(
        step_id=asked_id("step"),
        clip_id=asked_id("clip"),
        by_step=request.args.get("sort") == "step",
        in_lesson_order=request.args.get("sort") == "time",
        starred=request.args.get("show") == "starred",
        left_out=request.args.get("show") == "left-out",
        page=page_number(),
    )
