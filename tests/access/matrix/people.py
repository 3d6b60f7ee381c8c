from sqlalchemy.orm import Session

from tests.access.rows import EVERYBODY, Row
from tests.support.world import World

LEAD = frozenset({"lena"})

ROWS = (
    Row("people.sign_in", "GET", "/sign-in", EVERYBODY, open_to_all=True),
    Row("people.sign_in_now", "POST", "/sign-in", EVERYBODY, open_to_all=True, ok=frozenset({422})),
    Row("people.sign_out", "POST", "/sign-out", EVERYBODY, open_to_all=True),
    Row("people.confirm", "GET", "/confirm", EVERYBODY),
    Row("people.confirm_now", "POST", "/confirm", EVERYBODY, ok=frozenset({422})),
    # Where no provider is set up there is nothing.
    Row("provider.leave", "GET", "/sign-in/provider", EVERYBODY, open_to_all=True, ok=frozenset({404})),
    Row("provider.come_back", "GET", "/sign-in/provider/back", EVERYBODY, open_to_all=True, ok=frozenset({404})),
    Row("provider.typed", "GET", "/sign-in/provider/typed/nothing", EVERYBODY, ok=frozenset({404})),
    Row("people.forgotten", "GET", "/forgotten", EVERYBODY, open_to_all=True),
    Row("people.welcome", "GET", "/welcome/not-a-token", EVERYBODY, open_to_all=True, ok=frozenset({410})),
    Row("people.welcome_now", "POST", "/welcome/not-a-token", EVERYBODY, open_to_all=True, ok=frozenset({410})),
    Row("people.everybody", "GET", "/people", frozenset({"ada"})),
    Row(
        "people.add",
        "POST",
        "/people",
        frozenset({"ada"}),
        form=lambda _: {"email": "new@example.org", "name": "New Person"},
    ),
    Row("pairs.everybody", "GET", "/pairs", LEAD),
    Row(
        "pairs.make",
        "POST",
        "/pairs",
        LEAD,
        form=lambda ids: {
            "coach": str(ids.world.theo.id),
            "coachee": str(ids.world.tess.id),
            "starts_on": "2026-09-01",
        },
    ),
    Row("pairs.ask", "GET", "/pairs/{pair}/end", LEAD),
    Row("pairs.end", "POST", "/pairs/{pair}/end", LEAD),
    Row(
        "pairs.pair_again",
        "POST",
        "/pairs/{pair}/coach",
        LEAD,
        form=lambda ids: {"coach": str(ids.world.tess.id)},
    ),
)


def fill(session: Session, world: World) -> dict[str, str]:
    return {"pair": str(world.pair.id)}
