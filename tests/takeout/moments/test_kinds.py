"""Moments as a table, as chapters and as annotations, each read back by a reader that is not ours."""

import csv
import html
import io
import itertools
import random
import re
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
import webvtt
from pympi.Elan import Eaf

from veo_workflow.takeout.moments.chapters import TITLE_LENGTH, chapters, vtt
from veo_workflow.takeout.moments.elan import eaf
from veo_workflow.takeout.moments.rules import Film, Moment, Reply, sayable
from veo_workflow.takeout.moments.table import table

MADE = datetime(2026, 11, 30, 12, tzinfo=UTC)
ODD = {
    "quotation marks": 'She said "now", ‘then’ and “later”',
    "umlauts": "Schülerinnen und Schüler grüßen, naïve façade, Łódź",
    "emoji": "Thumbs up 👍🏽 and a family 👨‍👩‍👧",
    "an arrow": "00:00:01.000 --> 00:00:02.000",
    "lines": "First\n\nsecond\r\nthird\rfourth",
    "markup": "<v Priya>&amp; <b>bold</b> ]]> &",
    "very long": "Everybody writes. " * 556,
    "what XML cannot hold": "bell\x07 escape\x1b null\x00 half\ud800 end\uffff stop",
    "a formula": '=HYPERLINK("http://example.org")',
    "a separator": "one;two,three\tfour",
}


def moment(
    start_ms: int = 6017, end_ms: int = 10_017, note: str = "", number: int | None = 1, by: str = "Priya Nair"
) -> Moment:
    step = "Names" if number == 1 else "Start task" if number else ""
    return Moment(start_ms, start_ms, end_ms, number, step, "strength", note, by, shared=True)


def film(*moments: Moment, title: str = "Coming in after lunch") -> Film:
    return Film(uuid.UUID(int=7), title, MADE, moments)


def read_table(films: list[Film]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table(films).removeprefix("\ufeff"), newline="")))


def read_chapters(of: Film) -> list[tuple[int, int, str]]:
    """(start and end in ms, title) of each."""
    found = webvtt.from_string(vtt(of))
    return [(_ms(caption.start), _ms(caption.end), html.unescape(caption.text)) for caption in found]


def _ms(time: str) -> int:
    hours, minutes, seconds, thousandths = (int(part) for part in re.split("[:.]", time))
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def read_annotations(of: Film, folder: Path) -> Eaf:
    path = folder / "moments.eaf"
    path.write_bytes(eaf(of, MADE))
    return Eaf(str(path))


@pytest.mark.parametrize("note", ODD.values(), ids=ODD.keys())
def test_odd_notes_read_back_from_every_kind_of_file(note: str, tmp_path: Path) -> None:
    of = film(moment(note=note, by='Ö "Bo" <Nair>'), moment(20_017, 20_017, note), title=note[:80])
    (line, _) = read_table([of])
    assert line["note"].removeprefix("'") == sayable(note)
    assert not line["note"].startswith("=")
    assert line["clip"].removeprefix("'") == sayable(note[:80])
    titles = [title for _, _, title in read_chapters(of)]
    assert "<" not in vtt(of)
    said = "1 Names: " + " ".join(sayable(note).split())
    assert titles == [said if len(said) <= TITLE_LENGTH else said[: TITLE_LENGTH - 1].rstrip() + "…"] * 2
    read = read_annotations(of, tmp_path)
    notes = sorted(read.get_annotation_data_for_tier("Notes"))
    assert notes[0] == (6017, 10_017, f'Ö "Bo" <Nair>: {sayable(note)}')


def test_a_table_has_a_line_for_each_moment_with_its_times_and_replies() -> None:
    replied = Moment(
        8017,
        6017,
        10_017,
        2,
        "Start task",
        "question",
        "Why?",
        "Priya Nair",
        False,
        (Reply("Asha Khan", "Because."), Reply("Priya Nair", "=1+1")),
    )
    lines = read_table([film(moment(note="One")), film(replied, title="@lunch")])
    assert [line["clip"] for line in lines] == ["Coming in after lunch", "'@lunch"]
    assert lines[1] | {"clip": ""} == {
        "clip": "",
        "at": "0:06.0",
        "start_ms": "6017",
        "end_ms": "10017",
        "pressed_ms": "8017",
        "step": "2",
        "step_name": "Start task",
        "kind": "question",
        "note": "Why?",
        "by": "Priya Nair",
        "shared": "",
        "replies": "Asha Khan: Because.\nPriya Nair: =1+1",
    }


