"""What weighs asks once more who it is (SAFEGUARDING D5): rows of the matrix, by people who would get through."""

from collections.abc import Callable

from tests.access.conftest import Case
from tests.access.matrix import MATRIX
from veo_workflow.people.signing_in import CONFIRMED

WEIGHS = {
    "archive.download",
    "factors.app_to_be",
    "factors.begin_app",
    "factors.finish_app",
    "factors.make_codes",
    "factors.remove_app",
    "overview.as_csv",
    "passkeys.add",
    "passkeys.ask_to_make",
    "passkeys.remove",
    "removal.ask",
    "removal.withdraw",
    "second_step.choose",
    "second_step.clear",
    "staff.apply",
    "staff.as_csv",
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
