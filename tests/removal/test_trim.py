"""A span of a clip is kept; the rest is out of reach at once, and gone from every object once the span is published."""

import random
import uuid
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.camera import counter, ffmpeg, h264
from tests.support.confirming import confirmed
from tests.support.counter import counters
from tests.support.statements import counted
from tests.support.world import World, make_clip, make_tag
from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips import jobs, processing
from veo_workflow.clips import operations as clips
from veo_workflow.clips.models import Clip, ClipShare, ClipState, Purpose, Rendition, RenditionKind
from veo_workflow.clips.progress import latest
from veo_workflow.clips.queries import OnItsWay
from veo_workflow.clips.uploads.operations import add_file
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import new_id
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.people.models import Person
from veo_workflow.removal import operations
from veo_workflow.removal.rules import Trim
from veo_workflow.reviews.models import Review, ReviewMoment
from veo_workflow.services import Services
from veo_workflow.tags.models import Tag
from veo_workflow.tags.rules import frame_at, middle_of_frame
from workers.upkeep import one_round

pytestmark = pytest.mark.usefixtures("remembering")

SignedIn = Callable[[Person | None], FlaskClient]
FRAMES = 90  # of the lesson: three seconds
FIRST, LAST = 31, 70
ANY = 10_000


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds that carry their frame numbers, with a tone."""
    path = tmp_path_factory.mktemp("lesson") / "lesson.mp4"
    inputs = ["-f", "lavfi", "-i", "testsrc2=s=160x120:r=30:d=3", "-f", "lavfi", "-i", "sine=d=3"]
    ffmpeg(*inputs, "-vf", counter(120), *h264(500), "-c:a", "aac", path)
    return path


@pytest.fixture
def clip_id(services: Services, world: World, lesson: Path) -> uuid.UUID:
    """Asha's lesson, converted and shared with Priya, each with a moment at the beginning, inside and at the end."""
    made = add_file(services, world.asha, world.cycle.id, Purpose.PROGRESS, lesson, lambda _fraction: None, share=True)
    processing.process(services, made)
    with services.database.transaction() as session:
        clip = session.get_one(Clip, made)
        for author in (world.asha, world.priya):
            for frame in (5, 50, 85):
                tag = make_tag(session, clip, author, world.strategy, shared=author is world.asha)
                tag.pressed_ms, tag.start_ms, tag.end_ms = (middle_of_frame(n, 30) for n in (frame, frame - 5, frame))
    return made


def row(services: Services, clip_id: uuid.UUID) -> Clip:
    with services.database.reading() as session:
        return session.get_one(Clip, clip_id)


def tags_of(services: Services, clip_id: uuid.UUID) -> list[Tag]:
    with services.database.reading() as session:
        return list(session.scalars(select(Tag).where(Tag.clip_id == clip_id).order_by(Tag.start_ms)))


def keys(services: Services) -> list[str]:
    return [stored.key for prefix in ("clips/", "uploads/") for stored in services.storage.list(prefix)]


def told_of(services: Services, kind: NoticeKind) -> list[tuple[uuid.UUID, uuid.UUID]]:
    with services.database.reading() as session:
        told = session.scalars(select(Notice).where(Notice.kind == kind))
        return [(notice.person_id, notice.subject_id) for notice in told]


def renditions(services: Services, clip_id: uuid.UUID) -> dict[RenditionKind, str]:
    with services.database.reading() as session:
        found = session.scalars(select(Rendition).where(Rendition.clip_id == clip_id))
        return {rendition.kind: rendition.key for rendition in found}


def trim(
    services: Services,
    world: World,
    clip_id: uuid.UUID,
    first: int = FIRST,
    last: int = LAST,
    *,
    edition: int = 0,
    told: int = ANY,
) -> None:
    with services.database.transaction() as session:
        clip = session.get_one(Clip, clip_id)
        operations.trim(session, clip, Trim(first, last, edition, told), services.doorbell, by=world.asha)


# --- asking for it


