import hashlib
import uuid

import pytest

from veo_workflow.clips.uploads import rules
from veo_workflow.clips.uploads.rules import Cut
from veo_workflow.database import new_id, now
from veo_workflow.storage import StoredPart


@pytest.mark.parametrize(("size", "count", "last"), [(1, 1, 1), (8, 1, 8), (9, 2, 1), (16, 2, 8), (20, 3, 4)])
def test_a_file_is_cut_into_equal_parts_and_a_rest(size: int, count: int, last: int) -> None:
    cut = Cut(size, 8)
    assert (cut.count, cut.length(cut.count)) == (count, last)
    assert sum(cut.length(n) for n in range(1, count + 1)) == size
    assert (cut.holds(0), cut.holds(count), cut.holds(count + 1)) == (False, True, False)


def test_parts_grow_where_there_would_be_too_many() -> None:
    cut = rules.cut(10**9, 65_536)
    assert cut.count <= rules.MOST_PARTS
    assert rules.cut(10**6, 65_536).part_size == 65_536


def test_missing_are_the_parts_that_are_not_there_in_full() -> None:
    arrived = [StoredPart(1, 8, "a"), StoredPart(2, 7, "b"), StoredPart(4, 8, "d")]
    assert Cut(32, 8).missing(arrived) == [2, 3]


def test_the_fingerprint_is_size_and_both_ends() -> None:
    assert rules.fingerprint(5, b"ab", b"cd") == "5-" + hashlib.sha256(b"abcd").hexdigest()


def test_a_key_tells_its_upload_and_its_age() -> None:
    upload = new_id()
    assert rules.id_in_key(rules.original_key(upload)) == upload
    assert abs((now() - rules.made_at(upload)).total_seconds()) < 5
    for other in ("clips/x/1/playback.mp4", f"clips/{uuid.uuid4()}/original", "uploads/x/original", "uploads"):
        assert rules.id_in_key(other) is None
