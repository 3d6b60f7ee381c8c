"""What is counted: by any process on any machine, summed in Redis.

Counting costs a lock and a dictionary entry; a thread adds what has come together to the sums once a second, by
increments that Redis makes one after the other.  So a single `/metrics` has the figures of every web process, worker
and upkeep, wherever they run, also of processes that lived for one job; files that processes share, which is the usual
way, end at the machine.  A Redis that is away costs nothing: the counts wait.  One that was emptied begins again at
nought, which Prometheus takes for the restart it is.  A process that is killed takes its last second along.

A label is a name from our own code: a route, a stage, a reason code; never a word, an id or an address of anybody.
"""

import atexit
import functools
import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from redis import Redis, RedisError

log = logging.getLogger(__name__)

SUMS = "veo:metrics"
LEVELS = "veo:level:"
FLUSH_SECONDS = 1.0
LEVEL_SECONDS = 10.0
LEVEL_KEPT = 3 * int(LEVEL_SECONDS)
QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
LONG = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1200, 2400, 4800)


@dataclass(frozen=True)
class Counter:
    """Something that only ever grows."""

    name: str
    help: str
    labels: tuple[str, ...]

    def add(self, *labels: str, amount: float = 1) -> None:
        """Count; `labels` in the order in which they are named."""
        _counts.add({_field(self.name, "total", labels): amount})


@dataclass(frozen=True)
class Durations:
    """How long something takes: seconds, in `buckets` by their upper bounds."""

    name: str
    help: str
    labels: tuple[str, ...]
    buckets: tuple[float, ...]

    def observe(self, seconds: float, *labels: str) -> None:
        bound = next((str(bound) for bound in self.buckets if seconds <= bound), "+Inf")
        _counts.add({_field(self.name, bound, labels): 1, _field(self.name, "sum", labels): seconds})

    def laps(self) -> Callable[[str], None]:
        """A stopwatch: each call names what the time since the one before it went into."""
        began = time.monotonic()

        def lap(label: str) -> None:
            nonlocal began
            now = time.monotonic()
            self.observe(now - began, label)
            began = now

        return lap


@dataclass(frozen=True)
class Level:
    """Something that goes up and down in each process; what is read is the sum over those that live."""

    name: str
    help: str

    def set(self, now: int) -> None:
        _counts.set_level(self.name, now)


REQUESTS = Counter("veo_requests", "Requests answered, by route and status.", ("route", "status"))
REQUEST_SECONDS = Durations("veo_request_seconds", "From a request to its answer's first byte.", ("route",), QUICK)
JOB_SECONDS = Durations("veo_job_seconds", "Time that jobs spent in each stage.", ("stage",), LONG)
JOB_FAILURES = Counter("veo_job_failures", "Attempts at a job that ended without a clip, by reason.", ("reason",))
STORAGE_ERRORS = Counter("veo_storage_errors", "Calls that storage did not carry out, by reason.", ("reason",))
UPKEEP_ACTIONS = Counter("veo_upkeep_actions", "What upkeep had to do, by duty.", ("duty",))
UPKEEP_FAILURES = Counter("veo_upkeep_failures", "Duties of upkeep that could not be done.", ())
OPEN_STREAMS = Level("veo_open_streams", "Pages that listen for progress.")

COUNTERS = (REQUESTS, JOB_FAILURES, STORAGE_ERRORS, UPKEEP_ACTIONS, UPKEEP_FAILURES)
DURATIONS = (REQUEST_SECONDS, JOB_SECONDS)


def upkeep_did(done: Mapping[str, int]) -> None:
    """Count a round of upkeep: how much each duty had to do, by its name; under `failures` how many failed."""
    for duty, number in done.items():
        if number and duty != "failures":
            UPKEEP_ACTIONS.add(duty, amount=number)
    UPKEEP_FAILURES.add(amount=done.get("failures", 0))


def keep_in(redis: Redis) -> None:
    """From now on what this process counts goes to `redis`, and once more when it ends."""
    _counts.keep_in(redis)


def flush() -> None:
    """Hand over what has been counted, now: for a process that ends without ceremony."""
    _counts.flush()


@dataclass(frozen=True)
class Sum:
    """One figure: `part` is "total", "sum" or the upper bound of a bucket."""

    name: str
    part: str
    labels: tuple[str, ...]
    value: float


def sums(redis: Redis) -> list[Sum]:
    """Every figure there is, over all processes. Raises RedisError."""
    found = []
    for field, value in redis.hgetall(SUMS).items():
        name, part, *labels = json.loads(field)
        found.append(Sum(name, part, tuple(labels), float(value)))
    return found


def level(redis: Redis, of: Level) -> int:
    """The sum over the processes that have been heard of. Raises RedisError."""
    keys = list(redis.scan_iter(f"{LEVELS}{of.name}:*", count=1000))
    return sum(int(value) for value in redis.mget(keys) if value) if keys else 0


@functools.lru_cache(4096)
def _field(name: str, part: str, labels: tuple[str, ...]) -> str:
    return json.dumps([name, part, *labels])


class _Counts:
    """What this process has counted and not yet handed over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._handing_over = threading.Lock()
        self._pending: dict[str, float] = {}
        self._levels: dict[str, int] = {}
        self._redis: Redis | None = None
        self._news = threading.Event()
        self._keeper: threading.Thread | None = None

    def add(self, amounts: dict[str, float]) -> None:
        self._put(amounts)
        self._news.set()

    def _put(self, amounts: dict[str, float]) -> None:
        with self._lock:
            for field, amount in amounts.items():
                self._pending[field] = self._pending.get(field, 0) + amount

    def set_level(self, name: str, now: int) -> None:
        with self._lock:
            self._levels[name] = now
        self._news.set()

    def keep_in(self, redis: Redis) -> None:
        self._redis = redis
        if self._keeper is None:
            self._keeper = threading.Thread(target=self._keep, name="metrics", daemon=True)
            self._keeper.start()
            atexit.register(self.flush)

    def _keep(self) -> None:
        while True:
            if self._news.wait(LEVEL_SECONDS):
                time.sleep(FLUSH_SECONDS)
            try:
                self.flush()
            except Exception:
                log.exception("figures could not be handed over")

    def flush(self) -> None:
        with self._handing_over:
            self._hand_over()

    def _hand_over(self) -> None:
        self._news.clear()
        with self._lock:
            pending, self._pending = self._pending, {}
            levels, redis = dict(self._levels), self._redis  # held, whoever is told of another meanwhile
        if redis is None or not (pending or levels):
            return
        handed_over = False
        try:
            with redis.pipeline(transaction=False) as pipe:
                for field, amount in pending.items():
                    pipe.hincrbyfloat(SUMS, field, amount)
                for name, now in levels.items():
                    pipe.set(f"{LEVELS}{name}:{socket.gethostname()}:{os.getpid()}", now, ex=LEVEL_KEPT)
                pipe.execute()
            handed_over = True
        except RedisError as error:
            log.debug("figures wait: %s", type(error).__name__)
        finally:
            if not handed_over:
                self._put(pending)


_counts = _Counts()


def _begin_anew() -> None:
    """After a fork: what the parent has counted it hands over itself, and its thread did not come along."""
    global _counts
    _counts = _Counts()


os.register_at_fork(after_in_child=_begin_anew)
