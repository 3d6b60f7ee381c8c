from veo_workflow.errors import InvalidInput

LONGEST = 1000  # characters


def read_words(sent: str) -> str:
    """The adaptation as it was typed, nothing where there is none. Raises InvalidInput."""
    words = sent.strip()
    if len(words) > LONGEST:
        raise InvalidInput(
            "This is not saved yet. Please look at what is marked.",
            fields={"words": f"Keep it to {LONGEST:,} characters: what you do, and why."},
        )
    return words
