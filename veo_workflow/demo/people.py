"""Who is in the demo: invented schools and people, and what their cycles are about."""

from dataclasses import dataclass, field
from typing import Any

from veo_workflow.cycles.models import CpdLayer, Outcome, Stage
from veo_workflow.people.models import Role


@dataclass(frozen=True)
class DemoPerson:
    name: str
    email: str
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True)
class DemoSession:
    """`days` from today, before it or after; `held` for those that were recorded."""

    days: int
    time: str
    stage: Stage
    place: str = ""
    held: bool = False
    is_review: bool = False


@dataclass(frozen=True)
class DemoCycle:
    """`goal` is what the goal form would send; days count back from today."""

    focus: str
    layer: CpdLayer
    stage: Stage
    opened_days_ago: int
    strategies: tuple[str, ...] = ()
    goal: dict[str, str] = field(default_factory=dict)
    reading: tuple[int, str] | None = None  # days ago, figure
    outcome: Outcome | None = None
    sessions: tuple[DemoSession, ...] = ()


@dataclass(frozen=True)
class DemoPair:
    coach: str
    coachee: str
    cycles: tuple[DemoCycle, ...] = ()


@dataclass(frozen=True)
class DemoCoach:
    """On the roster for so many days, trained so many days ago if at all."""

    email: str
    days: int
    trained: int | None
    capacity: int


@dataclass(frozen=True)
class DemoSchoolPlan:
    name: str
    people: tuple[DemoPerson, ...]
    pairs: tuple[DemoPair, ...]
    coaches: tuple[DemoCoach, ...] = ()


def _goal(statement: str, measure: str, unit: str, baseline: str, target: str, **more: Any) -> dict[str, str]:
    return {
        "statement": statement,
        "measure": measure,
        "unit": unit,
        "baseline": baseline,
        "target": target,
        **more,
    }


ENTRY = DemoCycle(
    "Entry routines",
    CpdLayer.WHOLE_SCHOOL,
    Stage.IMPROVE,
    70,
    ("A calm start",),
    _goal(
        "By the end of term, every child in 4A is seated and writing within two minutes of the door opening after "
        "lunch.",
        "Minutes until all are writing",
        "minutes",
        "6:40",
        "2:00",
        powerful="We lose nearly half an hour a week at the door. Winning it back changes every afternoon.",
        easy="Four of the five steps are things I do on a good day already.",
        emotionally_compelling="I want to begin the afternoon smiling, not sorting out coats.",
        reachable="4A managed three minutes once in September, and we can count it on a clip.",
        student_focused="It says what the children are doing: seated, writing, calm.",
        evidence_plan="We time it on the clip, from the door opening to the last pencil moving. Three books show "
        "whether the first task was worth doing.",
    ),
    reading=(4, "2:50"),
    sessions=(
        DemoSession(-63, "15:30", Stage.IDENTIFY, "Room 4A", held=True),
        DemoSession(-28, "15:40", Stage.LEARN, "Room 4A", held=True),
        DemoSession(2, "15:30", Stage.IMPROVE, "Library", is_review=True),
    ),
)
TALK = DemoCycle(
    "Classroom talk",
    CpdLayer.TEAM,
    Stage.LEARN,
    40,
    ("Talk that builds", "Everybody answers"),
    _goal(
        "In each discussion in 5B, at least ten different pupils speak, and half of them answer another pupil.",
        "Pupils who speak in ten minutes",
        "pupils",
        "5",
        "10",
        powerful="Those who never speak never find out what they think.",
        student_focused="It counts pupils, not my questions.",
        evidence_plan="We count voices on the clip.",
    ),
    sessions=(
        DemoSession(-21, "08:20", Stage.LEARN, "Room 5B", held=True),
        DemoSession(5, "08:20", Stage.LEARN, "Room 5B"),
    ),
)
QUESTIONS = DemoCycle("Questioning", CpdLayer.INDIVIDUAL, Stage.IDENTIFY, 9)
BOARDS = DemoCycle(
    "Checking for understanding",
    CpdLayer.TEAM,
    Stage.IMPROVE,
    60,
    ("Boards up",),
    _goal(
        "Before any practice begins, I have seen the answer of every pupil and changed something because of it.",
        "Lessons in a week with a change because of the boards",
        "lessons",
        "1",
        "4",
        reachable="One lesson a day is enough.",
    ),
    sessions=(DemoSession(-2, "12:30", Stage.IMPROVE, "Staff room"),),
)
DIRECTIONS = DemoCycle(
    "Clear directions",
    CpdLayer.INDIVIDUAL,
    Stage.IMPROVE,
    150,
    ("Clear directions",),
    _goal("Changes of activity take less than a minute.", "Seconds for a change", "seconds", "170", "60"),
    outcome=Outcome.NEW_CYCLE,
)
FEEDBACK = DemoCycle(
    "Feedback during the lesson", CpdLayer.WHOLE_SCHOOL, Stage.IDENTIFY, 12, ("Feedback in the moment",)
)
RETRIEVAL = DemoCycle("Starting with retrieval", CpdLayer.TEAM, Stage.LEARN, 30, ("Retrieval to begin with",))

