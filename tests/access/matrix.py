"""The access matrix: every endpoint of the application, and who of ten relations gets through.

A row names the people who get through; everybody else signed in must get 404, as if nothing were there, except those
in `seen_but_refused`, who may know of the thing and get 403.  Signed out, a page leads to the sign-in and anything
else answers 401, except for rows that are open to all.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.world import World

EVERYBODY = frozenset({"asha", "priya", "theo", "tess", "sam", "lena", "sid", "ada", "olu"})
PAIR = frozenset({"asha", "priya"})
COACHEE = frozenset({"asha"})
CLIP_SEERS = PAIR | {"sam"}


@dataclass(frozen=True)
class Ids:
    """What the rows' addresses are made of; all belong to Asha, or to the pair."""

    world: World
    cycle: str
    clip: str
    failed_clip: str
    tag: str
    share: str
    strategy: str
    upload: str


@dataclass(frozen=True)
class Row:
    """`ok` are the statuses that count as getting through. `path` may use any field of Ids as {name}."""

    endpoint: str
    method: str
    path: str
    through: frozenset[str]
    seen_but_refused: frozenset[str] = frozenset()
    open_to_all: bool = False
    ok: frozenset[int] = frozenset({200, 201, 202, 204, 302, 303})
    form: Callable[[Ids], dict[str, Any]] | None = None
    json: Callable[[Ids], dict[str, Any]] | None = None
    headers: dict[str, str] = field(default_factory=dict)


def _upload(ids: Ids) -> dict[str, Any]:
    return {
        "cycle": ids.cycle,
        "purpose": "progress",
        "name": "lesson.mov",
        "size": 1000,
        "type": "video/quicktime",
        "fingerprint": "1000-abc",
        "share_with_coach": False,
    }


def _tag(ids: Ids) -> dict[str, Any]:
    step = str(ids.world.strategy.steps[0].id)
    return {
        "pressed_ms": 5017,
        "start_ms": 3017,
        "end_ms": 7017,
        "step": step,
        "kind": "note",
        "note": "",
        "version": 0,
    }


