"""The access matrix: every endpoint of the application, room by room (SAFEGUARDING A1).

A room's module says its `ROWS`; where its addresses need things to be there, its `fill(session, world)` makes them and
returns their ids by name.
"""

from tests.access.matrix import (
    clips,
    cycles,
    operating,
    pages,
    people,
    playbook,
    removal,
    reviews,
    sessions,
    tags,
    takeout,
    year,
)

ROOMS = (clips, cycles, operating, pages, people, playbook, removal, reviews, sessions, tags, takeout, year)
MATRIX = tuple(row for room in ROOMS for row in room.ROWS)
