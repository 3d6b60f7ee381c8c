"""What weighs asks once more who it is (SAFEGUARDING D5): rows of the matrix, by people who would get through."""

from collections.abc import Callable

from werkzeug.datastructures import MultiDict

from tests.access.conftest import Case
from tests.access.matrix import MATRIX
from tests.support.confirming import carried_on
from veo_workflow.people.signing_in import CONFIRMED

WEIGHS = {
    "archive.download",
    "breach.as_csv",
    "factors.app_to_be",
    "factors.begin_app",
    "factors.finish_app",
    "factors.make_codes",
    "factors.remove_app",
    "holds.about",
    "holds.answer",
    "holds.ask",
    "holds.place",
    "holds.watch",
    "moments.clip_file",
    "moments.of_clip",
    "moments.review_file",
    "overview.as_csv",
    "passkeys.add",
    "passkeys.ask_to_make",
    "passkeys.remove",
    "removal.ask",
    "removal.withdraw",
    "review_paper.pdf",
    "review_paper.sheet",
    "roles.change",
    "second_step.choose",
    "second_step.clear",
    "staff.apply",
    "staff.as_csv",
    "takeout.cycle_json",
    "takeout.cycle_pdf",
}


def test_what_weighs_is_done_by_nobody_who_has_not_just_said_who_they_are(fresh: Callable[[], Case]) -> None:
    case = fresh()
    rows = [row for row in MATRIX if row.endpoint in WEIGHS]
    assert {row.endpoint for row in rows} == WEIGHS
    for row in rows:
        for name in sorted(row.through):
            browser = case.client(name)
            with browser.session_transaction() as cookie:
                del cookie[CONFIRMED]
            form = row.form(case.ids) if row.form else None
            answer = browser.open(row.path.format(**case.ids.named), method=row.method, data=form)
            if row.method == "GET":
                assert answer.headers["Location"].startswith("/confirm?next="), (row.endpoint, name)
            else:
                assert answer.status_code == 403, (row.endpoint, name)
                if not row.path.startswith("/api/"):
                    typed = MultiDict(form or {})
                    carried = [field for field in carried_on(answer.text) if field[0] not in {"next", "again"}]
                    assert sorted(carried) == sorted(typed.items(multi=True)), "nothing typed is lost on the way"
