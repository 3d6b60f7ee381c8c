"""How home says a next thing: a headline that is the news, a sentence, and one action. Short, kind, exact (UX.md)."""

import uuid
from dataclasses import dataclass, replace
from typing import Any

from veo_workflow.clips.models import ClipState, Purpose
from veo_workflow.pages.rules import ClipFacts, CycleFacts, Kind, PairFacts, ShareFacts, Thing, may_try_again
from veo_workflow.wording import ZONE, clock, time_of_day


@dataclass(frozen=True)
class Action:
    """A link, or where `post` is set a button, to an endpoint with its values."""

    words: str
    endpoint: str
    values: dict[str, Any]
    post: bool = False


@dataclass(frozen=True)
class News:
    """A next thing as it is said. `picture` is the clip whose poster stands beside it."""

    headline: str
    sentence: str
    action: Action
    second: Action | None = None
    about: str = ""
    picture: uuid.UUID | None = None
    length_ms: int | None = None


def say(thing: Thing) -> News:
    if thing.clip is not None and thing.cycle is not None:
        return CLIP_WORDS[thing.kind](thing, thing.cycle, thing.clip)
    if thing.cycle is not None:
        return CYCLE_WORDS[thing.kind](thing.cycle)
    if thing.pair is not None:
        return _cycle_to_begin(thing.pair)
    if thing.share is not None:
        return _share_to_watch(thing.share)
    raise ValueError(f"a {thing.kind} about nothing")


def _several(count: int, word: str) -> str:
    return f"{count}\u00a0{word}{'' if count == 1 else 's'}"


def _studio(words: str, clip: ClipFacts) -> Action:
    return Action(words, "tags.studio", {"clip_id": clip.id})


def _upload(words: str, cycle: CycleFacts, purpose: Purpose) -> Action:
    return Action(words, "uploads.page", {"cycle_id": cycle.id, "purpose": purpose.value})


def _review(words: str, cycle: CycleFacts) -> Action:
    return Action(words, "reviews.review", {"cycle_id": cycle.id})


def _page(words: str, cycle: CycleFacts, anchor: str) -> Action:
    return Action(words, "pages.cycle", {"cycle_id": cycle.id, "_anchor": anchor})


def _with_picture(news: News, clip: ClipFacts) -> News:
    return replace(news, picture=clip.id, length_ms=clip.duration_ms)


def _inside(focus: str) -> str:
    """A focus in the middle of a sentence: `Entry routines` becomes small, `PE warm-ups` does not."""
    return focus[0].lower() + focus[1:] if focus[1:2].islower() else focus


def _clip_failed(_thing: Thing, cycle: CycleFacts, clip: ClipFacts) -> News:
    again = Action("Try again", "clips.retry", {"clip_id": clip.id}, post=True)
    other_file = _upload("Choose another file", cycle, clip.purpose)
    return News(
        f"“{clip.title}” needs another try",
        clip.reason or "This clip could not be converted.",
        again if may_try_again(clip) else other_file,
        second=other_file if may_try_again(clip) else None,
        about=cycle.focus,
    )


def _clip_coming(_thing: Thing, cycle: CycleFacts, clip: ClipFacts) -> News:
    if clip.state is ClipState.UPLOADING:
        return News(
            f"“{clip.title}” has not arrived yet",
            "Open the upload to send what is missing. What has arrived is kept.",
            _upload("Go on sending", cycle, clip.purpose),
            about=cycle.focus,
        )
    if clip.being_trimmed:
        return News(
            f"“{clip.title}” is being trimmed",
            "You can leave this page. Nobody can watch the clip until this is done.",
            _page("Open the cycle", cycle, "clips"),
            about=cycle.focus,
        )
    if clip.watchable:
        return News(
            f"“{clip.title}” is being converted",
            "You can already watch and mark it. You may delete it from the iPad once it says Ready.",
            _studio("Watch it now", clip),
            about=cycle.focus,
        )
    return News(
        f"“{clip.title}” is on its way",
        "You can leave this page. You may delete the clip from the iPad once it says Ready.",
        _page("Open the cycle", cycle, "clips"),
        about=cycle.focus,
    )


