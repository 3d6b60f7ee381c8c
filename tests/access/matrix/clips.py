from typing import Any

from tests.access.rows import CLIP_OTHERS, CLIP_SEERS, COACHEE, EVERYBODY, Ids, Row


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


ROWS = (
    Row("uploads.receive_part", "PUT", "/storage/parts/x/1", EVERYBODY, open_to_all=True, ok=frozenset({403, 404})),
    Row("clips.progress", "GET", "/api/clips/progress?id={clip}", EVERYBODY),
    Row("clips.stream", "GET", "/api/clips/stream?id={clip}", EVERYBODY),
    Row("uploads.everything", "GET", "/api/uploads", EVERYBODY),
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
    Row("clips.media", "GET", "/media/{clip}/playback", CLIP_SEERS, ok=frozenset({200, 206})),
    Row("clips.still", "GET", "/media/{clip}/still/1017", CLIP_SEERS),
    Row("clips.cut", "GET", "/media/{clip}/cut/1017/2017", CLIP_SEERS, ok=frozenset({200, 206})),
    Row("clips.share", "POST", "/clips/{clip}/share", COACHEE, seen_but_refused=CLIP_OTHERS),
    Row("clips.unshare", "POST", "/clips/{clip}/unshare", COACHEE, seen_but_refused=CLIP_OTHERS),
    Row("clips.retry", "POST", "/clips/{failed_clip}/retry", COACHEE, seen_but_refused=frozenset({"priya"})),
)
