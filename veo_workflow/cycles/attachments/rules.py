"""What a file belongs to, how it and its object are named, and whether there is room for it. Pure."""

import enum
import re
import uuid
from dataclasses import dataclass
from pathlib import PurePosixPath

from veo_workflow.errors import InvalidInput

NAME_LENGTH = 80


class Folder(enum.StrEnum):
    """Where in storage the objects lie, by what they belong to."""

    EVIDENCE = "evidence"
    RESOURCES = "resources"


@dataclass(frozen=True)
class Holder:
    """The piece of evidence or the resource that a file belongs to."""

    folder: Folder
    id: uuid.UUID


def shown_name(sent: str | None) -> str:
    """A file's own name, without the folders and the ending that came with it, for the pair to tell files apart."""
    last = PurePosixPath((sent or "").replace("\\", "/")).name
    plain = re.sub(r"[^\w .,()’'-]", " ", last.rsplit(".", 1)[0])
    return " ".join(plain.split())[:NAME_LENGTH] or "File"


def key_of(holder: Holder, attachment_id: uuid.UUID, content_type: str) -> str:
    return f"{holder.folder}/{holder.id}/{attachment_id}.{'jpg' if content_type == 'image/jpeg' else 'pdf'}"


def check_room(*, size: int, mine: int, school: int, quota_mine: int, quota_school: int) -> None:
    """Whether a file of `size` bytes may be added; all others are bytes in use and allowed. Raises InvalidInput."""
    if mine + size > quota_mine:
        raise InvalidInput(
            "Your clips and files fill the space you have. Remove what you no longer need, or ask for more."
        )
    if school + size > quota_school:
        raise InvalidInput("The school’s space for clips and files is full. Ask your administrator for more.")
