"""Photos through nginx, on disk and in a bucket: in as a form, out to the pair and to nobody else."""

import io
import os
import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

from PIL import Image

from tests.support.live import School
from tests.support.over_http import Visitor
from veo_workflow.cycles.evidence import operations
from veo_workflow.cycles.evidence.models import EvidenceKind
from veo_workflow.cycles.evidence.queries import evidence_for
from veo_workflow.cycles.evidence.rules import EvidenceWords
from veo_workflow.cycles.models import Cycle
from veo_workflow.people.models import Person

BOUNDARY = "between-the-parts"


def noise() -> bytes:
    """A photo that compresses to more than nginx lets through elsewhere."""
    held = io.BytesIO()
    Image.frombytes("RGB", (1400, 1000), os.urandom(1400 * 1000 * 3)).save(held, "PNG")
    return held.getvalue()


def part(name: str, data: bytes, file: str = "") -> bytes:
    named = f'name="{name}"; filename="{file}"' if file else f'name="{name}"'
    return f"--{BOUNDARY}\r\nContent-Disposition: form-data; {named}\r\n\r\n".encode() + data + b"\r\n"


def as_form(school: School, *parts: bytes) -> dict[str, Any]:
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Referer": school.origin}
    return {"data": b"".join(parts) + f"--{BOUNDARY}--\r\n".encode(), "headers": kind}


def test_a_photo_goes_in_and_comes_out_for_the_pair_alone(
    school: School, cycle: uuid.UUID, visitor: Callable[[str], Visitor]
) -> None:
    with school.services.database.transaction() as session:
        asha = session.get_one(Person, school.world.asha.id)
        words = EvidenceWords(EvidenceKind.WORK, asha.id, date(2026, 11, 2), "Six books")
        evidence = operations.add(session, session.get_one(Cycle, cycle), words, by=asha).id
    sent = as_form(school, part("files", noise(), "a.png"))
    assert visitor("asha").post(f"/evidence/{evidence}/files", **sent).status_code == 302
    with school.services.database.reading() as session:
        (file,) = evidence_for(session, asha, evidence).piece.files
    address = f"/evidence/{evidence}/files/{file.id}"
    answer = visitor("priya").get(address)
    assert (answer.status_code, len(answer.data), answer.headers["Content-Type"]) == (
        200,
        file.size_bytes,
        "image/jpeg",
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert visitor("lena").get(address).status_code == 404
    assert visitor("asha").get(f"/internal/objects/{file.key}").status_code == 404


def test_a_photo_that_the_coach_sends_goes_the_same_way(
    school: School, cycle: uuid.UUID, visitor: Callable[[str], Visitor]
) -> None:
    address, sent_as = f"/cycles/{cycle}/resources", uuid.uuid4()
    sent = as_form(school, part("id", str(sent_as).encode()), part("file", noise(), "a.png"))
    assert visitor("priya").post(address, **sent).status_code == 303
    assert visitor("asha").get(f"{address}/{sent_as}/open").headers["Content-Type"] == "image/jpeg"
    assert visitor("lena").get(f"{address}/{sent_as}/open").status_code == 404
