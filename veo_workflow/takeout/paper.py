"""Pages made of HTML, as a tagged PDF. Nothing is fetched but our own style sheets and fonts, and pictures handed in.

WeasyPrint is imported when the first page is made: it takes a third of a second and many libraries.
"""

import math
import mimetypes
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from veo_workflow.errors import Unavailable

STATIC = Path(__file__).parents[1] / "static"
OURS = "https://static.invalid/"  # no such host: style sheets name their fonts relative to themselves
PICTURES = "https://pictures.invalid/"  # nor such a one: what stands behind it is handed in with the page
KINDS = ("css/", "fonts/", "img/")
PATIENCE = 20.0  # seconds to wait until another page is made
BUSY = "Another page is being made at the moment. Try again in a few seconds."

_one_at_a_time = threading.Lock()  # it computes for seconds: ordinary requests must not starve


def printed(html: str, pictures: Mapping[str, bytes] | None = None) -> bytes:
    """The PDF of a whole HTML document whose addresses begin with `OURS`, or with `PICTURES` and name a JPEG of
    `pictures`. Raises Unavailable.
    """
    return fitted([html], pages=math.inf, pictures=pictures)


def fitted(tries: Iterable[str], *, pages: float = 1, pictures: Mapping[str, bytes] | None = None) -> bytes:
    """The PDF of the first document that needs at most so many pages, or of the last one. Raises Unavailable."""
    if not _one_at_a_time.acquire(timeout=PATIENCE):
        raise Unavailable(BUSY)
    try:
        from weasyprint import HTML

        for html in tries:
            document = HTML(string=html, base_url=OURS, url_fetcher=fetcher(pictures)).render(pdf_variant="pdf/ua-1")
            if len(document.pages) <= pages:
                break
        pdf: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
    finally:
        _one_at_a_time.release()
    return pdf


def our_file(url: str) -> Path:
    """The static file that an address in a page means. Raises ValueError for anything else."""
    name = url.removeprefix(OURS)
    path = (STATIC / name).resolve()
    if not url.startswith(OURS) or not name.startswith(KINDS) or STATIC.resolve() not in path.parents:
        raise ValueError("a page on paper is made of our own static files only")
    return path


def fetcher(pictures: Mapping[str, bytes] | None = None) -> Any:
    """What WeasyPrint asks for every address: no network, and no file but our own."""
    handed_in = {PICTURES + name: picture for name, picture in (pictures or {}).items()}

    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Ours(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if url in handed_in:
                return URLFetcherResponse(url, handed_in[url], {"Content-Type": "image/jpeg"})
            path = our_file(url)
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})

    return Ours(allowed_protocols=["https"], allow_redirects=False)
