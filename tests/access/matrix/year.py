from sqlalchemy.orm import Session

from tests.access.rows import Ids, Row
from tests.support.world import ZONE, World
from veo_workflow.schools.models import AcademicYear
from veo_workflow.schools.year import operations, queries
from veo_workflow.schools.year.rules import FIGURES, ClosureDates, Span, a_year_on, typed, typed_closure

ARRANGERS = frozenset({"lena", "ada"})
TWO = dict.fromkeys(FIGURES, "2")
NOTHING = {"standing": ",,"} | dict.fromkeys(FIGURES, "")
ZONES = {"timezone": "Asia/Kolkata", "standing": ZONE}


def _altered(ids: Ids) -> dict[str, str]:
    return {"standing": ids.more["year_mark"], **_typed(ids, "year_")}


def _typed(ids: Ids, prefix: str) -> dict[str, str]:
    """What `fill` has kept of a form's fields."""
    return {name.removeprefix(prefix): value for name, value in ids.more.items() if name.startswith(prefix)}


ROWS = (
    Row("year.everything", "GET", "/year", ARRANGERS),
    Row("year.new", "GET", "/year/new", ARRANGERS),
    Row("year.add", "POST", "/year/new", ARRANGERS, form=lambda ids: _typed(ids, "new_year_")),
    Row("year.change", "GET", "/year/{year}", ARRANGERS),
    Row("year.alter", "POST", "/year/{year}", ARRANGERS, form=_altered),
    Row("year.remove", "POST", "/year/{year}/remove", ARRANGERS),
    Row("year.add_closure", "POST", "/year/closures", ARRANGERS, form=lambda ids: _typed(ids, "closure_")),
    Row("year.closure", "GET", "/year/closures/{closure}", ARRANGERS),
    Row("year.alter_closure", "POST", "/year/closures/{closure}", ARRANGERS, form=lambda ids: _typed(ids, "closure_")),
    Row("year.set_rhythm", "POST", "/year/rhythm", ARRANGERS, form=lambda _: {**TWO, "standing": "3,1,1"}),
    Row("year.timezone", "GET", "/year/timezone", ARRANGERS),
    Row("year.set_timezone", "POST", "/year/timezone", ARRANGERS, form=lambda _: ZONES),
    Row("year.people", "GET", "/year/people", ARRANGERS),
    Row("year.agreement", "GET", "/year/people/{colleague}", ARRANGERS),
    Row("year.agree", "POST", "/year/people/{colleague}", ARRANGERS, form=lambda _: NOTHING),
    Row("year.remove_closure", "POST", "/year/closures/{closure}/remove", ARRANGERS),
)


def fill(session: Session, world: World) -> dict[str, str]:
    """The year after the present one, without cycles, with a closure on its first day."""
    present = queries.latest_year(session, world.lena.school_id)
    assert present is not None
    dates = a_year_on(queries.dates_of(session, [present])[present.id])
    year: AcademicYear = operations.add_year(session, world.lena.school_id, dates, by=None)
    first = ClosureDates("INSET day", Span(dates.span.starts_on, dates.span.starts_on))
    closure = operations.add_closure(session, world.lena.school_id, first, by=None)
    return {
        "year": str(year.id),
        "year_mark": dates.mark,
        "colleague": str(world.asha.id),
        "closure": str(closure.id),
        **{f"year_{name}": value for name, value in typed(dates).items()},
        **{f"new_year_{name}": value for name, value in typed(a_year_on(dates)).items()},
        **{f"closure_{name}": value for name, value in typed_closure(first).items()},
        "closure_standing": first.mark,
    }
