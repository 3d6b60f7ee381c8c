"""A private, real nginx with config/nginx.conf on loopback, for as long as a `with` block."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:9"
START_SECONDS = 60.0

# What a distribution's own nginx.conf says around the file; its temporary folders are ours, so that a test can look.
AROUND = """daemon off;
master_process on;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{ worker_connections 1024; }}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {more}
    include {folder}/veo.conf;
}}
"""


def filled_in(
    *,
    application: str,
    data: Path,
    listen: str,
    events: str | None = None,
    store: str = NOWHERE,
    bucket: str = "none",
    name: str = "127.0.0.1",
) -> str:
    """config/nginx.conf with its eight values, as `envsubst` fills them in; `events` where it has its own process."""
    values = {
        "VEO_SERVER_NAME": name,
        "VEO_LISTEN": listen,
        "VEO_APPLICATION": application,
        "VEO_EVENTS": events or application,
        "VEO_CODE": str(HERE),
        "VEO_DATA": str(data),
        "VEO_S3_ENDPOINT": store,
        "VEO_S3_BUCKET": bucket,
    }
    text = (HERE / "config" / "nginx.conf").read_text()
    for variable, value in values.items():
        text = text.replace(f"${{{variable}}}", value)
    return text


@contextlib.contextmanager
def private_nginx(folder: Path, conf: str, port: int, more: str = "") -> Iterator[None]:
    """An nginx in `folder` with this text of `filled_in`, answering at `port`; `more` goes into its http block.

    Whatever waits in its temporary folders for a body to arrive is under `folder`/body and `folder`/proxy.
    """
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    assert program, "nginx is missing; make test installs it"
    folder.mkdir(parents=True)
    (folder / "veo.conf").write_text(conf)
    user = "user root;" if Path("/proc/self").owner() == "root" else ""
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user, more=more))
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    tried = subprocess.run([*command, "-t", "-q"], capture_output=True, text=True, check=False)
    assert (tried.returncode, tried.stderr) == (0, ""), tried.stderr
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        _wait_for(process, port, folder)
        yield
    finally:
        process.terminate()
        process.wait(60)


def _wait_for(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert process.poll() is None, f"nginx did not start:\n{(folder / 'said').read_text()}"
        assert time.monotonic() < until, f"nginx did not answer in {START_SECONDS:.0f} seconds."
        time.sleep(0.02)
