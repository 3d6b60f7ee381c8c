"""A private, real S3-compatible store for tests: OpenStack Swift with its s3api, on loopback.

    python -m tests.support.swift_s3 FOLDER [BUCKET …]

installs what is missing, starts the servers, makes the buckets, prints how to reach the store as one line of JSON,
and runs until it is told to stop (SIGTERM, Ctrl-C).

It checks signatures, expiry and Content-MD5, answers ranges with 206 and lists parts: the behaviours that a mock lets
slip.  Bulk delete wants a Content-MD5; PutBucketCors, If-None-Match and lifecycle rules are not implemented.
Listings come in short pages, so that a handful of keys is enough to see paging work.
"""

import contextlib
import json
import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import boto3
from botocore.config import Config

from tests.support.ports import free_port

PACKAGES = ("swift-proxy", "swift-account", "swift-container", "swift-object", "memcached")
PROGRAMS = ("swift-proxy-server", "swift-ring-builder", "memcached")
SERVERS = ("account", "container", "object")
ACCESS_KEY, SECRET_KEY, REGION = "test:tester", "testing", "us-east-1"

FILTERS = {
    "catch_errors": "catch_errors",
    "proxy-logging": "proxy_logging",
    "listing_formats": "listing_formats",
    "copy": "copy",
    "slo": "slo",
    "dlo": "dlo",
    "symlink": "symlink",
}


# Seconds that its parts wait for each other on a busy machine. By its own measure, which is one, a listing would never
# hear of an object: who tells it later is not running here.
PATIENT = "".join(
    f"{name} = 60\n"
    for name in ("conn_timeout", "node_timeout", "recoverable_node_timeout", "container_update_timeout")
)

STARTS_WITHIN = 180  # seconds, installing included


@dataclass(frozen=True)
class Store:
    """How to reach a running store, and which buckets it has."""

    endpoint: str
    access_key: str
    secret_key: str
    region: str
    buckets: tuple[str, ...]

    def settings(self, bucket: str, *, endpoint: str = "", public_origin: str = "") -> dict[str, Any]:
        """The settings of a copy whose footage is in that bucket; reached elsewhere where something stands between."""
        return {
            "storage": "s3",
            "proxies": 1,
            "nginx": True,
            "s3_endpoint": endpoint or self.endpoint,
            "s3_public_origin": public_origin or self.endpoint,
            "s3_bucket": bucket,
            "s3_region": self.region,
            "s3_key": self.access_key,
            "s3_secret": self.secret_key,
        }


@contextlib.contextmanager
def private_swift(*buckets: str) -> Iterator[Store]:
    """A store of its own, in a process of its own, for as long as the block."""
    with tempfile.TemporaryDirectory(prefix="swift-", ignore_cleanup_errors=True) as home:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.support.swift_s3", home, *buckets],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        try:
            assert server.stdout is not None
            ready, _, _ = select.select([server.stdout], [], [], STARTS_WITHIN)
            line = server.stdout.readline() if ready else ""
            if not line:
                server.terminate()
                why = server.communicate(timeout=60)[1].strip()
                raise AssertionError(f"The S3-compatible store did not start: {why}")
            yield Store(**json.loads(line), buckets=buckets)
        finally:
            server.terminate()
            server.wait(60)


