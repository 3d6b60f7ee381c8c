"""Pure decisions about a resource: what is sent on, and how it is named."""

import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

from veo_workflow.cycles.attachments.rules import shown_name
from veo_workflow.errors import InvalidInput

TITLE_LENGTH = 120
NOTE_LENGTH = 1000
URL_LENGTH = 2000
NOT_SENT = "This is not sent yet. Look at what is marked."
NOT_IN_USE = "The two of you no longer use this strategy. Choose another, or none."
NO_LINK = "Paste a whole address that begins with https:// or http://."
NOTHING = "Paste an address that begins with https://, or choose a photo or a PDF."
BOTH = "Send an address or a file, not both. Empty the address, or choose no file."


@dataclass(frozen=True)
class ResourceWords:
    """What is said of a resource, read and checked; of a file there is no `url`. `about` is a wording of a strategy."""

    url: str
    title: str
    note: str
    about: uuid.UUID | None = None


def read_resource(sent: dict[str, str], file_name: str = "") -> ResourceWords:
    """The words in a form's named fields, with the name of the file that came along, if one did.

    Exactly one of address and file is needed. Without a title it is named for its site or file. Raises InvalidInput.
    """
    problems: dict[str, str] = {}
    url, note = sent.get("url", "").strip(), "\n".join(sent.get("note", "").splitlines()).strip()
    title, named_for = " ".join(sent.get("title", "").split()), ""
    try:
        named_for = _named_for(url, file_name)
    except InvalidInput as wrong:
        problems |= wrong.fields
    if len(title) > TITLE_LENGTH:
        problems["title"] = f"Keep the name to {TITLE_LENGTH} characters."
    if len(note) > NOTE_LENGTH:
        problems["note"] = f"Keep the note to {NOTE_LENGTH:,} characters."
    about = None
    try:
        about = uuid.UUID(sent["about"]) if sent.get("about") else None
    except ValueError:
        problems["about"] = NOT_IN_USE
    if problems:
        raise InvalidInput(NOT_SENT, fields=problems)
    return ResourceWords(url, title or named_for[:TITLE_LENGTH], note, about)


def _named_for(url: str, file_name: str) -> str:
    if url and file_name:
        raise InvalidInput(BOTH, fields={"file": BOTH})
    if file_name:
        return shown_name(file_name)
    try:
        return site_of(url)
    except ValueError:
        sentence = NO_LINK if url else NOTHING
        raise InvalidInput(sentence, fields={"url": sentence}) from None


def site_of(url: str) -> str:
    """The site a link leads to, as it is looked up: foreign letters in their plain form, so that none misleads.

    Raises ValueError for what is no plain web address, or carries a name and password.
    """
    if len(url) > URL_LENGTH or any(letter.isspace() or not letter.isprintable() for letter in url):
        raise ValueError(url)
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None or "\\" in url:
        raise ValueError(url)
    port = f":{parts.port}" if parts.port else ""
    return parts.hostname.encode("idna").decode() + port