CLIP_OTHERS = CLIP_SEERS - COACHEE
MATRIX = (
    # Open to all: nothing in them belongs to anybody.
    Row("static", "GET", "/static/css/tokens.css", EVERYBODY, open_to_all=True),
    Row("operating.alive", "GET", "/healthz", EVERYBODY, open_to_all=True),
    Row("operating.ready", "GET", "/readyz", EVERYBODY, open_to_all=True, ok=frozenset({200, 503})),
    # From this machine alone, or with a token (tests/operating); nginx lets neither through (tests/proxied).
    Row("operating.figures", "GET", "/metrics", EVERYBODY, open_to_all=True),
    Row("pages.protected", "GET", "/protected", EVERYBODY, open_to_all=True),
    Row("people.sign_in", "GET", "/sign-in", EVERYBODY, open_to_all=True),
    Row("people.sign_in_now", "POST", "/sign-in", EVERYBODY, open_to_all=True, ok=frozenset({422})),
    Row("people.sign_out", "POST", "/sign-out", EVERYBODY, open_to_all=True),
    Row("people.forgotten", "GET", "/forgotten", EVERYBODY, open_to_all=True),
    Row("people.welcome", "GET", "/welcome/not-a-token", EVERYBODY, open_to_all=True, ok=frozenset({410})),
    Row("people.welcome_now", "POST", "/welcome/not-a-token", EVERYBODY, open_to_all=True, ok=frozenset({410})),
    Row("beginning.begin", "GET", "/begin/not-a-token", EVERYBODY, open_to_all=True, ok=frozenset({410})),
    Row("beginning.begin_now", "POST", "/begin/not-a-token", EVERYBODY, open_to_all=True, ok=frozenset({410})),
    Row("uploads.receive_part", "PUT", "/storage/parts/x/1", EVERYBODY, open_to_all=True, ok=frozenset({403, 404})),
    # One's own: everybody gets a page, with their own things on it (test_lists_narrow looks inside).
    Row("pages.home", "GET", "/", EVERYBODY),
    Row("cycles.everything", "GET", "/cycles", EVERYBODY),
    Row("cycles.new", "GET", "/cycles/new", EVERYBODY),
    Row("clips.progress", "GET", "/api/clips/progress?id={clip}", EVERYBODY),
    Row("clips.stream", "GET", "/api/clips/stream?id={clip}", EVERYBODY),
    Row("uploads.everything", "GET", "/api/uploads", EVERYBODY),
    Row("playbook.strategies", "GET", "/playbook", EVERYBODY),
    Row("playbook.strategy", "GET", "/playbook/{strategy}", EVERYBODY - {"olu"}),
    # The administrator's.
    Row("people.everybody", "GET", "/people", frozenset({"ada"})),
    Row(
        "people.add",
        "POST",
        "/people",
        frozenset({"ada"}),
        form=lambda _: {"email": "new@example.org", "name": "New Person"},
    ),
    # The pair's cycle.
    Row(
        "cycles.open_new",
        "POST",
        "/cycles/new",
        PAIR,
        form=lambda ids: {
            "pair": str(ids.world.pair.id),
            "term": str(ids.world.cycle.term_id),
            "focus": "Talk",
            "cpd_layer": "team",
        },
    ),
    Row("pages.cycle", "GET", "/cycles/{cycle}", PAIR),
    Row("cycles.goal", "GET", "/cycles/{cycle}/goal", PAIR),
    Row("cycles.write_goal", "POST", "/cycles/{cycle}/goal", PAIR, form=lambda _: {"statement": "New", "after": "2"}),
    Row("cycles.strategies", "GET", "/cycles/{cycle}/strategies", PAIR),
    Row(
        "cycles.choose_strategies",
        "POST",
        "/cycles/{cycle}/strategies",
        PAIR,
        form=lambda ids: {"strategies": ids.strategy},
    ),
    Row("cycles.move", "POST", "/cycles/{cycle}/stage", PAIR, form=lambda _: {"to": "learn"}),
    Row("cycles.record_reading", "POST", "/cycles/{cycle}/readings", PAIR, form=lambda _: {"value": "3"}),
    Row("reviews.review", "GET", "/cycles/{cycle}/review", PAIR),
    Row("reviews.write", "POST", "/cycles/{cycle}/review", PAIR, form=lambda _: {"celebrate": "Yes", "version": "0"}),
    Row("reviews.confirm", "POST", "/cycles/{cycle}/review/confirm", PAIR, ok=frozenset({302, 303, 409, 422})),
    Row("reviews.save", "PUT", "/api/cycles/{cycle}/review", PAIR, json=lambda _: {"celebrate": "Yes", "version": 0}),
    # The coachee's alone.
    Row("uploads.page", "GET", "/cycles/{cycle}/upload", COACHEE, seen_but_refused=frozenset({"priya"})),
    Row(
        "uploads.begin",
        "POST",
        "/api/uploads",
        COACHEE,
        seen_but_refused=frozenset({"priya"}),
        json=_upload,
        headers={"Idempotency-Key": "one-of-its-own"},
    ),
    Row("uploads.one", "GET", "/api/uploads/{upload}", COACHEE),
    Row(
        "uploads.sign_parts",
        "POST",
        "/api/uploads/{upload}/parts/sign",
        COACHEE,
        json=lambda _: {"parts": [{"n": 1, "size": 1000}]},
    ),
    Row("uploads.complete", "POST", "/api/uploads/{upload}/complete", COACHEE, json=lambda _: {}, ok=frozenset({409})),
    Row("uploads.cancel", "DELETE", "/api/uploads/{upload}", COACHEE),
    # The clip: the coachee, the coach once it is shared, and whoever holds a share.
    Row("tags.studio", "GET", "/clips/{clip}", CLIP_SEERS),
    Row("clips.media", "GET", "/media/{clip}/playback", CLIP_SEERS, ok=frozenset({200, 206})),
    Row("clips.still", "GET", "/media/{clip}/still/1017", CLIP_SEERS),
    Row("clips.cut", "GET", "/media/{clip}/cut/1017/2017", CLIP_SEERS, ok=frozenset({200, 206})),
    Row("tags.everything", "GET", "/api/clips/{clip}/tags", CLIP_SEERS),
    Row(
        "tags.put",
        "PUT",
        "/api/clips/{clip}/tags/0196f000-0000-7000-8000-000000000001",
        PAIR,
        seen_but_refused=frozenset({"sam"}),
        json=_tag,
    ),
    Row(
        "tags.delete",
        "DELETE",
        "/api/clips/{clip}/tags/0196f000-0000-7000-8000-000000000002",
        PAIR,
        seen_but_refused=frozenset({"sam"}),
    ),
    Row(
        "tags.share",
        "POST",
        "/api/clips/{clip}/tags/share",
        PAIR,
        seen_but_refused=frozenset({"sam"}),
        json=lambda _: {},
    ),
    Row("clips.share", "POST", "/clips/{clip}/share", COACHEE, seen_but_refused=CLIP_OTHERS),
    Row("clips.unshare", "POST", "/clips/{clip}/unshare", COACHEE, seen_but_refused=CLIP_OTHERS),
    Row(
        "clips.share_with",
        "POST",
        "/clips/{clip}/shares",
        COACHEE,
        seen_but_refused=CLIP_OTHERS,
        form=lambda ids: {"person": str(ids.world.tess.id), "until": "2199-01-01"},
    ),
    Row("clips.revoke", "POST", "/clips/{clip}/shares/{share}/revoke", COACHEE, seen_but_refused=CLIP_OTHERS),
    Row("clips.retry", "POST", "/clips/{failed_clip}/retry", COACHEE, seen_but_refused=frozenset({"priya"})),
    Row("removal.trim", "GET", "/clips/{clip}/trim", COACHEE, seen_but_refused=CLIP_OTHERS),
    Row("removal.what_goes", "GET", "/api/clips/{clip}/trim?first=9&last=99", COACHEE, seen_but_refused=CLIP_OTHERS),
    Row(
        "removal.trim_now",
        "POST",
        "/clips/{clip}/trim",
        COACHEE,
        seen_but_refused=CLIP_OTHERS,
        form=lambda _: {"first": "9", "last": "99", "edition": "0", "told": "9"},
    ),
    Row("removal.withdraw", "POST", "/clips/{clip}/withdraw", COACHEE, seen_but_refused=CLIP_OTHERS),
)