def main() -> None:
    home, buckets = Path(sys.argv[1]).resolve(), sys.argv[2:]
    install()
    (home / "devices/d1").mkdir(parents=True)
    proxy_port, cache_port, *ports = (free_port() for _ in range(2 + len(SERVERS)))
    user = "swift" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    configure(home, proxy_port, cache_port, ports, user)
    hand_over(home, user)
    children = start(home, cache_port, user)

    def stop(*_: object) -> NoReturn:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(50)
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    for port in (*ports, proxy_port):
        if not answers(port):
            print(f"Swift did not start: port {port} never answered; see {home / 'log'}.", file=sys.stderr)
            stop()
    endpoint = f"http://127.0.0.1:{proxy_port}"
    make_buckets(endpoint, buckets)
    how_to_reach = {"endpoint": endpoint, "access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "region": REGION}
    print(json.dumps(how_to_reach), flush=True)
    signal.pause()


def install() -> None:
    """Exits with one sentence when Swift is missing and cannot be installed."""
    if all(shutil.which(program) for program in PROGRAMS):
        return
    done = subprocess.run(
        ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        sys.exit(f"Swift is not installed and apt-get could not install it ({last}): install {' '.join(PACKAGES)}.")


def configure(home: Path, proxy_port: int, cache_port: int, ports: list[int], user: str) -> None:
    (home / "swift.conf").write_text(
        "[swift-hash]\nswift_hash_path_prefix = test\nswift_hash_path_suffix = test\n"
        "[storage-policy:0]\nname = gold\ndefault = yes\n"
    )
    for server, port in zip(SERVERS, ports, strict=True):
        (home / f"{server}.conf").write_text(
            f"[DEFAULT]\ndevices = {home}/devices\nmount_check = false\nbind_ip = 127.0.0.1\nbind_port = {port}\n"
            f"workers = 1\nuser = {user}\nswift_dir = {home}\nlog_level = WARNING\n{PATIENT}"
            f"[pipeline:main]\npipeline = {server}-server\n[app:{server}-server]\nuse = egg:swift#{server}\n"
        )
        builder = str(home / f"{server}.builder")
        for step in (["create", "6", "1", "0"], ["add", f"r1z1-127.0.0.1:{port}/d1", "1"], ["rebalance"]):
            subprocess.run(["swift-ring-builder", builder, *step], check=True, stdout=subprocess.DEVNULL)
    filters = "".join(f"[filter:{name}]\nuse = egg:swift#{egg}\n" for name, egg in FILTERS.items())
    (home / "proxy.conf").write_text(
        f"[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = {proxy_port}\nworkers = 1\nuser = {user}\n"
        f"swift_dir = {home}\nlog_level = WARNING\n{PATIENT}"
        "[pipeline:main]\npipeline = catch_errors proxy-logging cache listing_formats s3api tempauth copy slo dlo"
        " versioned_writes symlink proxy-logging proxy-server\n"
        "[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\n"
        f"[filter:cache]\nuse = egg:swift#memcache\nmemcache_servers = 127.0.0.1:{cache_port}\n"
        "connect_timeout = 30\npool_timeout = 30\nio_timeout = 30\n"
        f"[filter:s3api]\nuse = egg:swift#s3api\ns3_acl = false\ncheck_bucket_owner = false\nlocation = {REGION}\n"
        "max_bucket_listing = 10\nmax_parts_listing = 2\n"
        "[filter:versioned_writes]\nuse = egg:swift#versioned_writes\nallow_object_versioning = true\n"
        f"[filter:tempauth]\nuse = egg:swift#tempauth\nuser_test_tester = {SECRET_KEY} .admin\n{filters}"
    )


def hand_over(home: Path, user: str) -> None:
    """Swift gives up root for its own user, who then has to reach its folder."""
    if os.getuid() == 0:
        home.chmod(0o755)
        subprocess.run(["chown", "-R", user, home], check=True)


def start(home: Path, cache_port: int, user: str) -> list[subprocess.Popen[bytes]]:
    as_user = ["-u", user] if os.getuid() == 0 else []
    commands = [["memcached", "-l", "127.0.0.1", "-p", str(cache_port), *as_user]]
    commands += [[f"swift-{server}-server", str(home / f"{server}.conf")] for server in SERVERS]
    commands += [["swift-proxy-server", str(home / "proxy.conf")]]
    with (home / "log").open("w") as log:
        return [subprocess.Popen(command, stdout=log, stderr=log) for command in commands]


def answers(port: int, tries: int = 900) -> bool:
    for _ in range(tries):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


def make_buckets(endpoint: str, buckets: list[str]) -> None:
    store = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    for bucket in buckets:
        store.create_bucket(Bucket=bucket)


if __name__ == "__main__":
    main()
