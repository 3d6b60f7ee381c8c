"""The handbook: help for each stage in our own words, a chapter an address, and whole for printing."""

from dataclasses import dataclass

from flask import Blueprint, render_template

from veo_workflow.errors import NotFound

blueprint = Blueprint("handbook", __name__, url_prefix="/handbook")


@dataclass(frozen=True)
class Chapter:
    """Its text is the template `handbook/_<name>.html`."""

    name: str
    title: str
    about: str


CHAPTERS = (
    Chapter(
        "coaching", "What coaching here is", "Two colleagues, one small part of teaching, and nobody who grades it."
    ),
    Chapter("identify", "Identify", "A clear picture first, then a goal, then a way to reach it."),
    Chapter("reality", "A picture of reality", "How it is today, seen by the person who teaches it."),
    Chapter("goal", "A PEERS goal", "One sentence about pupils, one figure, five questions."),
    Chapter("strategy", "Choosing a strategy", "One way to the goal, made to fit your class."),
    Chapter("modelling", "Modelling", "See it or do it once where nothing depends on it."),
    Chapter("learn", "Learn and practise", "Small tries in ordinary lessons, and a tweak after each."),
    Chapter("filming", "Filming a short clip on an iPad", "Before, during and after the lesson."),
    Chapter("tagging", "Tagging", "One press marks a moment you want to talk about."),
    Chapter("improve", "The Improve review", "Look back together, and decide what comes next."),
    Chapter("log", "The coaching log", "A few lines each half-term, and a note that stays with the pair."),
    Chapter("lead", "For the lead", "What you make possible, what you see, and what you do not."),
    Chapter("office", "For the administrator", "Who has an account, who comes, and what ends when somebody leaves."),
    Chapter("privacy", "Privacy", "What to rely on, and what is asked of you."),
)


@blueprint.get("")
def contents() -> str:
    return render_template("handbook/contents.html", chapters=CHAPTERS)


@blueprint.get("/whole")
def whole() -> str:
    return render_template("handbook/whole.html", chapters=CHAPTERS)


@blueprint.get("/<name>")
def chapter(name: str) -> str:
    """Raises NotFound."""
    place = next((place for place, known in enumerate(CHAPTERS) if known.name == name), None)
    if place is None:
        raise NotFound()
    return render_template(
        "handbook/chapter.html",
        chapter=CHAPTERS[place],
        number=place + 1,
        before=CHAPTERS[place - 1] if place else None,
        after=CHAPTERS[place + 1] if place + 1 < len(CHAPTERS) else None,
    )
