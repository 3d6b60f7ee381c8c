"""Photos and PDFs as people send them, and some made to do harm; each says the canary wherever words can hide."""

import io
import struct
import zlib
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image

CANARY = "canary-hidden"


def photo(path: Path, *, size: tuple[int, int] = (320, 200), kind: str = "JPEG") -> Path:
    """Lying, with a mark at its top left; turned by its Exif, which says where and on what it was taken."""
    picture = Image.new("RGB", size, "white")
    picture.paste("black", (0, 0, size[0] // 4, size[1] // 4))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, CANARY  # to be turned clockwise; who made the device
    exif.get_ifd(0x8825)[1] = "N"
    if kind == "JPEG":
        picture.save(path, kind, exif=exif, comment=CANARY.encode(), quality=90)
    else:
        picture.save(path, kind, exif=exif)
    return path


def png_bomb(path: Path, side: int = 30_000) -> Path:
    """A picture of 900 million pixels in a few kilobytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = zlib.compressobj()
    body = b"".join(rows.compress(b"\0" * (side // 8 + 1)) for _ in range(1000)) + rows.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b""))
    return path


def paper(path: Path, *, pages: int = 1, password: str = "") -> Path:
    """A PDF with a photo and a filled field on its page, and with all that a PDF can carry besides."""
    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page(page_size=(300, 400))
    page = pdf.pages[0]
    page.Contents = Stream(pdf, b"BT /A 12 Tf 20 300 Td (Seen) Tj ET q 100 0 0 60 20 20 cm /B Do Q")
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    picture = Stream(pdf, _photo_bytes())
    for key, value in (
        ("Type", Name.XObject), ("Subtype", Name.Image), ("Width", 64), ("Height", 40),
        ("ColorSpace", Name.DeviceRGB), ("BitsPerComponent", 8), ("Filter", Name.DCTDecode),
        ("Metadata", Stream(pdf, CANARY.encode())),
    ):  # fmt: skip
        picture["/" + key] = value
    page.Resources = Dictionary(Font=Dictionary(A=font), XObject=Dictionary(B=picture))
    script = Dictionary(S=Name.JavaScript, JS=CANARY)
    page.AA = Dictionary(O=script)
    page.PieceInfo = Dictionary(X=CANARY)
    page.Annots = Array([pdf.make_indirect(each) for each in _annotations(pdf, script)])
    pdf.Root.AcroForm = Dictionary(
        Fields=Array([page.Annots[-1]]),
        NeedAppearances=True,
        DA="/Helv 10 Tf",
        DR=Dictionary(Font=Dictionary(Helv=font)),
    )
    pdf.Root.OpenAction = pdf.make_indirect(script)
    pdf.Root.Names = Dictionary(
        JavaScript=Dictionary(Names=Array(["x", script])),
        EmbeddedFiles=Dictionary(Names=Array(["x", _inside(pdf)])),
    )
    pdf.docinfo["/Author"] = CANARY
    with pdf.open_metadata() as metadata:
        metadata["dc:title"] = CANARY
    locks = pikepdf.Encryption(owner=password, user=password) if password else False
    pdf.save(path, encryption=locks)
    return path


def _annotations(pdf: Pdf, script: Dictionary) -> list[Dictionary]:
    def annotation(kind: str, **more: object) -> Dictionary:
        return Dictionary(Type=Name.Annot, Subtype=Name("/" + kind), Rect=Array([10, 10, 60, 30]), **more)

    return [
        annotation("Link", A=Dictionary(S=Name.URI, URI=f"https://{CANARY}.invalid/")),
        annotation("Link", A=Dictionary(S=Name.Launch, F=CANARY)),
        annotation("FileAttachment", FS=_inside(pdf)),
        annotation("Widget", FT=Name.Tx, T="who", V="Kept words", DA="/Helv 10 Tf 0 g", A=script),
    ]


def _inside(pdf: Pdf) -> Dictionary:
    held = Stream(pdf, CANARY.encode())
    held.Type = Name.EmbeddedFile
    return Dictionary(Type=Name.Filespec, F=CANARY, EF=Dictionary(F=held))


def _photo_bytes() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = CANARY
    held = io.BytesIO()
    Image.new("RGB", (64, 40), "green").save(held, "JPEG", exif=exif)
    return held.getvalue()


def everything_in(path: Path) -> str:
    """All that a reader could find in a PDF: every object as it is written, every stream both raw and undone."""
    with pikepdf.open(path) as pdf:
        said = [str(pdf.trailer)]
        for thing in pdf.objects:
            said.append(repr(thing))
            if isinstance(thing, pikepdf.Stream):
                said += [thing.read_raw_bytes().decode("latin-1"), _undone(thing)]
    return "\n".join(said)


def _undone(stream: pikepdf.Stream) -> str:
    try:
        return stream.read_bytes().decode("latin-1")
    except pikepdf.PdfError:  # a photo
        return ""
