"""How long a clip will take on this machine: dots to work on, over the dots it gets through in a second.

    seconds = (dots decoded × 0.35 + dots encoded × (2.5 with tone mapping, else 1)) / dots encoded in a second

Dots are those of every frame of the source, and of every frame that is encoded: both videos, or the small one alone
where the picture is copied. The weights were measured with 1080p and 4K footage from two cameras' codecs. What a
machine gets through differs tenfold from one to the next, and with what else it is doing, so it is not a constant: a
second of a test picture is encoded and timed, with the very settings of a playback file.
"""

import time

from veo_workflow.media import graphs
from veo_workflow.media.model import Kind, Limits, Plan, Probe
from veo_workflow.media.run import Task, run

DECODING = 0.35
TONE_MAPPING = 2.5


def time_needed(probe: Probe, plan: Plan, speed: float) -> float:
    """Wall time of the conversion on a machine that encodes `speed` dots in a second."""
    return work_needed(probe, plan) / speed


def work_needed(probe: Probe, plan: Plan) -> float:
    """What there is to do, counted in dots encoded."""
    header = probe.header
    decoded = header.coded_width * header.coded_height * float(probe.frame_rate) * probe.duration
    sizes = [plan.small] if plan.kind is Kind.COPY else [plan.playback, plan.small]
    encoded = sum(width * height for width, height in sizes) * plan.frames
    return decoded * DECODING + encoded * (TONE_MAPPING if plan.kind is Kind.HDR else 1)


def measure_speed(limits: Limits) -> float:
    """Dots this machine encodes in a second as things are now; takes about that long. Raises MediaFailure."""
    began = time.monotonic()
    ended = run(Task(graphs.time_encoding()), limits)
    if ended.code:
        raise ended.failure()
    width, height = graphs.TEST_SIZE
    return width * height * graphs.TEST_RATE / (time.monotonic() - began)
