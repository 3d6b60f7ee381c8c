"""Pure decisions of a takeout: how values are written as JSON, how files are named, what fits on paper."""

import json
import re
import unicodedata
import uuid
from datetime import date, datetime
from typing import Any

MOMENTS_ON_PAPER = 200  # so many are a matter of seconds


def written(value: object) -> bytes:
    """A takeout as JSON that people can read too; moments are UTC in ISO 8601, times on a clip whole milliseconds."""
    return (json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n").encode()


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"a takeout holds plain values, not {type(value).__name__}")


def file_name(on: datetime, words: str, thing: uuid.UUID, ending: str) -> str:
    """`2026-11-25-entry-routines-1a2b3c4d.json`: plain letters that every system takes, and never twice the same."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:40].strip("-")
    return "-".join(part for part in (f"{on:%Y-%m-%d}", slug, thing.hex[-8:]) if part) + f".{ending}"


def for_paper(held: dict[str, Any]) -> dict[str, Any]:
    """The same with no more moments than can be read on paper, by clip; `moments_total` says how many there are."""
    by_clip: dict[Any, dict[str, Any]] = {}
    for moment in held["moments"][:MOMENTS_ON_PAPER]:
        clip = by_clip.setdefault(moment["clip_id"], {"title": moment["clip"], "moments": []})
        clip["moments"].append(moment)
    return held | {"by_clip": list(by_clip.values()), "more": max(0, held["moments_total"] - MOMENTS_ON_PAPER)}
