"""What a row of the access matrix says: one endpoint, and who of ten relations gets through.

A row names the people who get through; everybody else signed in must get 404, as if nothing were there, except those
in `seen_but_refused`, who may know of the thing and get 403.  Signed out, a page leads to the sign-in and anything
else answers 401, except for rows that are open to all.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.world import World

EVERYBODY = frozenset({"asha", "priya", "theo", "tess", "sam", "lena", "sid", "ada", "olu"})
PAIR = frozenset({"asha", "priya"})
COACHEE = frozenset({"asha"})
CLIP_SEERS = PAIR  # a share is a door of its own
CLIP_OTHERS = CLIP_SEERS - COACHEE


@dataclass(frozen=True)
class Ids:
    """What the rows' addresses are made of; all belong to Asha, or to the pair."""

    world: World
    cycle: str
    clip: str
    failed_clip: str
    tag: str
    share: str
    strategy: str
    upload: str
    more: dict[str, str] = field(default_factory=dict)  # what a room's own `fill` has made, by name

    @property
    def named(self) -> dict[str, str]:
        """Every id by the name under which a row's address may ask for it."""
        own = {name: value for name, value in vars(self).items() if isinstance(value, str)}
        return own | self.more


@dataclass(frozen=True)
class Row:
    """`ok` are the statuses that count as getting through. `path` may use any of `Ids.named` as {name}."""

    endpoint: str
    method: str
    path: str
    through: frozenset[str]
    seen_but_refused: frozenset[str] = frozenset()
    open_to_all: bool = False
    ok: frozenset[int] = frozenset({200, 201, 202, 204, 302, 303})
    form: Callable[[Ids], dict[str, Any]] | None = None
    json: Callable[[Ids], dict[str, Any]] | None = None
    headers: dict[str, str] = field(default_factory=dict)
