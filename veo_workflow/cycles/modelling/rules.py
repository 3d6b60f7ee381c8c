"""How a record of modelling is read from its form. Pure."""

import uuid
from dataclasses import dataclass
from datetime import date

from veo_workflow.cycles.modelling.models import ModellingKind
from veo_workflow.errors import InvalidInput

LONGEST = 2000  # characters of a note
WHO_LENGTH = 80
EARLIEST = date(2000, 1, 1)
MOST = 100  # of one cycle
KINDS = {
    ModellingKind.TALK_THROUGH: "Talked through",
    ModellingKind.DELIBERATE_PRACTICE: "Practised in an empty room",
    ModellingKind.LIVE_MODEL: "Watched live",
    ModellingKind.EXEMPLAR: "Watched on a clip",
}


@dataclass(frozen=True)
class ModellingWords:
    """`exemplar_id` is that of what was watched in the exemplar library, if it was there."""

    kind: ModellingKind
    who: str
    modelled_on: date
    note: str = ""
    exemplar_id: uuid.UUID | None = None


def read_modelling(sent: dict[str, str], *, today: date) -> ModellingWords:
    """A record in a form's named fields. Raises InvalidInput naming each field."""
    problems: dict[str, str] = {}
    kind, who, note = sent.get("kind", ""), " ".join(sent.get("who", "").split()), sent.get("note", "").strip()
    if kind not in set(ModellingKind):
        problems["kind"] = "Choose one of the four ways."
    if not 1 <= len(who) <= WHO_LENGTH:
        problems["who"] = f"Write who modelled it, in at most {WHO_LENGTH} characters."
    if len(note) > LONGEST:
        problems["note"] = f"Keep the note to {LONGEST:,} characters."
    try:
        day = date.fromisoformat(sent.get("modelled_on", "").strip())
    except ValueError:
        day = date.min
    if not EARLIEST <= day <= today:
        problems["modelled_on"] = "Choose the day on which it was: today, or earlier."
    exemplar = _read_id(sent.get("exemplar", ""), problems)
    if exemplar and kind != ModellingKind.EXEMPLAR:
        problems["exemplar"] = f"Choose “{KINDS[ModellingKind.EXEMPLAR]}” above, or no clip here."
    if problems:
        raise InvalidInput("This is not saved yet. Please look at what is marked.", fields=problems)
    return ModellingWords(ModellingKind(kind), who, day, note, exemplar)


def _read_id(sent: str, problems: dict[str, str]) -> uuid.UUID | None:
    try:
        return uuid.UUID(sent) if sent else None
    except ValueError:
        problems["exemplar"] = "Choose one of the clips in the list, or none."
        return None
