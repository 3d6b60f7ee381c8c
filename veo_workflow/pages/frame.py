"""The frame around every page: the school's name on the letterhead, where one can go, and how a measure is said."""

from zoneinfo import ZoneInfo

from flask import Blueprint, g, request
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from veo_workflow.cycles.rules import measure_bar, say_measure
from veo_workflow.notices.queries import unread
from veo_workflow.people.models import Role
from veo_workflow.people.queries import school_of
from veo_workflow.people.signing_in import me
from veo_workflow.schools.models import School
from veo_workflow.web import db, services
from veo_workflow.wording import ZONE

IN_CYCLES = {
    "cycles",
    "pages.cycle",
    "tags",
    "reviews",
    "uploads",
    "clips",
    "sessions",
    "reality",
    "readings",
    "checklist",
    "practice",
    "resources",
    "conversation",
    "evidence",
    "adapting",
    "modelling",
    "wordings",
    "sharing",
    "removal",
    "flags",
}
PLACES = (
    ("pages.home", "Home", {"pages.home", "shares"}),
    ("cycles.everything", "Cycles", IN_CYCLES),
    ("playbook.strategies", "Playbook", {"playbook", "exemplars"}),
)
OVERVIEW = ("overview.term", "Overview", {"overview"})
PAIRS = ("pairs.everybody", "Pairs", {"pairs", "roster"})
YEAR = ("year.everything", "School year", {"year"})
SAFEGUARDING = ("holds.everything", "Safeguarding", {"holds"})
PEOPLE = ("people.everybody", "People", {"people", "staff", "leaving", "second_step"})


def install(blueprint: Blueprint) -> None:
    """Make these words known to every template."""
    for word in (school_name, school_zone, main_places, kept_where, say_measure, measure_bar, waiting_notices):
        blueprint.app_template_global()(word)


def school_name() -> str:
    """The name on the letterhead. Empty where nobody can tell whose page it is."""
    return _whose_page()[0]


def school_zone() -> ZoneInfo:
    """The zone in which the page says its times."""
    return _whose_page()[1]


def _whose_page() -> tuple[str, ZoneInfo]:
    """Name and zone of the page's school: one statement a page."""
    if "whose_page" not in g:
        try:
            school = _find_school()
        except SQLAlchemyError:  # the page that says so still needs a letterhead
            school = None
        g.whose_page = (school.name, ZoneInfo(school.timezone)) if school else ("", ZONE)
    name, zone = g.whose_page
    return str(name), zone


def _find_school() -> School | None:
    """A signed-in person's own school; for a stranger the only school there is, and none when there are several."""
    if current_user.is_authenticated:
        return school_of(db(), me())
    schools = db().scalars(select(School).limit(2)).all()
    return schools[0] if len(schools) == 1 else None


def main_places() -> list[tuple[str, str, str]]:
    """(endpoint, aria-current or nothing, word) of each entry in the main navigation."""
    places = [*PLACES]
    if me().has(Role.LEAD):
        places += [OVERVIEW, PAIRS]
    if me().has(Role.LEAD) or me().has(Role.ADMINISTRATOR):
        places.append(YEAR)
    if me().has(Role.ADMINISTRATOR):
        places.append(PEOPLE)
    if me().has(Role.SAFEGUARDING_LEAD):
        places.append(SAFEGUARDING)
    return [(endpoint, _current(endpoint, within), word) for endpoint, word, within in places]


def _current(endpoint: str, within: set[str]) -> str:
    if request.endpoint == endpoint:
        return "page"
    return "true" if {request.endpoint, *request.blueprints} & within else ""


def waiting_notices() -> int:
    """How many notices the person has not read: one statement a page."""
    try:
        return unread(db(), me().id)
    except SQLAlchemyError:  # the page that says so is shown without
        return 0


def kept_where() -> str:
    """Where lesson video is, for the foot of each page: only what this copy knows of itself."""
    return "on this server" if services().settings.storage == "disk" else "in a store your school set up"
