"""Moments as chapters for a player: WebVTT (W3C, 2019), of the kind that has chapter titles alone.

Chapters may lie one inside the other and must not overlap otherwise, and each lasts; moments overlap as people press.
So one that reaches into a later one, and ends inside it, ends where that begins.
"""

from dataclasses import dataclass

from veo_workflow.takeout.moments.rules import Film, Moment, one_line

TITLE_LENGTH = 160  # a chapter's name stands in a menu; the whole note is in the table and in ELAN's file


@dataclass
class Chapter:
    """`start` and `end` in ms."""

    start: int
    end: int
    title: str


def vtt(film: Film) -> str:
    cues = [
        f"{number}\n{_time(chapter.start)} --> {_time(chapter.end)}\n{_escaped(chapter.title)}\n"
        for number, chapter in enumerate(chapters(film), 1)
    ]
    return "\n".join(["WEBVTT\n", *cues])


def chapters(film: Film) -> list[Chapter]:
    """In order of their beginning, the longer first; each lasts, and any two are apart or one inside the other."""
    wanted = [Chapter(m.start_ms, max(m.end_ms, m.start_ms + 1), _title(m)) for m in film.moments]
    wanted.sort(key=lambda chapter: (chapter.start, -chapter.end))
    open_ones: list[Chapter] = []
    for chapter in wanted:
        open_ones = [other for other in open_ones if other.end > chapter.start]
        for other in open_ones:
            if other.end < chapter.end:
                other.end = chapter.start
        open_ones.append(chapter)
    return wanted


def _title(moment: Moment) -> str:
    note = one_line(moment.note)
    title = f"{moment.of_step}: {note}" if note else f"{moment.of_step}, {moment.kind}"
    title = one_line(title)
    return title if len(title) <= TITLE_LENGTH else title[: TITLE_LENGTH - 1].rstrip() + "…"


def _escaped(text: str) -> str:
    """As text of a cue, in which `-->` would begin another cue, and `<` a tag."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(ms: int) -> str:
    seconds, thousandths = divmod(ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{thousandths:03d}"
