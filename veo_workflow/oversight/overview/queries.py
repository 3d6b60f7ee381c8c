"""What a lead sees of a term, in a fixed number of statements however many colleagues there are.

Columns are selected, never rows of clips or tags: no statement here names a title, a note or a focus
(SAFEGUARDING A3).  A count that stands on footage is made in the database, which hands out none under five people.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Subquery, func, select
from sqlalchemy.orm import Session, aliased

from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.cycles.models import ChosenStrategy, CoachingSession, Cycle, Stage
from veo_workflow.database import now
from veo_workflow.oversight.models import CoachingLog, LogTheme, Theme
from veo_workflow.oversight.overview import rules
from veo_workflow.oversight.overview.rules import FEWEST, CycleFacts, Meeting, TermFacts
from veo_workflow.people.models import Pair, Person
from veo_workflow.playbook.models import Step, StrategyVersion
from veo_workflow.schools.models import AcademicYear, HalfTerm, School, Term
from veo_workflow.tags.models import Tag

TERMS_TO_CHOOSE = 30
CYCLES_OF_A_YEAR = 12  # at most, of one colleague: more are not on the board


def terms(session: Session, school_id: uuid.UUID) -> list[TermFacts]:
    """The school's terms with their years, newest first."""
    rows = session.execute(
        select(Term.id, Term.name, Term.starts_on, Term.ends_on, AcademicYear.id, AcademicYear.name)
        .join(AcademicYear, AcademicYear.id == Term.academic_year_id)
        .where(Term.school_id == school_id)
        .order_by(Term.starts_on.desc())
        .limit(TERMS_TO_CHOOSE)
    )
    return [TermFacts(*row) for row in rows]


def half_terms(session: Session, term: TermFacts) -> list[HalfTerm]:
    return list(session.scalars(select(HalfTerm).where(HalfTerm.term_id == term.id).order_by(HalfTerm.number)))


def stage_counts(session: Session, school_id: uuid.UUID, term: TermFacts) -> dict[tuple[Stage | None, bool], int]:
    """Colleagues with an entitlement by where their newest cycle of the term is: one statement."""
    newest = _newest_cycles(school_id, term)
    closed = newest.c.closed_at.is_not(None)
    rows = session.execute(
        select(newest.c.stage, closed, func.count())
        .select_from(Person)
        .join(School, School.id == Person.school_id)
        .outerjoin(newest, (newest.c.coachee_id == Person.id) & (newest.c.place == 1))
        .where(_has_entitlement(school_id))
        .group_by(newest.c.stage, closed)
    )
    return {(row[0], bool(row[1])): row[2] for row in rows}


def _newest_cycles(school_id: uuid.UUID, term: TermFacts) -> Subquery:
    place = func.row_number().over(partition_by=Pair.coachee_id, order_by=(Cycle.opened_at.desc(), Cycle.id.desc()))
    return (
        select(Pair.coachee_id, Cycle.stage, Cycle.closed_at, place.label("place"))
        .join(Pair, Pair.id == Cycle.pair_id)
        .where(Cycle.school_id == school_id, Cycle.term_id == term.id)
        .subquery()
    )


def _has_entitlement(school_id: uuid.UUID) -> ColumnElement[bool]:
    return (Person.school_id == school_id) & Person.disabled_at.is_(None) & (_entitlement() > 0)


def _entitlement() -> ColumnElement[int]:
    return func.coalesce(Person.cycles_a_year, School.cycles_a_year)


@dataclass(frozen=True)
class Board:
    lines: list[rules.BoardLine]
    more: bool


def board(session: Session, school_id: uuid.UUID, year: Sequence[TermFacts], *, limit: int, offset: int = 0) -> Board:
    """Colleagues by name, each with a cell for each term of the year: four statements."""
    found = session.execute(
        select(Person.id, Person.name, _entitlement())
        .join(School, School.id == Person.school_id)
        .where(_has_entitlement(school_id))
        .order_by(Person.name, Person.id)
        .limit(limit + 1)
        .offset(offset)
    )
    people = [rules.Person(*row) for row in found]
    ids = [person.id for person in people[:limit]]
    coaches, meetings, cycles = _coaches(session, ids), _meetings(session, ids), _cycles(session, ids, year)
    lines = [
        rules.board_line(person, year, coaches[person.id], cycles[person.id], meetings.get(person.id))
        for person in people[:limit]
    ]
    return Board(lines, more=len(people) > limit)


def _coaches(session: Session, coachee_ids: Sequence[uuid.UUID]) -> defaultdict[uuid.UUID, list[str]]:
    coach = aliased(Person)
    rows = session.execute(
        select(Pair.coachee_id, coach.name)
        .join(coach, coach.id == Pair.coach_id)
        .where(Pair.coachee_id.in_(coachee_ids), Pair.ended_at.is_(None))
        .order_by(coach.name)
    )
    found = defaultdict(list)
    for coachee_id, name in rows:
        found[coachee_id].append(name)
    return found


