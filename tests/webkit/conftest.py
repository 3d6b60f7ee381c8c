"""A real WebKit (WebKitGTK's MiniBrowser), driven on a screen, a bus and a runtime folder of its own.

It is not an iPad: it holds for loading under the CSP, uploading, playing, settled seeks, keys and tags.
"""

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import WebKitGTK
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.webkit.helping import Browser

DRIVER = Path("/usr/bin/WebKitWebDriver")
BROWSER = "*/webkit2gtk-4.1/MiniBrowser"  # below /usr/lib, in a folder named for the machine's architecture
QUIT_SECONDS = 10.0
ANSWER_SECONDS = 60  # a browser that says nothing for so long has stopped for good


@pytest.fixture(scope="session")
def webkit_surroundings() -> Iterator[dict[str, str]]:
    """The environment a browser without a desktop needs."""
    with contextlib.ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="veo-webkit-"))  # mkdtemp makes it 0700
        screen = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]
        display = stack.enter_context(_speaking(screen))
        bus = stack.enter_context(
            _speaking(["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"])
        )
        yield {
            **os.environ,
            "HOME": home,
            "DISPLAY": f":{display}",
            "DBUS_SESSION_BUS_ADDRESS": bus,
            "XDG_RUNTIME_DIR": home,
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "NO_AT_BRIDGE": "1",
            "GST_PLUGIN_FEATURE_RANK": "fakeaudiosink:MAX",
        }


@pytest.fixture
def browser(webkit_surroundings: dict[str, str]) -> Iterator[Browser]:
    with contextlib.ExitStack() as running:
        yield Browser(lambda: running.enter_context(_fresh(webkit_surroundings)))


@contextlib.contextmanager
def _fresh(surroundings: dict[str, str]) -> Iterator[WebKitGTK]:
    """One that has seen nothing yet, and is gone after the block even where `quit` hangs."""
    options = Options()
    options.binary_location = str(next(Path("/usr/lib").glob(BROWSER)))
    options.add_argument("--automation")
    options.accept_insecure_certs = True  # the certificate that VEO_TLS=1 makes vouches for itself
    service = Service(str(DRIVER), env=surroundings, popen_kw={"start_new_session": True})
    driver = WebKitGTK(options=options, service=service)
    assert isinstance(driver.command_executor, RemoteConnection)
    driver.command_executor.client_config.timeout = ANSWER_SECONDS
    group = service.process.pid
    driver.set_window_size(1194, 834)
    yield driver
    quitting = threading.Thread(target=_quit, args=(driver,), daemon=True)
    quitting.start()
    quitting.join(QUIT_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _quit(driver: WebKitGTK) -> None:
    with contextlib.suppress(Exception):  # whatever it says, its processes are ended next
        driver.quit()


@contextlib.contextmanager
def _speaking(command: list[str]) -> Iterator[str]:
    """A server that runs as long as the block, and the first line it says: where to find it."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline().strip()
            assert line, f"{command[0]} did not start."
            yield line
        finally:
            process.terminate()