def test_the_coachee_keeps_a_span_and_the_clip_is_made_of_those_frames_alone(
    services: Services, world: World, clip_id: uuid.UUID, client_for: SignedIn
) -> None:
    asha = client_for(world.asha)
    form = {"first": FIRST, "last": LAST, "edition": 0, "told": 4}
    assert asha.post(f"/clips/{clip_id}/trim", data=form).status_code == 302
    processing.process(services, clip_id)
    clip = row(services, clip_id)
    assert (clip.state, clip.edition, clip.kept_from, clip.kept_to) == (ClipState.READY, 1, None, None)
    assert (clip.frames, clip.frame_rate, clip.duration_ms) == (40, 30, 1333)
    assert clip.original_key is clip.sha256 is None
    assert clip.shared_with_coach_at is not None
    published = renditions(services, clip_id)
    assert sorted(keys(services)) == sorted(published.values())
    assert clip.rendition_bytes == sum(stored.size for stored in services.storage.list("clips/"))
    for kind in (RenditionKind.PLAYBACK, RenditionKind.SMALL):
        with services.storage.local(published[kind]) as path:
            assert counters(path) == list(range(FIRST, LAST + 1))


def test_from_the_asking_on_nobody_fetches_a_byte_until_the_span_is_published(
    services: Services, world: World, clip_id: uuid.UUID, client_for: SignedIn
) -> None:
    with services.database.transaction() as session:
        share = ClipShare(clip_id=clip_id, person_id=world.sam.id, until=session.get_one(Clip, clip_id).delete_by)
        session.add(share)
    browsers, sam = [client_for(person) for person in (world.asha, world.priya)], client_for(world.sam)
    kinds = list(renditions(services, clip_id))
    before = [browser.get(f"/media/{clip_id}/playback").headers["ETag"] for browser in browsers]

    def answers() -> set[int]:
        seen = {browser.get(f"/media/{clip_id}/{kind}").status_code for browser in browsers for kind in kinds}
        return seen | {sam.get(f"/media/shared/{share.id}/{kind}").status_code for kind in ("film", "poster")}

    trim(services, world, clip_id)
    assert answers() == {404}
    with services.database.transaction() as session:
        claimed = jobs.claim(session, clip_id, 60)
    assert claimed is not None
    assert answers() == {404}
    with services.database.transaction() as session:
        jobs.give_back(session, claimed)
    processing.process(services, clip_id)
    assert answers() == {200}
    after = [browser.get(f"/media/{clip_id}/playback").headers["ETag"] for browser in browsers]
    assert not set(before) & set(after), "a browser that kept the old picture has to fetch the new one"


def test_it_is_written_down_who_trimmed(services: Services, world: World, clip_id: uuid.UUID) -> None:
    trim(services, world, clip_id)
    with services.database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "clip_trimmed")).all()
    assert [(entry.person_id, entry.subject_id) for entry in entries] == [(world.asha.id, clip_id)]


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (Trim(0, FRAMES - 1, 0, ANY), InvalidInput),
        (Trim(10, 12, 0, ANY), InvalidInput),
        (Trim(10, FRAMES, 0, ANY), InvalidInput),
        (Trim(FIRST, LAST, 1, ANY), Conflict),
        (Trim(FIRST, LAST, 0, 3), Conflict),
    ],
)
def test_what_is_refused_changes_nothing(
    services: Services, world: World, clip_id: uuid.UUID, client_for: SignedIn, wanted: Trim, refusal: type[Conflict]
) -> None:
    answer = client_for(world.asha).post(f"/clips/{clip_id}/trim", data=vars(wanted))
    assert answer.status_code == refusal.status
    assert 'role="alert"' in answer.get_data(as_text=True)
    clip = row(services, clip_id)
    assert (clip.state, clip.edition, clip.kept_from) == (ClipState.READY, 0, None)
    assert len(tags_of(services, clip_id)) == 6


@pytest.mark.parametrize("state", [state for state in ClipState if state is not ClipState.READY])
def test_only_a_clip_that_plays_is_trimmed(services: Services, world: World, state: ClipState) -> None:
    with services.database.transaction() as session:
        clip = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
        clip.state = state
    with pytest.raises(Conflict, match="not ready to play"):
        trim(services, world, clip.id)