def _cycles(
    session: Session, coachee_ids: Sequence[uuid.UUID], year: Sequence[TermFacts]
) -> defaultdict[uuid.UUID, list[CycleFacts]]:
    rows = session.execute(
        select(Pair.coachee_id, Cycle.term_id, Cycle.stage, Cycle.closed_at.is_not(None))
        .join(Pair, Pair.id == Cycle.pair_id)
        .where(Pair.coachee_id.in_(coachee_ids), Cycle.term_id.in_([term.id for term in year]))
        .order_by(Cycle.opened_at, Cycle.id)
        .limit(CYCLES_OF_A_YEAR * max(1, len(coachee_ids)))
    )
    found = defaultdict(list)
    for coachee_id, term_id, stage, closed in rows:
        found[coachee_id].append(CycleFacts(coachee_id, term_id, stage, bool(closed)))
    return found


def _meetings(session: Session, coachee_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Meeting]:
    place = func.row_number().over(partition_by=Pair.coachee_id, order_by=(CoachingSession.starts_at,))
    ranked = (
        select(Pair.coachee_id, CoachingSession.starts_at, CoachingSession.is_review, place.label("place"))
        .join(Pair, Pair.id == CoachingSession.pair_id)
        .outerjoin(Cycle, Cycle.id == CoachingSession.cycle_id)
        .where(
            Pair.coachee_id.in_(coachee_ids),
            Pair.ended_at.is_(None),
            Cycle.closed_at.is_(None),
            CoachingSession.starts_at >= now(),
            CoachingSession.held_at.is_(None),
            CoachingSession.cancelled_at.is_(None),
        )
        .subquery()
    )
    rows = session.execute(
        select(ranked.c.coachee_id, ranked.c.starts_at, ranked.c.is_review).where(ranked.c.place == 1)
    )
    return {row[0]: Meeting(row[1], row[2]) for row in rows}


def themes(session: Session, school_id: uuid.UUID, term: TermFacts) -> list[rules.ThemeLine]:
    """Themes of the logs handed in, by half-term."""
    rows = session.execute(
        select(Theme.name, HalfTerm.number, func.count())
        .join(LogTheme, LogTheme.theme_id == Theme.id)
        .join(CoachingLog, CoachingLog.id == LogTheme.log_id)
        .join(HalfTerm, HalfTerm.id == CoachingLog.half_term_id)
        .where(HalfTerm.term_id == term.id, CoachingLog.handed_in_at.is_not(None), CoachingLog.school_id == school_id)
        .group_by(Theme.name, HalfTerm.number)
    )
    return rules.theme_lines([(name, half, pairs) for name, half, pairs in rows])


def strategies(session: Session, school_id: uuid.UUID, over: Sequence[TermFacts]) -> list[rules.StrategyLine]:
    """Strategies in use in each of these terms, by how many people are coached with them."""
    people = func.count(Pair.coachee_id.distinct())
    rows = session.execute(
        select(StrategyVersion.strategy_id, Cycle.term_id, func.max(StrategyVersion.title), people)
        .join(ChosenStrategy, ChosenStrategy.strategy_version_id == StrategyVersion.id)
        .join(Cycle, Cycle.id == ChosenStrategy.cycle_id)
        .join(Pair, Pair.id == Cycle.pair_id)
        .where(Cycle.school_id == school_id, Cycle.term_id.in_([term.id for term in over]))
        .group_by(StrategyVersion.strategy_id, Cycle.term_id)
        .having(people >= FEWEST)
    )
    return rules.strategy_lines([(strategy, term, title, count) for strategy, term, title, count in rows], over)


def steps(session: Session, school_id: uuid.UUID, term: TermFacts, *, limit: int) -> list[rules.StepLine]:
    """Steps by how many people have moments of them that their pair shares."""
    worked_on = (
        select(Pair.coachee_id, Tag.step_id)
        .join(Clip, Clip.id == Tag.clip_id)
        .join(Cycle, Cycle.id == Clip.cycle_id)
        .join(Pair, Pair.id == Cycle.pair_id)
        .where(
            Cycle.school_id == school_id,
            Cycle.term_id == term.id,
            Clip.state == ClipState.READY,
            Clip.shared_with_coach_at.is_not(None),
            Tag.shared_at.is_not(None),
            Tag.step_id.is_not(None),
        )
        .distinct()
        .subquery()
    )
    people = func.count(worked_on.c.coachee_id.distinct())
    rows = session.execute(
        select(func.max(StrategyVersion.title), Step.name, people)
        .join(worked_on, worked_on.c.step_id == Step.id)
        .join(StrategyVersion, StrategyVersion.id == Step.strategy_version_id)
        .group_by(StrategyVersion.strategy_id, Step.name)
        .having(people >= FEWEST)
        .order_by(people.desc(), func.max(StrategyVersion.title), Step.name)
        .limit(limit)
    )
    return [rules.StepLine(*row) for row in rows]


def clips_filmed(session: Session, school_id: uuid.UUID, term: TermFacts) -> tuple[int, int] | None:
    """(clips, people) of the term; None where fewer than five people filmed."""
    people = func.count(Clip.owner_id.distinct())
    row = session.execute(
        select(func.count(), people)
        .select_from(Cycle)
        .join(Clip, Clip.cycle_id == Cycle.id)
        .where(Cycle.school_id == school_id, Cycle.term_id == term.id, Clip.state == ClipState.READY)
        .having(people >= FEWEST)
    ).first()
    return (row[0], row[1]) if row else None
