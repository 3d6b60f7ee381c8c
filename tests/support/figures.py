"""What `/metrics` says, as Prometheus' own parser reads it."""

from prometheus_client.parser import text_string_to_metric_families


def figures(text: str) -> dict[tuple[str, str], float]:
    """Each sample by its name and its labels: ("veo_jobs", "state=waiting")."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = " ".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            found[sample.name, labels] = float(sample.value)
    return found