def test_a_second_tap_on_the_button_trims_nothing_more(
    services: Services, world: World, clip_id: uuid.UUID, client_for: SignedIn
) -> None:
    asha = client_for(world.asha)
    form = {"first": FIRST, "last": LAST, "edition": 0, "told": ANY}
    assert [asha.post(f"/clips/{clip_id}/trim", data=form).status_code for _ in range(2)] == [302, 409]
    processing.process(services, clip_id)
    assert asha.post(f"/clips/{clip_id}/trim", data=form | {"first": 1, "last": 30}).status_code == 409
    assert row(services, clip_id).frames == 40


def test_the_page_of_a_clip_that_does_not_play_is_the_clips_own(
    services: Services, world: World, clip_id: uuid.UUID, client_for: SignedIn
) -> None:
    asha = client_for(world.asha)
    assert asha.get(f"/clips/{clip_id}/trim").status_code == 200
    trim(services, world, clip_id)
    answer = asha.get(f"/clips/{clip_id}/trim")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/clips/{clip_id}")
    page = asha.get(f"/clips/{clip_id}").get_data(as_text=True)
    assert "is being trimmed" in page
    assert "Trimming" in page
    on_its_way = OnItsWay(row(services, clip_id), watchable=False)
    assert [told["stage"] for told in latest(services.events, [on_its_way])] == ["trimming"]
    assert "is being trimmed" in asha.get("/").get_data(as_text=True)


# --- the moments


def test_the_warning_counts_drafts_that_the_owner_may_not_read(
    world: World, clip_id: uuid.UUID, client_for: SignedIn
) -> None:
    asha = client_for(world.asha)
    told = asha.get(f"/api/clips/{clip_id}/trim?first={FIRST}&last={LAST}").get_json()
    goes = "0:02 of 0:03 goes for good, and with it 4 of 6 moments (2 of them Priya’s)."
    assert told == {"sentence": goes, "moments": 4, "words": 0}
    assert asha.get(f"/api/clips/{clip_id}/trim?first=0&last={FRAMES - 1}").status_code == 422


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_what_the_review_says_of_moments_that_go_is_named_before_and_the_coach_hears_of_it(
    services: Services, world: World, clip_id: uuid.UUID, client_for: SignedIn
) -> None:
    """Never refused, as deleting one moment is: a child may have to go from the picture, and the review be closed."""
    written = {tag.id: tag.start_ms for tag in tags_of(services, clip_id) if tag.author_id == world.asha.id}
    with services.database.transaction() as session:
        session.add(Review(cycle_id=world.cycle.id))
        session.flush()
        for place, tag_id in enumerate(written):  # of the first and of the one inside, not of the last
            taken = "Names first." if place < 2 else ""
            session.add(ReviewMoment(cycle_id=world.cycle.id, tag_id=tag_id, taken=taken, starred_by_id=world.priya.id))
    asha = client_for(world.asha)
    told = asha.get(f"/api/clips/{clip_id}/trim?first={FIRST}&last={LAST}").get_json()
    assert told["sentence"].endswith("(2 of them Priya’s), and what your review says of the one at 0:00.")
    assert told["words"] == 1
    assert "and what your review says of 2 of its moments" in confirmed(asha).get(
        f"/clips/{clip_id}/withdraw"
    ).get_data(as_text=True)

    form = {"first": FIRST, "last": LAST, "edition": 0, "told": 4}
    refused = asha.post(f"/clips/{clip_id}/trim", data=form)
    assert refused.status_code == 409
    assert "Your review says something of another moment" in refused.get_data(as_text=True)
    assert len(tags_of(services, clip_id)) == 6
    assert asha.post(f"/clips/{clip_id}/trim", data=form | {"words": 1}).status_code == 302
    with services.database.reading() as session:
        (kept,) = session.scalars(select(ReviewMoment))
        assert (kept.tag_id, kept.taken) == (list(written)[1], "Names first.")
    assert told_of(services, NoticeKind.REVIEW_TRIMMED) == [(world.priya.id, world.cycle.id)]
    assert told_of(services, NoticeKind.REVIEW_CLIP_GONE) == []
    assert asha.post(f"/clips/{clip_id}/withdraw").status_code == 302
    assert told_of(services, NoticeKind.REVIEW_CLIP_GONE) == [(world.priya.id, world.cycle.id)]


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30), Fraction(30000, 1001)], ids=str)
def test_moments_inside_keep_their_frames_and_those_outside_go(
    services: Services, world: World, rate: Fraction
) -> None:
    chance = random.Random(str(rate))
    for _ in range(12):
        frames = chance.randrange(100, 30_000)
        first = chance.randrange(0, frames - 40)
        last = chance.randrange(first + 20, frames - (not first))
        placed: dict[uuid.UUID, list[int]] = {}
        with services.database.transaction() as session:
            clip = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
            clip.frame_rate_num, clip.frame_rate_den, clip.frames = rate.numerator, rate.denominator, frames
            clip.duration_ms = round(frames * 1000 / rate)
            edges = [first - 1, first, last, last + 1]
            for pressed in [*(n for n in edges if 0 <= n < frames), *(chance.randrange(frames) for _ in range(20))]:
                start, end = max(0, pressed - chance.randrange(300)), min(frames - 1, pressed + chance.randrange(300))
                placed[new_id()] = [pressed, start, end]
            for tag_id, place in placed.items():
                author = chance.choice((world.asha, world.priya))
                tag = Tag(id=tag_id, clip_id=clip.id, author_id=author.id)
                tag.pressed_ms, tag.start_ms, tag.end_ms = (middle_of_frame(n, rate) for n in place)
                session.add(tag)
        trim(services, world, clip.id, first, last)
        left = {tag.id: [tag.pressed_ms, tag.start_ms, tag.end_ms] for tag in tags_of(services, clip.id)}
        assert left.keys() == {tag_id for tag_id, place in placed.items() if first <= place[0] <= last}
        for tag_id, times in left.items():
            assert times == [middle_of_frame(frame_at(ms, rate), rate) for ms in times], "the middle of a frame"
            expected = [min(max(n, first), last) - first for n in placed[tag_id]]
            assert [frame_at(ms, rate) for ms in times] == expected


