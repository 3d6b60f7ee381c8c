"""The machinery a front door opens once: settings, rows, objects, doorbell, events."""

import logging
from dataclasses import dataclass

from redis import Redis

from veo_workflow import crashing
from veo_workflow.database import Database
from veo_workflow.events import Events
from veo_workflow.queue import Doorbell
from veo_workflow.settings import Settings
from veo_workflow.storage import Storage
from veo_workflow.storage.choose import open_storage
from veo_workflow.throttle import Throttle

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Services:
    settings: Settings
    database: Database
    storage: Storage
    redis: Redis
    doorbell: Doorbell
    events: Events
    throttle: Throttle


def open_services(settings: Settings) -> Services:
    """Nothing is contacted yet: each part connects when it is first used, so that a fork may come in between."""
    crashing.arm(crashing.read(settings.crash_at) if settings.crash_at else None)
    if settings.crash_at:
        log.warning("VEO_CRASH_AT is set: this process will die at %s", settings.crash_at)
    redis = Redis.from_url(settings.redis, socket_timeout=10, socket_connect_timeout=5)
    return Services(
        settings=settings,
        database=Database(settings.database),
        storage=open_storage(settings),
        redis=redis,
        doorbell=Doorbell(redis),
        events=Events(settings.redis),
        throttle=Throttle(redis),
    )
