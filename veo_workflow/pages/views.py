import uuid
from typing import Any

from flask import Blueprint, render_template
from flask_login import current_user

from veo_workflow.access.policy import Thing, Verb, allows, relations_in_school
from veo_workflow.database import now
from veo_workflow.oversight.logs import due_queries
from veo_workflow.pages import frame, lead_queries, queries, rules, words
from veo_workflow.pages.cycle_queries import cycle_page
from veo_workflow.people.models import Person
from veo_workflow.people.queries import asker, school_of
from veo_workflow.people.signing_in import me
from veo_workflow.schools.queries import term_on
from veo_workflow.schools.rules import local_day
from veo_workflow.web import db, page_number, services

blueprint = Blueprint("pages", __name__)
frame.install(blueprint)

THINGS_AFTER = 6


@blueprint.get("/")
def home() -> str:
    person = me()
    school_day = local_day(now(), school_of(db(), person).timezone)
    found = queries.home_of(db(), person, clips_page=page_number("clips"))
    things = rules.things([held.facts for held in found.cycles], found.idle, now(), found.to_watch)
    news = [words.say(thing) for thing in things[: THINGS_AFTER + 1]]
    return render_template(
        "pages/home.html",
        home=found,
        news=news[0] if news else None,
        after=news[1:],
        more_waiting=max(0, len(things) - len(news)),
        clips_page=page_number("clips"),
        logs=due_queries.to_write(db(), person, school_day),
        today=now(),
        term=term_on(db(), person.school_id, school_day),
        **_for_the_school(person),
    )


def _for_the_school(person: Person) -> dict[str, Any]:
    """What whole-school roles see besides; the policy decides, not the page."""
    relations = relations_in_school(asker(person), person.school_id)
    coaching = accounts = None
    if allows(relations, Verb.SEE, Thing.PAIRS):
        coaching = lead_queries.coaching_this_term(db(), person.school_id, page=page_number("pairs"))
    if allows(relations, Verb.SEE, Thing.PEOPLE):
        accounts = lead_queries.accounts_of(db(), person.school_id)
    return {"coaching": coaching, "accounts": accounts}


@blueprint.get("/cycles/<uuid:cycle_id>")
def cycle(cycle_id: uuid.UUID) -> str:
    return render_template("pages/cycle.html", page=cycle_page(db(), me(), cycle_id, clips_page=page_number()))


@blueprint.get("/protected")
def protected() -> str:
    person = me() if current_user.is_authenticated else None
    settings = services().settings
    return render_template(
        "pages/protected.html",
        school=school_of(db(), person) if person else None,
        keeps_originals=settings.keep_originals,
        kept_on_disk=settings.storage == "disk",
    )
