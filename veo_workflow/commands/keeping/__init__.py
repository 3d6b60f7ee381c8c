"""Backups: what one is (`manifest`), its database (`databases`), making one (`taking`), using one (`bringing_back`)."""

from collections.abc import Callable
from typing import TypeAlias

from veo_workflow.errors import VeoError

Tell: TypeAlias = Callable[[str, float], None]  # the stage, and how much of it is done: 0 to 1


class BackupUnusable(VeoError):
    """There is no backup in the folder, it is damaged, or it does not fit this copy."""


class CannotBackUp(VeoError):
    """Something outside has to change first; the message names it."""