HAZELBROOK = DemoSchoolPlan(
    "Hazelbrook Primary School",
    (
        DemoPerson("Ruth Adeyemi", "ruth@hazelbrook.example", frozenset({Role.LEAD})),
        DemoPerson("Colin Marsh", "colin@hazelbrook.example", frozenset({Role.ADMINISTRATOR})),
        DemoPerson("Nadia Rahman", "nadia@hazelbrook.example", frozenset({Role.SAFEGUARDING_LEAD})),
        DemoPerson("Priya Nair", "priya@hazelbrook.example"),
        DemoPerson("Tom Ellis", "tom@hazelbrook.example"),
        DemoPerson("Asha Khan", "asha@hazelbrook.example"),
        DemoPerson("Ben Carter", "ben@hazelbrook.example"),
        DemoPerson("Chloe Martin", "chloe@hazelbrook.example"),
        DemoPerson("Dan Osei", "dan@hazelbrook.example"),
        DemoPerson("Elif Kaya", "elif@hazelbrook.example"),
        DemoPerson("Finn Walsh", "finn@hazelbrook.example"),
    ),
    (
        DemoPair("priya@hazelbrook.example", "asha@hazelbrook.example", (ENTRY,)),
        DemoPair("priya@hazelbrook.example", "ben@hazelbrook.example", (TALK,)),
        DemoPair("priya@hazelbrook.example", "chloe@hazelbrook.example", (QUESTIONS,)),
        DemoPair("tom@hazelbrook.example", "dan@hazelbrook.example", (BOARDS,)),
        DemoPair("tom@hazelbrook.example", "elif@hazelbrook.example", (DIRECTIONS, FEEDBACK)),
        DemoPair("tom@hazelbrook.example", "finn@hazelbrook.example"),
        DemoPair("ruth@hazelbrook.example", "tom@hazelbrook.example", (RETRIEVAL,)),
    ),
    (
        DemoCoach("ruth@hazelbrook.example", 1900, 1870, 2),
        DemoCoach("priya@hazelbrook.example", 820, 790, 3),
        DemoCoach("tom@hazelbrook.example", 160, None, 2),
        DemoCoach("elif@hazelbrook.example", 20, 12, 1),
    ),
)
OAKFIELD = DemoSchoolPlan(
    "Oakfield Academy",
    (
        DemoPerson("Grace Lowe", "grace@oakfield.example", frozenset({Role.LEAD, Role.ADMINISTRATOR})),
        DemoPerson("Harun Aziz", "harun@oakfield.example"),
        DemoPerson("Imogen Reed", "imogen@oakfield.example"),
    ),
    (DemoPair("harun@oakfield.example", "imogen@oakfield.example", (QUESTIONS,)),),
)
SCHOOLS = (HAZELBROOK, OAKFIELD)

COLLEAGUE = "dan@hazelbrook.example"  # may watch one of Asha's lessons
# What Priya (and Asha) marked on Asha's lessons: (seconds, step number, kind, note, whose, shared).
PROGRESS_TAGS = (
    (4.0, 1, "strength", "You can see the whole corridor and the first two tables from there.", "coach", True),
    (8.5, 2, "strength", "Four names in a row, all unhurried. The line behind goes quiet on its own.", "coach", True),
    (9.2, 2, "note", "I was not rushing, because the task was already up. That is new.", "coachee", True),
    (14.0, 3, "strength", "Nine of them begin before you have said a word.", "coach", True),
    (20.0, 4, "strength", "Ten full seconds, standing still. The back table picks up pencils.", "coach", True),
    (26.5, 5, "suggestion", "“Well done” could say what for: which table, doing what?", "coach", True),
    (31.0, 1, "question", "What could you see from here that you cannot see from the desk?", "coach", True),
    (34.0, 5, "strength", "“Table three, all six pencils moving.” Exact and quiet.", "coach", False),
)
# Under which of them somebody replied: (seconds of the moment, whose reply, what).
PROGRESS_REPLIES = (
    (26.5, "coachee", "True. I will say “Table three, pens moving” tomorrow and see who looks up."),
    (31.0, "coachee", "Both doors, and the coats. From the desk I only ever saw the first."),
    (31.0, "coach", "Then that is your place. Shall we mark it on the floor for a week?"),
)
BASELINE_TAGS = (
    (6.0, 1, "note", "I am at my laptop. Nobody is at the door.", "coachee", True),
    (18.0, 2, "note", "The third child is the first I speak to.", "coachee", True),
    (24.0, 3, "question", "What could they have begun on their own?", "coach", True),
)
