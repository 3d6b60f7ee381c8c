"""What the demo's lead finds: a log that is handed in, and a strategy of which there is a newer wording."""

import dataclasses
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.cycles.models import Cycle, Stage
from veo_workflow.oversight.logs import operations as logs
from veo_workflow.oversight.logs.rules import Conversation, LogWords
from veo_workflow.oversight.models import Theme
from veo_workflow.pages.playbook.operations import reword
from veo_workflow.people.models import Person
from veo_workflow.playbook.models import Strategy
from veo_workflow.playbook.queries import newest_version, titles, words_of
from veo_workflow.schools.models import HalfTerm
from veo_workflow.schools.queries import today_at

THEMES = ("Entry routines", "Learning behaviours")
NEEDS = "An afternoon on routines for the whole phase: other rooms open onto the same corridor."
NOTE = "You wanted to do the door before anything else. It was the right order."
REWORDED = "talk that builds"
PROMPT = "Who spoke to whom, and what did the second pupil do with what the first had said?"
LOGGED_DAYS_AGO = 28


def hand_in_log(session: Session, cycle: Cycle) -> None:
    """Of the half-term in which the pair met last; in the very first days of a year there is none yet."""
    day = today_at(session, cycle.school_id) - timedelta(days=LOGGED_DAYS_AGO)
    begun = select(HalfTerm).where(HalfTerm.school_id == cycle.school_id, HalfTerm.starts_on <= day)
    half_term = session.scalars(begun.order_by(HalfTerm.starts_on.desc()).limit(1)).first()
    if half_term is None:
        return
    chosen = session.scalars(select(Theme.id).where(Theme.school_id == cycle.school_id, Theme.name.in_(THEMES)))
    held = Conversation(min(day, half_term.ends_on), 30, Stage.LEARN)
    words = LogWords((held,), Stage.LEARN, NEEDS, frozenset(chosen), NOTE)
    logs.write(session, cycle.pair, half_term, words, after="0.0", hand_in=True, by=cycle.pair.coach)


def reword_strategy(session: Session, lead: Person) -> None:
    """The pairs that use it hear of that, and find what is different."""
    holder = titles(session, lead.school_id).get(REWORDED)
    if holder is None:
        return
    standing = newest_version(session, holder.strategy_id)
    words = words_of(standing)
    first = dataclasses.replace(words.steps[0], prompt=PROMPT)
    strategy = session.get_one(Strategy, holder.strategy_id)
    reworded = dataclasses.replace(words, steps=(first, *words.steps[1:]))
    reword(session, strategy, reworded, after=standing.version, by=lead)
