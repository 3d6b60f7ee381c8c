"""docs/operating.md has every figure there is, with its labels, and no other."""

import re
from pathlib import Path

from veo_workflow import metrics

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "operating.md").read_text()
COMPUTED = {"veo_jobs", "veo_oldest_waiting_job_seconds", "veo_part_answers"}


def test_every_figure_is_described() -> None:
    described = set(re.findall(r"`(veo_\w+)`", PAGE.split("### Figures")[1].split("```")[0]))
    counters = {f"{each.name}_total" for each in metrics.COUNTERS}
    durations = {each.name for each in metrics.DURATIONS}
    assert described == counters | durations | {metrics.OPEN_STREAMS.name} | COMPUTED