def test_another_clips_moments_are_left_alone(services: Services, world: World, clip_id: uuid.UUID) -> None:
    with services.database.transaction() as session:
        other = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
        make_tag(session, other, world.asha, world.strategy)
    trim(services, world, clip_id)
    assert [tag.pressed_ms for tag in tags_of(services, other.id)] == [10_017]


def test_a_clip_is_trimmed_twice(services: Services, world: World, clip_id: uuid.UUID) -> None:
    trim(services, world, clip_id)
    processing.process(services, clip_id)
    trim(services, world, clip_id, 10, 29, edition=1)
    processing.process(services, clip_id)
    clip = row(services, clip_id)
    assert (clip.state, clip.edition, clip.frames) == (ClipState.READY, 2, 20)
    assert [frame_at(tag.pressed_ms, 30) for tag in tags_of(services, clip_id)] == [50 - FIRST - 10] * 2
    with services.storage.local(renditions(services, clip_id)[RenditionKind.PLAYBACK]) as path:
        assert counters(path) == list(range(FIRST + 10, FIRST + 30))


# --- what goes wrong


def test_a_trim_that_fails_says_so_and_is_tried_again(
    services: Services, world: World, clip_id: uuid.UUID, client_for: SignedIn, lesson: Path, tmp_path: Path
) -> None:
    trim(services, world, clip_id)
    playback = renditions(services, clip_id)[RenditionKind.PLAYBACK]
    kept = tmp_path / "kept.mp4"
    services.storage.fetch(playback, kept)
    (tmp_path / "text").write_text("no film at all")
    services.storage.put(playback, tmp_path / "text", "video/mp4")
    before = keys(services)
    processing.process(services, clip_id)
    clip = row(services, clip_id)
    assert (clip.state, clip.reason) == (ClipState.FAILED, processing.NOT_TRIMMED)
    assert (clip.kept_from, clip.kept_to) == (FIRST, LAST)
    assert keys(services) == before
    asha = client_for(world.asha)
    assert asha.get(f"/media/{clip_id}/playback").status_code == 404
    assert "Try again" in asha.get(f"/clips/{clip_id}").get_data(as_text=True)
    services.storage.put(playback, kept, "video/mp4")
    assert asha.post(f"/clips/{clip_id}/retry").status_code == 302
    processing.process(services, clip_id)
    assert (row(services, clip_id).state, row(services, clip_id).frames) == (ClipState.READY, 40)


