from tests.access.rows import CLIP_OTHERS, COACHEE, Row

ROWS = (
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
    Row("removal.ask", "GET", "/clips/{clip}/withdraw", COACHEE, seen_but_refused=CLIP_OTHERS),
    Row("removal.withdraw", "POST", "/clips/{clip}/withdraw", COACHEE, seen_but_refused=CLIP_OTHERS),
)
