"""Tables that people bring and take away, as CSV (RFC 4180): read with every fault by its line, written so that no
cell is taken for a formula.

A spreadsheet program runs what begins with `=`, `+`, `-` or `@` when it opens a file; such a cell is written with an
apostrophe in front (SAFEGUARDING E5, OWASP "CSV Injection").
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from veo_workflow.errors import InvalidInput

LARGEST = 2_000_000
MOST_LINES = 2_000
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MADE_SAFE = re.compile(r"'+[=+\-@\t\r]")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Line:
    """One line of a table: its number in the file, the first being 1, and its cells by column, trimmed.

    `surplus` says that something stands beyond the last column, as after a comma without quotation marks.
    """

    number: int
    cells: dict[str, str]
    surplus: bool = False


def read(content: bytes, *, columns: Sequence[str], required: Sequence[str]) -> list[Line]:
    """The lines of a CSV file that begins with its columns' names, in any order and case; empty lines are left out.

    Comma, semicolon and tab are all taken.  Raises InvalidInput for a file that cannot be read as a whole: too large,
    another encoding, more than `MOST_LINES` lines, an unknown, repeated or missing column.
    """
    text = text_of(content)
    rows = _rows(text)
    if not rows:
        raise InvalidInput("This file is empty. Its first line has to name the columns.")
    _, heading = rows[0]
    names = [name.strip().casefold().replace(" ", "_") for name in heading]
    _check_heading(names, columns, required)
    if len(rows) - 1 > MOST_LINES:
        raise InvalidInput(
            f"This file has {len(rows) - 1:,} lines; {MOST_LINES:,} at most are read at once. Split it and bring the "
            "parts one by one."
        )
    return [
        Line(
            number,
            {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name},
            surplus=any(cell.strip() for cell in cells[len(names) :]),
        )
        for number, cells in rows[1:]
    ]


def text_of(content: bytes) -> str:
    """The file as text, in whichever of the usual encodings it is. Raises InvalidInput."""
    if len(content) > LARGEST:
        raise InvalidInput("This file is larger than 2 MB, so it is not a list of that kind. Choose another.")
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise InvalidInput(
            "The letters in this file cannot be read. In the spreadsheet, save it as “CSV UTF-8” and choose it again."
        ) from None
    if "\0" in text:
        raise InvalidInput("This is not a text file. In the spreadsheet, save it as “CSV UTF-8” and choose it again.")
    return text


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """(line in the file, cells) of every line with something in it."""
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader, rows, starts = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((starts, cells))
            starts = reader.line_num + 1
    except csv.Error:
        raise InvalidInput(f"Line {starts} of this file cannot be read. Look for a stray quotation mark.") from None
    return rows


def _check_heading(names: list[str], columns: Sequence[str], required: Sequence[str]) -> None:
    missing = [name for name in required if name not in names]
    if missing:
        raise InvalidInput(
            f"The first line has to name the columns. Missing: {', '.join(missing)}. Known: {', '.join(columns)}."
        )
    unknown = [name for name in names if name and name not in columns]
    if unknown:
        raise InvalidInput(f"There is no column called “{unknown[0]}” here. Known: {', '.join(columns)}.")
    twice = [name for name in columns if names.count(name) > 1]
    if twice:
        raise InvalidInput(f"The column “{twice[0]}” is there twice. Remove one of them.")


def write(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV file for a spreadsheet: with a mark that it is UTF-8, and no cell that it would run as a formula."""
    return "".join(pieces(heading, rows))


def pieces(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The same line by line, for a table that need not be in memory as a whole."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow(heading)
    for row in rows:
        yield _taken(out)
        writer.writerow([safe(cell) for cell in row])
    yield _taken(out)


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text


def safe(cell: object) -> str:
    """The cell as text that stays text. Numbers are left as they are, a minus sign included."""
    if cell is None:
        return ""
    said = str(cell)
    if isinstance(cell, int | float):
        return said
    return f"'{said}" if said.startswith(_STARTS_A_FORMULA) or _MADE_SAFE.match(said) else said


def plain(cell: str) -> str:
    """The text of a cell that `safe` wrote: what is taken along comes back the same."""
    return cell[1:] if _MADE_SAFE.match(cell) else cell
