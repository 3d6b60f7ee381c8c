"""What a breach pack is about."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Uuid, and_, literal, or_, true
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlalchemy.sql.selectable import FromClause

from veo_workflow.clips.models import Clip
from veo_workflow.removal.breach.rules import EVER, Period


@dataclass(frozen=True)
class Asked:
    """An account or a clip of one school, one of the two, and a time."""

    school_id: uuid.UUID
    account: uuid.UUID | None = None
    clip: uuid.UUID | None = None
    period: Period = EVER

    @property
    def subject(self) -> tuple[str, uuid.UUID | None]:
        return ("clip", self.clip) if self.clip else ("person", self.account)

    def about(self, person: SQLCoreOperations[Any]) -> ColumnElement[bool]:
        return Clip.id == self.clip if self.clip else person == literal(self.account, Uuid)

    def touches(self, lines: FromClause) -> ColumnElement[bool]:
        """Which lines have any part in the time: by their moments, and by the last day where there is one."""
        period, until, last_day = self.period, lines.c.until, lines.c.last_day
        within: list[ColumnElement[bool]] = [true()]
        if period.since and period.first:
            within.append(or_(until.is_(None), until >= period.since))
            within.append(or_(last_day.is_(None), last_day >= period.first - timedelta(days=1)))
        if period.before:
            within.append(lines.c.since < period.before)
        return and_(*within)
