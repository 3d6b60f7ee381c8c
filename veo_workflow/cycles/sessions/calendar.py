"""Meetings as a calendar file (RFC 5545): who with and when, and nothing of what is talked about."""

from collections.abc import Iterable
from datetime import timedelta

from icalendar import Calendar, Event

from veo_workflow.cycles.sessions.queries import Coming

PRODUCT = "-//veo-workflow//Coaching sessions//EN"


def written(comings: Iterable[Coming]) -> bytes:
    """The meetings as one calendar, their times in UTC.

    A meeting keeps its UID; its SEQUENCE grows with every change, so that a calendar that has it already moves it.
    """
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    for coming in comings:
        calendar.add_component(_event(coming))
    content: bytes = calendar.to_ical()
    return content


def _event(coming: Coming) -> Event:
    meeting = coming.meeting
    event = Event()
    event.add("uid", str(meeting.id))
    event.add("sequence", meeting.version)
    event.add("dtstamp", meeting.changed_at)
    event.add("dtstart", meeting.starts_at)
    event.add("dtend", meeting.starts_at + timedelta(minutes=meeting.minutes))
    event.add("summary", f"Coaching session with {coming.other.given_name}")
    event.add("status", "CANCELLED" if meeting.cancelled_at else "CONFIRMED")
    return event
