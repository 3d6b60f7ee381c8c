"""The access matrix: every endpoint of the application, room by room (SAFEGUARDING A1).

A module here says a room's `ROWS`; where its addresses need things to be there, its `fill(session, world)` makes them
and returns their ids by name.
"""

import importlib
import pkgutil

ROOMS = tuple(importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
MATRIX = tuple(row for room in ROOMS for row in room.ROWS)
