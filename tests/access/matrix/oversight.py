from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.access.rows import EVERYBODY, PAIR, Row
from tests.support.world import World
from veo_workflow.database import now
from veo_workflow.oversight.logs import operations as logs
from veo_workflow.oversight.logs.rules import Conversation, LogWords
from veo_workflow.oversight.models import Theme
from veo_workflow.people.models import Pair, Person
from veo_workflow.schools.models import HalfTerm

LEAD = frozenset({"lena"})
COACH = frozenset({"priya"})
PAIRS_NOTE = "canary-pair-note"

ROWS = (
    Row("logs.own", "GET", "/logs", EVERYBODY),
    Row("logs.log", "GET", "/logs/{pair}/{half_term}", PAIR),
    Row(
        "logs.write",
        "POST",
        "/logs/{pair}/{half_term}",
        COACH,
        seen_but_refused=frozenset({"asha"}),
        form=lambda _: {"after": "1.1", "needs": "A quiet room."},
    ),
    Row("logs.read", "GET", "/logs/read/{log}", LEAD),
    Row("logs.remind", "POST", "/logs/{pair}/{owed}/remind", LEAD),
    Row("logs.themes", "GET", "/logs/themes", LEAD),
    Row("logs.add_theme", "POST", "/logs/themes", LEAD, form=lambda _: {"name": "Carpet time"}),
    Row("logs.retire_theme", "POST", "/logs/themes/{theme}/retire", LEAD),
    Row("overview.term", "GET", "/overview", LEAD),
    Row("overview.logs", "GET", "/overview/logs", LEAD),
    Row("overview.as_csv", "GET", "/overview/logs.csv", LEAD),
)


def fill(session: Session, world: World) -> dict[str, str]:
    """A log of the pair that is handed in, with a note beside it, in the newest half-term that has begun.

    `owed` is a half-term of which there is none.
    """
    pair, priya = session.get_one(Pair, world.pair.id), session.get_one(Person, world.priya.id)
    half = session.scalars(
        select(HalfTerm)
        .where(HalfTerm.school_id == pair.school_id, HalfTerm.starts_on <= now().date())
        .order_by(HalfTerm.starts_on.desc())
    ).first()
    assert half is not None
    owed = session.scalars(
        select(HalfTerm.id).where(HalfTerm.school_id == pair.school_id, HalfTerm.id != half.id)
    ).first()
    theme = session.scalars(select(Theme).where(Theme.school_id == pair.school_id)).first()
    assert theme is not None
    words = LogWords(
        conversations=(Conversation(half.starts_on + timedelta(days=1), 20),),
        needs="Time to talk.",
        themes=frozenset({theme.id}),
        note=PAIRS_NOTE,
    )
    log = logs.write(session, pair, half, words, after="0.0", hand_in=True, by=priya)
    return {"half_term": str(half.id), "owed": str(owed), "log": str(log.id), "theme": str(theme.id)}