def _clip_ready(_thing: Thing, cycle: CycleFacts, clip: ClipFacts) -> News:
    news = News(
        "Your clip is ready",
        f"“{clip.title}”, {clock(clip.duration_ms)}. Only you can see it, until you share it.",
        _studio("Look at it", clip),
        second=Action(f"Share with {cycle.other}", "clips.share", {"clip_id": clip.id}, post=True),
        about=cycle.focus,
    )
    return _with_picture(news, clip)


def _moments_shared(thing: Thing, cycle: CycleFacts, clip: ClipFacts) -> News:
    news = News(
        f"{cycle.other} shared {_several(thing.count, 'moment')} with you",
        f"From “{clip.title}”. Ten minutes is plenty before you meet.",
        _review("Look at the moments", cycle),
        second=None if clip.my_tags else _studio("Add your own first", clip),
        about=cycle.focus,
    )
    return _with_picture(news, clip)


def _clip_to_tag(_thing: Thing, cycle: CycleFacts, clip: ClipFacts) -> News:
    news = News(
        f"{cycle.other} shared a clip with you",
        f"“{clip.title}”, {clock(clip.duration_ms)}. What you mark stays yours until you share it.",
        _studio("Watch and mark moments", clip),
        about=cycle.focus,
    )
    return _with_picture(news, clip)


def _drafts_to_share(thing: Thing, cycle: CycleFacts, clip: ClipFacts) -> News:
    waits, them = ("waits", "it") if thing.count == 1 else ("wait", "them")
    news = News(
        f"{_several(thing.count, 'draft')} {waits} for you",
        f"On “{clip.title}”. Only you can see {them} until you share with {cycle.other}.",
        _studio("Finish and share", clip),
        about=cycle.focus,
    )
    return _with_picture(news, clip)


def _review_to_agree(cycle: CycleFacts) -> News:
    return News(
        f"{cycle.other} has agreed; it waits for you",
        f"Your review of {_inside(cycle.focus)} is written down. Read it once more; agree if it says what you mean.",
        _review("Read what you agreed", cycle),
        about=cycle.focus,
    )


def _other_to_agree(cycle: CycleFacts) -> News:
    return News(
        f"You have agreed; {cycle.other} has not yet",
        f"Your review of {_inside(cycle.focus)} closes the cycle once you have both agreed.",
        _review("Open the review", cycle),
        about=cycle.focus,
    )


def _clip_to_film(cycle: CycleFacts) -> News:
    return News(
        "Film where you are now",
        "A short piece of one lesson is plenty: the first ten minutes, or one table. You choose which.",
        _upload("Upload a clip", cycle, Purpose.BASELINE),
        second=_page("Open the cycle", cycle, "identify"),
        about=cycle.focus,
    )


def _reality_to_describe(cycle: CycleFacts) -> News:
    return News(
        "How is it today?",
        f"Five short questions, once you have looked. The answers are yours; {cycle.other} reads them too.",
        Action("Answer them", "reality.picture", {"cycle_id": cycle.id}),
        second=_page("Open the cycle", cycle, "identify"),
        about=cycle.focus,
    )


def _goal_to_write(cycle: CycleFacts) -> News:
    if not cycle.is_coachee:
        return News(
            f"{cycle.other} has no goal yet",
            f"{cycle.focus} is under way. A goal of {cycle.other}’s own comes next; write it down together.",
            Action("Write the goal together", "cycles.goal", {"cycle_id": cycle.id}),
            about=cycle.focus,
        )
    return News(
        f"Choose a goal with {cycle.other}",
        "One sentence about what your pupils will be doing, and how you will both know.",
        Action("Write the goal", "cycles.goal", {"cycle_id": cycle.id}),
        about=cycle.focus,
    )


def _strategy_to_choose(cycle: CycleFacts) -> News:
    return News(
        "The goal is there; choose a strategy",
        "One is often enough. Its steps become the buttons with which you both mark moments.",
        Action("Choose from the playbook", "cycles.strategies", {"cycle_id": cycle.id}),
        about=cycle.focus,
    )


def _ready_to_learn(cycle: CycleFacts) -> News:
    return News(
        "You are ready to practise",
        "Goal and strategy are chosen. Move the cycle on to Learn when you both feel ready.",
        _page("Open the cycle", cycle, "identify"),
        about=cycle.focus,
    )


