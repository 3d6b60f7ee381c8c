from typing import Any

from veo_workflow.errors import InvalidInput

LENGTH = 2000


def read_reply(sent: dict[str, Any]) -> str:
    """The words of a reply in a request's body. Raises InvalidInput."""
    text = sent.get("text")
    words = text.replace("\0", "").strip() if isinstance(text, str) else ""
    if not words:
        raise InvalidInput("A reply needs a few words. Write them and send it again.", code="text")
    if len(words) > LENGTH:
        raise InvalidInput(f"Keep a reply under {LENGTH} characters; the rest fits a second one.", code="text")
    return words
