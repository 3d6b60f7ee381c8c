"""The figures in Prometheus' text form."""

import itertools
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from veo_workflow import metrics
from veo_workflow.metrics import Counter, Durations, Sum
from veo_workflow.operating import queries
from veo_workflow.services import Services


class Figures:
    """All there is to say. What a part that does not answer would have said is left out."""

    def __init__(self, services: Services, parts: dict[str, bool]) -> None:
        self._services = services
        self._parts = parts

    def text(self) -> bytes:
        return generate_latest(self)

    def collect(self) -> Iterator[Metric]:
        answers = GaugeMetricFamily("veo_part_answers", "Whether a part answers.", labels=["part"])
        for name, well in self._parts.items():
            answers.add_metric([name], float(well))
        yield answers
        if self._parts["redis"]:
            yield from self._counted()
        if self._parts["database"] and self._parts["schema"]:
            yield from self._waiting()

    def _counted(self) -> Iterator[Metric]:
        try:
            found = metrics.sums(self._services.redis)
            streams = metrics.level(self._services.redis, metrics.OPEN_STREAMS)
        except RedisError:
            return
        for counter in metrics.COUNTERS:
            yield _counter(counter, [each for each in found if each.name == counter.name])
        for durations in metrics.DURATIONS:
            yield _histogram(durations, [each for each in found if each.name == durations.name])
        yield GaugeMetricFamily(metrics.OPEN_STREAMS.name, metrics.OPEN_STREAMS.help, value=streams)

    def _waiting(self) -> Iterator[Metric]:
        try:
            with self._services.database.reading() as session:
                work = queries.work(session)
        except SQLAlchemyError:
            return
        jobs = GaugeMetricFamily("veo_jobs", "Jobs by state.", labels=["state"])
        jobs.add_metric(["waiting"], work.waiting)
        jobs.add_metric(["running"], work.running)
        yield jobs
        help_ = "How long the first job in line has waited."
        yield GaugeMetricFamily("veo_oldest_waiting_job_seconds", help_, value=work.oldest)


def _counter(of: Counter, found: list[Sum]) -> Metric:
    family = CounterMetricFamily(of.name, of.help, labels=of.labels)
    for each in found:
        family.add_metric(each.labels, each.value)
    return family


def _histogram(of: Durations, found: list[Sum]) -> Metric:
    family = HistogramMetricFamily(of.name, of.help, labels=of.labels)
    bounds = [*map(str, of.buckets), "+Inf"]
    for labels in sorted({each.labels for each in found}):
        values = {each.part: each.value for each in found if each.labels == labels}
        running = itertools.accumulate(values.get(bound, 0) for bound in bounds)
        family.add_metric(labels, list(zip(bounds, running, strict=True)), values.get("sum", 0))
    return family
