"""A real Chromium that plays H.264 and reaches nothing but this machine.

Its headless shell: the same pages, films and input without the frame of a desktop browser around them, which costs as
much again for every page that is opened.
"""

import contextlib
from collections.abc import Iterator

from playwright.sync_api import Browser, expect, sync_playwright

PATIENCE = 60  # seconds; what is right is seen at once, what is late is a busy machine's
expect.set_options(timeout=PATIENCE * 1000)

PROGRAM = "/usr/bin/chromium-headless-shell"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
    "--mute-audio",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


@contextlib.contextmanager
def open_chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, headless=True, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