def test_chapters_are_in_order_each_named_by_its_step() -> None:
    of = film(moment(note="One"), moment(30_017, 3_700_017, number=None), moment(40_017, 41_017, number=2))
    assert read_chapters(of) == [
        (6017, 10_017, "1 Names: One"),
        (30_017, 3_700_017, "No step, strength"),
        (40_017, 41_017, "2 Start task, strength"),
    ]


def test_chapters_last_and_any_two_are_apart_or_one_inside_the_other() -> None:
    chosen = random.Random(7)
    for _ in range(200):
        starts = sorted(chosen.randrange(0, 400) for _ in range(chosen.randrange(1, 12)))
        found = chapters(film(*(moment(start, start + chosen.randrange(0, 120)) for start in starts)))
        assert sorted(chapter.start for chapter in found) == starts
        assert all(chapter.start < chapter.end for chapter in found)
        for n, one in enumerate(found):
            for other in found[n + 1 :]:
                assert one.end <= other.start or other.end <= one.end, (one, other)


def test_a_film_without_moments_makes_files_that_can_be_read(tmp_path: Path) -> None:
    assert read_table([film()]) == []
    assert read_chapters(film()) == []
    assert list(read_annotations(film(), tmp_path).get_tier_names()) == []


def test_annotations_have_a_tier_for_each_step_and_one_for_notes(tmp_path: Path) -> None:
    draft = Moment(30_017, 30_017, 31_017, 2, "Start task", "note", "Mine", "Asha Khan", shared=False)
    replied = Moment(
        50_017, 50_017, 51_017, None, "", "question", "", "Priya Nair", True, (Reply("Asha Khan", "Yes."),)
    )
    read = read_annotations(film(moment(note="One"), draft, replied), tmp_path)
    assert list(read.get_tier_names()) == ["1 Names", "2 Start task", "No step", "Notes"]
    assert read.get_annotation_data_for_tier("1 Names") == [(6017, 10_017, "strength, Priya Nair")]
    assert read.get_annotation_data_for_tier("2 Start task") == [(30_017, 31_017, "note, Asha Khan, draft")]
    assert read.get_annotation_data_for_tier("Notes") == [
        (6017, 10_017, "Priya Nair: One"),
        (30_017, 31_017, "Asha Khan: Mine"),
        (50_017, 51_017, "Asha Khan: Yes."),
    ]
    assert read.header["TIME_UNITS"] == "milliseconds"


def test_moments_that_overlap_or_have_no_length_stand_on_tiers_where_none_overlaps(tmp_path: Path) -> None:
    chosen = random.Random(7)
    starts = sorted(chosen.randrange(0, 40) * 1000 + 17 for _ in range(60))
    of = film(
        *(moment(start, start + chosen.choice([0, 0, 1000, 7000]), number=chosen.choice([1, 2])) for start in starts)
    )
    read = read_annotations(of, tmp_path)
    tiers = [sorted(read.get_annotation_data_for_tier(name)) for name in read.get_tier_names()]
    assert sum(len(tier) for tier in tiers) == 60
    for tier in tiers:
        assert all(start < end for start, end, _ in tier)
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(tier))
    assert "1 Names (2)" in read.get_tier_names()


def test_the_film_is_linked_by_its_name_alone(tmp_path: Path) -> None:
    read = read_annotations(film(title="../../etc/Ünter Room 4\\x"), tmp_path)
    (linked,) = read.get_linked_files()
    assert linked["MEDIA_URL"] == "2026-11-30-etc-unter-room-4-x-00000007.mp4"
    assert linked["RELATIVE_MEDIA_URL"] == linked["MEDIA_URL"]
    assert linked["MIME_TYPE"] == "video/mp4"
