"""Writing the review and agreeing on it.

Both people write into one row.  Whoever comes second takes over what the other changed, and is asked only where both
changed the same part (UX: a conflict shows both texts).
"""

import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from veo_workflow.access.policy import State, Thing, Verb, allows, require
from veo_workflow.audit.operations import record
from veo_workflow.cycles.carrying import CARRIED_ON, carry_on
from veo_workflow.cycles.models import Outcome
from veo_workflow.cycles.operations import close
from veo_workflow.cycles.queries import CycleSeen
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput, NotAllowed, NotFound
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Pair, Person
from veo_workflow.reviews import rules
from veo_workflow.reviews.models import Confirmation, NextAction, Review
from veo_workflow.reviews.queries import agreed_by, pair_ids, record_of, said

BOTH_CHANGED = "You have both changed the same words. Both texts are kept: choose which one stays, or keep both."


def write(session: Session, person: Person, seen: CycleSeen, form: rules.ReviewForm) -> Review:
    """Save what was typed, on top of what the other person may have saved meanwhile.

    Raises NotFound, NotAllowed, InvalidInput, or Conflict whose details carry both texts of each part that both
    changed.
    """
    form.check()
    review = opened_for(session, seen, Verb.CHANGE)
    stands = record_of(review)
    merged, conflicts = rules.merge(stands, form, version=review.version)
    if conflicts:
        raise _both_texts(review, person, seen, form, conflicts)
    if merged != stands:
        _put(review, merged)
        review.version += 1
        review.changed_at = now()
        review.changed_by_id = person.id
    session.flush()
    return review


def confirm(session: Session, person: Person, seen: CycleSeen, outcome: Outcome | None) -> Review:
    """One of the pair agrees to `outcome`, the one on their screen; when both have, the cycle closes and
    what carries over opens the next one.

    Raises NotFound, NotAllowed, InvalidInput when something is missing, or Conflict when another outcome stands.
    """
    review = opened_for(session, seen, Verb.CONFIRM)
    missing = rules.missing_to_agree(seen.cycle.stage, review.outcome)
    if missing is not None or review.outcome is None:
        raise InvalidInput(missing or "", code="cannot_agree_yet")
    if review.outcome is not outcome:
        raise Conflict(
            f"“{rules.OUTCOMES[review.outcome]}” has been chosen meanwhile. Look at it before you agree.",
            code="other_outcome",
        )
    agreed = agreed_by(review)
    if person.id not in agreed:
        review.confirmations.append(Confirmation(person_id=person.id))
        record(session, "review_confirmed", by=person.id, school=seen.cycle.school_id, subject=("cycle", seen.cycle.id))
    closes = rules.closes(agreed | {person.id}, pair_ids(seen.pair))
    kind = NoticeKind.CYCLE_CLOSED if closes else NoticeKind.REVIEW_AGREED
    tell(session, pair_ids(seen.pair), kind, seen.cycle.id, by=person.id)
    if closes:
        close(session, seen.cycle, review.outcome, by=person)
        if review.outcome in CARRIED_ON:
            carry_on(session, seen.cycle, review.outcome, by=person)
    session.flush()
    return review


def mark_done(session: Session, person: Person, seen: CycleSeen, action_id: uuid.UUID, *, done: bool) -> None:
    """Either of the pair says that a next action is done, or is not; in a closed review too.

    Raises NotFound, NotAllowed.
    """
    if not allows(seen.relations, Verb.CHANGE, Thing.NEXT_ACTION, seen.state):
        require(seen.relations, Verb.SEE, Thing.NEXT_ACTION, seen.state)
        raise NotAllowed(rules.why_unchangeable(seen.state))
    action = next((line for line in _held(session, seen).actions if line.id == action_id), None)
    if action is None:
        raise NotFound("This action is no longer in the review. Reload the page to see what you two agreed.")
    if done is (action.done_at is not None):
        return
    action.done_at, action.done_by_id = (now(), person.id) if done else (None, None)
    what = "next_action_done" if done else "next_action_not_done"
    record(session, what, by=person.id, school=seen.cycle.school_id, subject=("cycle", seen.cycle.id))
    if done:
        tell(session, pair_ids(seen.pair), NoticeKind.ACTION_DONE, seen.cycle.id, by=person.id)


def opened_for(session: Session, seen: CycleSeen, verb: Verb) -> Review:
    """The review's row, held until the transaction ends, if the policy lets the asker do this with it.

    The row is looked at once more after it is held: the other person may have closed the cycle while we waited.
    """
    if not allows(seen.relations, verb, Thing.REVIEW, seen.state):
        require(seen.relations, Verb.SEE, Thing.REVIEW, seen.state)
        raise NotAllowed(rules.why_unchangeable(seen.state))
    review = _held(session, seen)
    if rules.closes(agreed_by(review), pair_ids(seen.pair)):
        raise NotAllowed(rules.why_unchangeable(State.CLOSED))
    return review


def _held(session: Session, seen: CycleSeen) -> Review:
    """The row for writing; two people who begin a review at once begin the same one."""
    wanted = (
        select(Review)
        .where(Review.cycle_id == seen.cycle.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = session.scalar(wanted)
    if found is not None:
        return found
    try:
        with session.begin_nested():
            session.add(Review(cycle_id=seen.cycle.id))
    except IntegrityError:
        pass  # the other person's row is there now
    return session.scalars(wanted).one()


def _put(review: Review, words: rules.Record) -> None:
    review.celebrate, review.improve = words.celebrate, words.improve
    if rules.asks_again(review.outcome, words.outcome):
        review.outcome = words.outcome
        review.confirmations.clear()
    if words.actions != record_of(review).actions:
        _put_actions(review, words.actions)


def _put_actions(review: Review, actions: tuple[rules.Action, ...]) -> None:
    """A line that stays, moves or is reworded stays the same action, done or not."""
    before = list(review.actions)
    same = rules.same_lines([line.what for line in before], [action.what for action in actions])
    lines = []
    for position, (earlier, action) in enumerate(zip(same, actions, strict=True), start=1):
        line = NextAction() if earlier is None else before[earlier]
        line.position, line.what, line.owner_id, line.due_on = position, action.what, action.owner_id, action.due_on
        lines.append(line)
    review.actions = lines


def _both_texts(review: Review, person: Person, seen: CycleSeen, form: rules.ReviewForm, parts: list[str]) -> Conflict:
    """Plain values only: the same details are a page for a form, and JSON for a script.

    The row knows who changed it last, not who changed which part; when that was the asker, no time is said.
    """
    stands, other = record_of(review), seen.pair.other(person.id)
    return Conflict(
        BOTH_CHANGED,
        version=review.version,
        by=other.given_name,
        at=review.changed_at if review.changed_by_id == other.id else None,
        parts=[two_texts(part, getattr(form.record, part), getattr(stands, part), seen.pair) for part in parts],
    )


def two_texts(part: str, mine: Any, theirs: Any, pair: Pair) -> dict[str, Any]:
    """One part in a conflict, as plain values."""
    texts = said(mine, pair), said(theirs, pair)
    return {
        "part": part,
        "name": rules.PARTS.get(part, "What we take from this moment"),
        "mine": texts[0],
        "theirs": texts[1],
        "difference": rules.difference(*texts),
        "can_keep_both": part != "outcome",
        "over": rules.mark(theirs),
    }