def _progress_to_film(cycle: CycleFacts) -> News:
    return News(
        "Film how it is going",
        "Once you have tried the steps a few times, the same piece of a lesson shows what has changed.",
        _upload("Upload a clip", cycle, Purpose.PROGRESS),
        second=_page("Read the steps", cycle, "learn"),
        about=cycle.focus,
    )


def _ready_to_improve(cycle: CycleFacts) -> News:
    return News(
        "There is something to look back on",
        "A progress clip has been filmed. Move the cycle on to Improve when you meet to review it.",
        _page("Open the cycle", cycle, "learn"),
        about=cycle.focus,
    )


def _review_to_hold(cycle: CycleFacts) -> News:
    return News(
        f"Look back together with {cycle.other}",
        f"The review of {_inside(cycle.focus)}: then and now, what to celebrate, and what comes next.",
        _review("Open the review", cycle),
        about=cycle.focus,
    )


def _meeting_coming(cycle: CycleFacts) -> News:
    meeting = cycle.meeting
    if meeting is None:
        raise ValueError("a meeting that nobody has planned")
    what = "Review" if meeting.is_review else "Session"
    days = (meeting.at.date() - meeting.today).days
    when = {0: "today", 1: "tomorrow"}.get(days, f"on {meeting.at:%A}")
    return News(
        f"{what} {when} with {cycle.other}",
        f"At {time_of_day(meeting.at, meeting.at.tzinfo or ZONE)}, about {_inside(cycle.focus)}.",
        _review("Open the review", cycle)
        if meeting.is_review
        else Action("Open the session", "sessions.one", {"meeting_id": meeting.id}),
        about=cycle.focus,
    )


def _messages_waiting(cycle: CycleFacts) -> News:
    return News(
        f"{cycle.other} wrote to you",
        "Only the two of you read it." if cycle.unread == 1 else f"{cycle.unread} messages, for the two of you alone.",
        Action("Read and answer", "conversation.page", {"cycle_id": cycle.id}),
        about=cycle.focus,
    )


def _cycle_to_begin(pair: PairFacts) -> News:
    sentence = (
        "Agree in a few words what it is about. Everything else follows from there."
        if pair.is_coachee
        else f"Agree with {pair.other} in a few words what it is about. Everything else follows from there."
    )
    return News(
        f"Begin a cycle with {pair.other}",
        sentence,
        Action("Begin a cycle", "cycles.new", {"pair": pair.id}),
        about=pair.other,
    )


def _share_to_watch(share: ShareFacts) -> News:
    return News(
        f"{share.owner} lets you watch something",
        f"“{share.name}”, {clock(share.length_ms)}, for you alone.",
        Action("Watch it", "shares.watch", {"share_id": share.id}),
        about=share.owner,
    )


CLIP_WORDS = {
    Kind.CLIP_FAILED: _clip_failed,
    Kind.CLIP_COMING: _clip_coming,
    Kind.CLIP_READY: _clip_ready,
    Kind.MOMENTS_SHARED: _moments_shared,
    Kind.CLIP_TO_TAG: _clip_to_tag,
    Kind.DRAFTS_TO_SHARE: _drafts_to_share,
}
CYCLE_WORDS = {
    Kind.MEETING_COMING: _meeting_coming,
    Kind.MESSAGES_WAITING: _messages_waiting,
    Kind.REVIEW_TO_AGREE: _review_to_agree,
    Kind.OTHER_TO_AGREE: _other_to_agree,
    Kind.CLIP_TO_FILM: _clip_to_film,
    Kind.REALITY_TO_DESCRIBE: _reality_to_describe,
    Kind.GOAL_TO_WRITE: _goal_to_write,
    Kind.STRATEGY_TO_CHOOSE: _strategy_to_choose,
    Kind.READY_TO_LEARN: _ready_to_learn,
    Kind.PROGRESS_TO_FILM: _progress_to_film,
    Kind.READY_TO_IMPROVE: _ready_to_improve,
    Kind.REVIEW_TO_HOLD: _review_to_hold,
}
