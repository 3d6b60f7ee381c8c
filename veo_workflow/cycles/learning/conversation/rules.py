"""Pure decisions about what two people write to each other."""

from veo_workflow.errors import InvalidInput

LENGTH = 2000


def read_text(typed: str) -> str:
    """A message as plain text. Raises InvalidInput."""
    text = "\n".join(typed.splitlines()).strip()
    if not text:
        raise InvalidInput("Write something first.", fields={"text": "Write a line or two."})
    if len(text) > LENGTH:
        raise InvalidInput(
            "This is not sent yet.",
            fields={"text": f"Keep a message to {LENGTH:,} characters; this one has {len(text):,}. Send it in parts."},
        )
    return text
