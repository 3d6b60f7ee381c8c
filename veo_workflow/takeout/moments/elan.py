"""Moments as annotations for ELAN, the annotation program of the Max Planck Institute: EAF 3.0, times in ms.

A tier for each step says who marked what kind of moment, and a tier for notes what they wrote.  Annotations of one
tier cannot overlap in ELAN, nor be without length: where moments of a step overlap, it goes on in a second tier.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from xml.etree import ElementTree as ET

from veo_workflow.takeout.moments.rules import Film, Moment, lanes, sayable

SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
TYPE = "moment"
NOTES = "Notes"

Tier = tuple[str, list[Moment], Callable[[Moment], str]]
Annotation = tuple[int, int, str]  # start and end in ms, words


def eaf(film: Film, made_at: datetime) -> bytes:
    """The film it speaks of is linked by its name alone: ELAN finds it in the folder that the file lies in."""
    root = ET.Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "",
            "DATE": made_at.isoformat(timespec="seconds"),
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": INSTANCE,
            "xsi:noNamespaceSchemaLocation": SCHEMA,
        },
    )
    placed = [(name, _annotations(lane, say)) for name, lane, say in _tiers(film)]
    _header(root, film, sum(len(annotations) for _, annotations in placed))
    slots = _slots(root, [span for _, annotations in placed for *span, _ in annotations])
    _add_tiers(root, placed, slots)
    kind = {"LINGUISTIC_TYPE_ID": TYPE, "TIME_ALIGNABLE": "true", "GRAPHIC_REFERENCES": "false"}
    ET.SubElement(root, "LINGUISTIC_TYPE", kind)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="UTF-8", xml_declaration=True))


def _tiers(film: Film) -> Iterator[Tier]:
    """In the steps' order; of those without a step last."""
    steps = sorted({(m.number is None, m.number or 0, m.of_step) for m in film.moments})
    for _, number, name in steps:
        yield from _in_lanes(name, (m for m in film.moments if (m.number or 0) == number), _marked)
    yield from _in_lanes(NOTES, (m for m in film.moments if m.note or m.replies), _noted)


def _in_lanes(name: str, moments: Iterable[Moment], say: Callable[[Moment], str]) -> Iterator[Tier]:
    for number, lane in enumerate(lanes(moments), 1):
        yield (name if number == 1 else f"{name} ({number})"), lane, say


def _marked(moment: Moment) -> str:
    return f"{moment.kind}, {moment.by}{'' if moment.shared else ', draft'}"


def _noted(moment: Moment) -> str:
    lines = [f"{moment.by}: {moment.note}"] if moment.note else []
    return "\n".join([*lines, *(f"{reply.by}: {reply.text}" for reply in moment.replies)])


def _annotations(lane: list[Moment], say: Callable[[Moment], str]) -> list[Annotation]:
    return [(m.start_ms, max(m.end_ms, m.start_ms + 1), say(m)) for m in lane]


def _header(root: ET.Element, film: Film, annotations: int) -> None:
    header = ET.SubElement(root, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    name = film.file_name("mp4")
    media = {"MEDIA_URL": name, "RELATIVE_MEDIA_URL": name, "MIME_TYPE": "video/mp4"}
    ET.SubElement(header, "MEDIA_DESCRIPTOR", media)
    ET.SubElement(header, "PROPERTY", {"NAME": "lastUsedAnnotationId"}).text = str(annotations)


def _slots(root: ET.Element, spans: list[list[int]]) -> Iterator[tuple[str, str]]:
    """Each span's own two points, named in the order of time, as ELAN wants them. Two that share one move together."""
    order = ET.SubElement(root, "TIME_ORDER")
    points = sorted((time, span, end) for span, times in enumerate(spans) for end, time in enumerate(times))
    names: dict[tuple[int, int], str] = {}
    for number, (time, span, end) in enumerate(points, 1):
        names[span, end] = f"ts{number}"
        ET.SubElement(order, "TIME_SLOT", {"TIME_SLOT_ID": f"ts{number}", "TIME_VALUE": str(time)})
    return ((names[span, 0], names[span, 1]) for span in range(len(spans)))


def _add_tiers(root: ET.Element, placed: list[tuple[str, list[Annotation]]], slots: Iterator[tuple[str, str]]) -> None:
    numbers = itertools.count(1)
    for name, annotations in placed:
        tier = ET.SubElement(root, "TIER", {"TIER_ID": sayable(name), "LINGUISTIC_TYPE_REF": TYPE})
        for *_, words in annotations:
            begins, ends = next(slots)
            named = {"ANNOTATION_ID": f"a{next(numbers)}", "TIME_SLOT_REF1": begins, "TIME_SLOT_REF2": ends}
            aligned = ET.SubElement(ET.SubElement(tier, "ANNOTATION"), "ALIGNABLE_ANNOTATION", named)
            ET.SubElement(aligned, "ANNOTATION_VALUE").text = sayable(words)
