"""Files in, files out: what a recording is, and how it becomes something every browser plays.

Knows nothing of people, rows or requests. Call `probe`, then `preview` and `convert`; the rest is there to look at, to
test and to measure.
"""

from veo_workflow.media.convert import convert, foresee
from veo_workflow.media.doctor import Fact, doctor
from veo_workflow.media.estimate import measure_speed, time_needed, work_needed
from veo_workflow.media.model import (
    Converted,
    Interrupted,
    Kind,
    Limits,
    MediaFailure,
    Output,
    Plan,
    Probe,
    Progress,
    Span,
    Unusable,
)
from veo_workflow.media.preview import preview
from veo_workflow.media.probe import probe
from veo_workflow.media.rules import can_preview, plan
from veo_workflow.media.run import Task
from veo_workflow.media.sandbox import sandboxed
from veo_workflow.media.stills import cut, still

__all__ = [
    "Converted",
    "Fact",
    "Interrupted",
    "Kind",
    "Limits",
    "MediaFailure",
    "Output",
    "Plan",
    "Probe",
    "Progress",
    "Span",
    "Task",
    "Unusable",
    "can_preview",
    "convert",
    "cut",
    "doctor",
    "foresee",
    "measure_speed",
    "plan",
    "preview",
    "probe",
    "sandboxed",
    "still",
    "time_needed",
    "work_needed",
]
