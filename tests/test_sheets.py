"""Tables as CSV: read line by line, written so that no cell runs as a formula."""

import csv
import io

import pytest

from veo_workflow import sheets
from veo_workflow.errors import InvalidInput

COLUMNS = ("name", "email")


def read(content: bytes) -> list[sheets.Line]:
    return sheets.read(content, columns=COLUMNS, required=("email",))


@pytest.mark.parametrize(
    "content",
    [
        b"email,name\nasha@example.org,Asha\n",
        b"E-mail".replace(b"-", b"") + b";Name\r\nasha@example.org;Asha\r\n",
        b"\xef\xbb\xbfemail\tname\nasha@example.org\t Asha ",
        "email,name\nasha@example.org,Asha".encode("utf-16"),
    ],
    ids=["plain", "semicolons", "utf-8 with a mark and tabs", "utf-16"],
)
def test_a_table_is_read_however_a_spreadsheet_saved_it(content: bytes) -> None:
    assert read(content) == [sheets.Line(2, {"email": "asha@example.org", "name": "Asha"})]


def test_a_line_is_numbered_as_in_the_file() -> None:
    lines = read(b'email,name\n\n"a@b.c","two\nlines"\nd@e.f,D\n')
    assert [(line.number, line.cells["email"]) for line in lines] == [(3, "a@b.c"), (5, "d@e.f")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"name\nAsha", "Missing: email"),
        (b"email,colour\na@b.c,red", "no column called “colour”"),
        (b"email,email\na@b.c,a@b.c", "there twice"),
        ("email,name\na@b.c,Zoë".encode("cp1252"), "CSV UTF-8"),
        (b"PK\x03\x04\0\0\0\0", "not a text file"),
        (b"email\n" + b"a@b.c\n" * 10_000, "10,000 lines"),
        (b"x" * (sheets.LARGEST + 1), "larger than 2 MB"),
        (b'email,name\na@b.c,"' + b"x" * 200_000, "Line 2"),
    ],
)
def test_a_file_that_cannot_be_read_gives_one_plain_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(content)
    assert sentence in refused.value.message


@pytest.mark.parametrize("cell", ["=1+1", "+44 20", "-cmd", "@sum", "\t=1", "\r=1"])
def test_no_cell_is_taken_for_a_formula(cell: str) -> None:
    written = sheets.write(["name"], [[cell]])
    assert next(csv.reader(io.StringIO(written.partition("\r\n")[2], newline="")))[0] == "'" + cell


def test_numbers_and_words_stay_as_they_are() -> None:
    assert sheets.write(["what", "figure", "none"], [["Zoë, “hi”", -3, None]]) == (
        '\ufeffwhat,figure,none\r\n"Zoë, “hi”",-3,\r\n'
    )
