"""A web server that is killed while a film is being sent: what it has acknowledged is there when it comes back."""

import contextlib
import hashlib
import os
import signal
import subprocess
import uuid
from pathlib import Path

from tests.clips.uploads.sending import Sender
from tests.commands.processes import is_alive
from tests.support.backroom import backroom, film, wait_for
from tests.support.live import GUNICORN, School, program
from tests.support.over_http import Visitor
from tests.support.ports import free_port
from veo_workflow.commands import probes
from veo_workflow.commands.lifeline import children_of

PARTS = 6


def test_a_web_server_killed_after_part_3_of_6_loses_none_of_the_three_and_the_film_arrives_whole(
    tmp_path: Path,
) -> None:
    content = film(tmp_path / "lesson.mp4", 10, size="640x480").read_bytes()
    part = -(-len(content) // PARTS)
    with backroom(tmp_path, port=free_port(), part_size=part, web_processes=1, web_threads=8) as room:
        school = School(room.services, room.world, room.settings.origin, room.environment)

        def web_server(name: str) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
            return program(GUNICORN, room.environment, tmp_path / name, lambda _: probes.web_answers(room.settings))

        with web_server("first") as web:
            asha = Sender(Visitor(school, room.world.asha), room.world.cycle.id, part)
            upload = asha.begin(content)
            asha.send(upload, content, only=[1, 2, 3])
            everybody = [web.pid, *children_of(web.pid)]
            for pid in everybody:
                os.kill(pid, signal.SIGKILL)
            wait_for(lambda: not any(is_alive(pid) for pid in everybody))
        with web_server("second"):
            arrived = {each["n"]: each["size"] for each in asha.one(upload).json["parts"]}
            assert arrived == {1: part, 2: part, 3: part}
            asha.send(upload, content, only=[4, 5, 6])
            digest = hashlib.sha256(content).hexdigest()
            assert asha.complete(upload, sha256=digest).status_code == 202
        clip_id = uuid.UUID(upload)
        original = room.clip(clip_id).original_key
        assert original
        with room.services.storage.local(original) as stored:
            assert hashlib.sha256(stored.read_bytes()).hexdigest() == digest
        room.worker()
        room.wait_until_ready(clip_id)
        assert room.clip(clip_id).sha256 == digest
        room.check_published(clip_id)
        room.check_nothing_contradicts()
