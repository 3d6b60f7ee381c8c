import base64
import io

from sqlalchemy.orm import Session

from tests.access.rows import Row
from tests.support.world import World
from veo_workflow.people.models import Person
from veo_workflow.people.staff.operations import what_would_change

ADMINISTRATOR = frozenset({"ada"})
LIST = b"name,e-mail\nNew Person,new@example.org\n"

ROWS = (
    Row("staff.choose", "GET", "/people/import", ADMINISTRATOR),
    Row("staff.look", "POST", "/people/import", ADMINISTRATOR, form=lambda _: {"file": (io.BytesIO(LIST), "a.csv")}),
    Row(
        "staff.apply",
        "POST",
        "/people/import/apply",
        ADMINISTRATOR,
        form=lambda ids: {"content": base64.b64encode(LIST).decode(), "mark": ids.more["import_mark"]},
    ),
    Row("staff.as_csv", "GET", "/people/staff.csv", ADMINISTRATOR),
    Row("staff.make_links", "POST", "/people/links", ADMINISTRATOR, form=lambda ids: {"person": ids.more["beginner"]}),
    # Without a mail server there is nothing to be had for the administrator either.
    Row("staff.write_letters", "POST", "/people/letters", ADMINISTRATOR, ok=frozenset({422})),
)


def fill(session: Session, world: World) -> dict[str, str]:
    ada = session.get_one(Person, world.ada.id)
    return {"import_mark": what_would_change(session, LIST, by=ada).mark, "beginner": str(world.tess.id)}