def test_a_withdrawal_during_the_trim_wins(services: Services, world: World, clip_id: uuid.UUID) -> None:
    trim(services, world, clip_id)
    with services.database.transaction() as session:
        claimed = jobs.claim(session, clip_id, 60)
    assert claimed is not None
    with services.database.transaction() as session:
        clips.withdraw(session, session.get_one(Clip, clip_id), by=world.asha)
    made = jobs.Made(1333, 30, 1, 40, 160, 120, None, None)
    with services.database.transaction() as session:
        assert not jobs.publish(session, claimed, made, [], keep_original=False)
    one_round(services)
    clip = row(services, clip_id)
    assert (clip.state, clip.kept_from) == (ClipState.WITHDRAWN, None)
    assert keys(services) == []
    assert tags_of(services, clip_id) == []


def test_a_kept_original_goes_with_the_trim(services: Services, world: World, lesson: Path) -> None:
    keeping = Services(**{**vars(services), "settings": services.settings.model_copy(update={"keep_originals": True})})
    clip_id = add_file(keeping, world.asha, world.cycle.id, Purpose.PROGRESS, lesson, lambda _fraction: None)
    processing.process(keeping, clip_id)
    assert f"uploads/{clip_id}/original" in keys(services)
    trim(keeping, world, clip_id)
    processing.process(keeping, clip_id)
    assert row(services, clip_id).original_bytes == 0
    assert sorted(keys(services)) == sorted(renditions(services, clip_id).values())


def test_after_a_trim_the_same_video_can_be_sent_again(
    services: Services, world: World, clip_id: uuid.UUID, lesson: Path
) -> None:
    def send() -> uuid.UUID:
        return add_file(services, world.asha, world.cycle.id, Purpose.PROGRESS, lesson, lambda _fraction: None)

    with pytest.raises(Conflict, match="in this cycle already"):
        send()
    trim(services, world, clip_id)
    assert send() != clip_id


def test_a_long_lesson_can_be_trimmed_after_the_limit_was_lowered(
    services: Services, world: World, clip_id: uuid.UUID
) -> None:
    strict = Services(**{**vars(services), "settings": services.settings.model_copy(update={"max_clip_seconds": 2})})
    trim(services, world, clip_id)
    processing.process(strict, clip_id)
    assert row(services, clip_id).state is ClipState.READY


# --- statements


@pytest.mark.parametrize(
    ("method", "path", "most"),
    [
        ("GET", "/clips/{}/trim", 7),
        ("GET", "/api/clips/{}/trim?first=0&last=900", 8),
        ("POST", "/clips/{}/trim", 23),
    ],
)
def test_the_database_is_asked_as_much_for_500_moments_as_for_5(
    services: Services, world: World, client_for: SignedIn, method: str, path: str, most: int
) -> None:
    asha, asked = client_for(world.asha), []
    for moments in (5, 500):
        with services.database.transaction() as session:
            clip = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
            for place in range(moments):
                make_tag(session, clip, world.priya, world.strategy, at_ms=3017 + 100 * place)
        form = {"first": 0, "last": 900, "edition": 0, "told": ANY}
        with counted(services.database.engine) as statements:
            answer = asha.open(path.format(clip.id), method=method, data=form if method == "POST" else None)
        assert answer.status_code in {200, 302}
        asked.append(len(statements))
    assert asked[0] == asked[1] <= most
