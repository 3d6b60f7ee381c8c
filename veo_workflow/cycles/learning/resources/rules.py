"""Pure decisions about a resource: which links are sent on, and how they are named."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from veo_workflow.errors import InvalidInput

TITLE_LENGTH = 120
NOTE_LENGTH = 1000
URL_LENGTH = 2000
NO_LINK = "Paste a whole address that begins with https:// or http://."


@dataclass(frozen=True)
class Link:
    """A link as it was typed, read and checked."""

    url: str
    title: str
    note: str


def read_link(sent: dict[str, str]) -> Link:
    """The link in a form's named fields; without a title it is named for its site. Raises InvalidInput."""
    problems: dict[str, str] = {}
    url, note = sent.get("url", "").strip(), "\n".join(sent.get("note", "").splitlines()).strip()
    title, site = " ".join(sent.get("title", "").split()), ""
    try:
        site = site_of(url)
    except ValueError:
        problems["url"] = NO_LINK
    if len(title) > TITLE_LENGTH:
        problems["title"] = f"Keep the name to {TITLE_LENGTH} characters."
    if len(note) > NOTE_LENGTH:
        problems["note"] = f"Keep the note to {NOTE_LENGTH:,} characters."
    if problems:
        raise InvalidInput("This is not sent yet. Look at what is marked.", fields=problems)
    return Link(url, title or site[:TITLE_LENGTH], note)


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
