"""Browsers in which people sign in by hand, as they do at a school that runs."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.support.live import School
from veo_workflow.people.models import Person

SignIn = Callable[..., Page]


@contextlib.contextmanager
def own_browsers(chromium: Browser, school: School, patience: float) -> Iterator[SignIn]:
    """`sign_in(person, **screen)`: a browser of their own, on their home page; `patience` is in seconds."""
    opened = []

    def sign_in(person: Person, **screen: Any) -> Page:
        context = chromium.new_context(**screen)
        context.set_default_timeout(patience * 1000)
        opened.append(context)
        page = context.new_page()
        page.goto(school.origin)
        page.get_by_label("School email").fill(person.email)
        page.get_by_label("Password").fill(school.give_password(person))
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator(".who summary")).to_contain_text(person.given_name)
        return page

    yield sign_in
    for context in opened:
        context.close()
