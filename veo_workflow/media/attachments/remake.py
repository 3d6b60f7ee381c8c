"""Run as a program, in a process of its own: `remake.py SOURCE TARGET`.

Writes one line of JSON: what came out (content_type, width, height), or why nothing did (refused).  Imports nothing of
ours, since the sandbox it runs in holds nothing of ours.
"""

import json
import sys
import zlib
from pathlib import Path
from typing import Any

LONG_SIDE = 2048  # pixels of a kept picture
MOST_PIXELS = 60_000_000  # of a picture that is taken
QUALITY = 85
PAGES = 40
PICTURES = ("JPEG", "PNG", "WEBP")

# What a PDF may keep: of its root the pages, their language and which layers are shown; of a page what is drawn on it.
ROOT = {"/Type", "/Pages", "/Lang", "/OCProperties"}
PAGE = {
    "/Type", "/Parent", "/Resources", "/Contents", "/Group", "/Rotate", "/UserUnit",
    "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox",
}  # fmt: skip
# What goes wherever it stands: metadata, editors' own data, files inside, files and servers outside.
GOES = ("/Metadata", "/PieceInfo", "/LastModified", "/CreatorInfo", "/AF", "/EF", "/JS", "/URI")
OUTSIDE = ("/F", "/FFilter", "/FDecodeParms", "/Ref", "/OPI")  # a stream whose content is another file's
ACTS = {"/JavaScript", "/Launch", "/URI", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition", "/RichMedia"}
FILES = {"/EmbeddedFile", "/Filespec", "/F"}
KEPT_SEGMENTS = {0xE0, 0xEE}  # JFIF, and Adobe's, which says how colours are coded


class Refused(Exception):
    """`code` says why, in the words of the package's sentences."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def remade(source: Path, target: Path) -> dict[str, Any]:
    with source.open("rb") as file:
        is_pdf = file.read(5) == b"%PDF-"
    return _pdf(source, target) if is_pdf else _picture(source, target)


def _picture(source: Path, target: Path) -> dict[str, Any]:
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # what is too many is said below, before a pixel is read
    try:
        with Image.open(source, formats=PICTURES) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Refused("too_many_pixels")
            opened.draft("RGB", (LONG_SIDE, LONG_SIDE))
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((LONG_SIDE, LONG_SIDE))
            colours = upright.convert("RGBA")
    except UnidentifiedImageError:
        raise Refused("unsupported") from None
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, zlib.error):
        raise Refused("damaged") from None
    plain = Image.new("RGB", colours.size, "white")  # a new one carries nothing along of the one that came
    plain.paste(colours, mask=colours.getchannel("A"))
    plain.save(target, "JPEG", quality=QUALITY, optimize=True)
    return {"content_type": "image/jpeg", "width": plain.width, "height": plain.height}


def _pdf(source: Path, target: Path) -> dict[str, Any]:
    import pikepdf

    try:
        with pikepdf.open(source) as pdf:
            if pdf.is_encrypted:
                raise Refused("encrypted")
            if not 1 <= len(pdf.pages) <= PAGES:
                raise Refused("too_many_pages" if len(pdf.pages) else "damaged")
            _disarm(pdf)
            pdf.save(target, fix_metadata_version=False)
    except pikepdf.PasswordError:
        raise Refused("encrypted") from None
    except (pikepdf.PdfError, OSError, ValueError, KeyError, TypeError, RuntimeError, zlib.error):
        raise Refused("damaged") from None
    return {"content_type": "application/pdf"}


def _disarm(pdf: Any) -> None:
    """What is written into fields and notes becomes part of the page; all else that is not the page goes."""
    pdf.generate_appearance_streams()
    pdf.flatten_annotations("screen")
    _keep(pdf.Root, ROOT)
    _keep(pdf.trailer, {"/Root", "/Size"})
    for page in pdf.pages:
        _keep(page.obj, PAGE)
    for thing in pdf.objects:
        _strip(thing, depth=0)


def _keep(holder: Any, wanted: set[str]) -> None:
    for key in set(holder.keys()) - wanted:
        del holder[key]


def _strip(thing: Any, depth: int) -> None:
    """An object, and what stands inside it; what it points at has its own turn."""
    import pikepdf

    if depth and getattr(thing, "is_indirect", False):
        return
    if isinstance(thing, pikepdf.Array):
        for each in thing:
            _strip(each, depth + 1)
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        _strip_one(thing, is_stream=isinstance(thing, pikepdf.Stream))
        for key in list(thing.keys()):
            _strip(thing[key], depth + 1)


def _strip_one(thing: Any, *, is_stream: bool) -> None:
    if str(thing.get("/S", "")) in ACTS or str(thing.get("/Type", "")) in FILES:
        _keep(thing, {"/Length"})
        if is_stream:
            thing.write(b"")
        return
    for key in (*GOES, *(OUTSIDE if is_stream else ())):
        if key in thing:
            del thing[key]
    if is_stream:
        _strip_photo(thing)


def _strip_photo(stream: Any) -> None:
    """A photo inside a PDF may say where it was taken, as it may outside of one."""
    import pikepdf

    filters = stream.get("/Filter")
    if filters is None:
        return
    names = [str(name) for name in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
    if "/JPXDecode" in names:
        raise Refused("unsupported")
    if "/DCTDecode" not in names and "/DCT" not in names:
        return
    data = stream.read_raw_bytes()
    if len(names) == 2 and names[0] in {"/FlateDecode", "/Fl"}:
        data = zlib.decompressobj().decompress(data, 64 * 1024 * 1024)
    elif len(names) > 1:
        raise Refused("unsupported")
    stream.write(without_segments(data), filter=pikepdf.Name.DCTDecode)


def without_segments(jpeg: bytes) -> bytes:
    """A JPEG without its application segments and comments (ITU-T T.81, B.1.1.3). Raises ValueError."""
    if jpeg[:2] != b"\xff\xd8":
        raise ValueError("not a JPEG")
    kept, at = bytearray(jpeg[:2]), 2
    while at + 4 <= len(jpeg):
        while jpeg[at : at + 2] == b"\xff\xff":  # a marker may be preceded by fill bytes
            at += 1
        if jpeg[at] != 0xFF:
            raise ValueError("no marker where one should be")
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if marker == 0xDA:  # the picture itself, to the end
            end = jpeg.rfind(b"\xff\xd9")
            return bytes(kept) + jpeg[at : end + 2 if end > at else len(jpeg)]
        if not (0xE0 <= marker <= 0xEF or marker == 0xFE) or marker in KEPT_SEGMENTS:
            kept += jpeg[at : at + 2 + length]
        at += 2 + length
    raise ValueError("a JPEG without a picture")


def main() -> int:
    try:
        answer = remade(Path(sys.argv[1]), Path(sys.argv[2]))
    except Refused as refused:
        answer = {"refused": refused.code}
    except MemoryError:
        answer = {"refused": "too_costly"}
    print(json.dumps(answer), flush=True)
    return 1 if "refused" in answer else 0


if __name__ == "__main__":
    sys.exit(main())
