"""A photo or a PDF is made anew: what can be seen stays, what was hidden goes, what would do harm is refused."""

import zipfile
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from tests.media.attachments.papers import CANARY, everything_in, paper, photo, png_bomb
from tests.support.counter import told
from veo_workflow.media.attachments import LARGEST, SENTENCES, Remade, remake
from veo_workflow.media.model import Limits, Unusable


def made(source: Path, sandbox: bool = True) -> Remade:
    folder = source.parent / "made"
    folder.mkdir(exist_ok=True)
    return remake(source, folder, Limits(sandbox="auto" if sandbox else False))


def refused(source: Path) -> str:
    with pytest.raises(Unusable) as why:
        made(source)
    assert why.value.message == SENTENCES[why.value.code]
    return why.value.code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_stands_upright_and_says_nothing_of_where_it_was_taken(tmp_path: Path, kind: str) -> None:
    kept = made(photo(tmp_path / "photo", kind=kind))
    assert (kept.content_type, kept.width, kept.height) == ("image/jpeg", 200, 320)
    with Image.open(kept.path) as picture:
        assert picture.getpixel((190, 10)) < (60, 60, 60)  # the mark came round to the top right
        assert picture.getpixel((10, 10)) > (200, 200, 200)
        assert not picture.getexif()
    assert CANARY.encode() not in kept.path.read_bytes()
    assert told(kept.path)[0] == set()


def test_a_large_photo_is_made_smaller_and_what_was_clear_is_white(tmp_path: Path) -> None:
    Image.new("RGBA", (4000, 100), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    kept = made(tmp_path / "clear.png", sandbox=False)
    assert (kept.width, kept.height) == (2048, 51)
    with Image.open(kept.path) as picture:
        assert picture.getpixel((5, 5)) == (255, 255, 255)


def test_a_pdf_keeps_its_page_and_nothing_else(tmp_path: Path) -> None:
    source = paper(tmp_path / "work.pdf")
    assert CANARY in everything_in(source)
    kept = made(source)
    assert kept.content_type == "application/pdf"
    found = everything_in(kept.path)
    assert CANARY not in found
    for name in ("/JavaScript", "/Launch", "/URI", "/EmbeddedFile", "/Annots", "/OpenAction", "/AA", "/Metadata"):
        assert name not in found
    with pikepdf.open(kept.path) as pdf:
        page = pdf.pages[0]
        assert "/A" in page.Resources.Font
        assert "/B" in page.Resources.XObject
    assert "(Seen) Tj" in found
    assert "Kept words" in found  # typed into a field, now part of the page


@pytest.mark.parametrize("password", ["secret"])
def test_a_locked_pdf_is_refused(tmp_path: Path, password: str) -> None:
    assert refused(paper(tmp_path / "locked.pdf", password=password)) == "encrypted"


def test_a_pdf_that_opens_for_everybody_but_is_locked_is_refused_too(tmp_path: Path) -> None:
    with pikepdf.open(paper(tmp_path / "open.pdf")) as pdf:
        pdf.save(tmp_path / "owner.pdf", encryption=pikepdf.Encryption(owner="secret", user=""))
    assert refused(tmp_path / "owner.pdf") == "encrypted"


def test_what_is_too_much_is_refused(tmp_path: Path) -> None:
    assert refused(png_bomb(tmp_path / "bomb.png")) == "too_many_pixels"
    assert refused(paper(tmp_path / "long.pdf", pages=41)) == "too_many_pages"
    (tmp_path / "large").write_bytes(b"%PDF-" + b"\0" * LARGEST)
    assert refused(tmp_path / "large") == "too_large"
    (tmp_path / "empty").touch()
    assert refused(tmp_path / "empty") == "empty"


def test_what_is_damaged_or_something_else_is_refused(tmp_path: Path) -> None:
    whole = photo(tmp_path / "whole.jpg", size=(1600, 1200)).read_bytes()
    (tmp_path / "half.jpg").write_bytes(whole[: len(whole) // 2])
    assert refused(tmp_path / "half.jpg") == "damaged"
    (tmp_path / "half.pdf").write_bytes(b"%PDF-1.7\nnothing more")
    assert refused(tmp_path / "half.pdf") == "damaged"
    with zipfile.ZipFile(tmp_path / "photo.jpg", "w") as archive:
        archive.writestr("work.txt", "words")
    assert refused(tmp_path / "photo.jpg") == "unsupported"
    (tmp_path / "page.html").write_text("<script>alert(1)</script>")
    assert refused(tmp_path / "page.html") == "unsupported"
    (tmp_path / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert refused(tmp_path / "drawing.svg") == "unsupported"


def test_a_photo_that_is_a_page_too_is_only_a_photo(tmp_path: Path) -> None:
    both = tmp_path / "both.jpg"
    both.write_bytes(photo(tmp_path / "photo.jpg").read_bytes() + paper(tmp_path / "paper.pdf").read_bytes())
    both.write_bytes(both.read_bytes() + b"<script>" + CANARY.encode())
    kept = made(both)
    assert kept.content_type == "image/jpeg"
    assert b"%PDF" not in kept.path.read_bytes()
    assert CANARY.encode() not in kept.path.read_bytes()
