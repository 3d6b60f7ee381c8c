"""Whoever runs the server can hand somebody their archive, and it is written down."""

import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.commands.processes import veo
from tests.support.world import World
from veo_workflow.audit.models import AuditEntry
from veo_workflow.services import Services


@pytest.mark.parametrize("database", ["sqlite"])
def test_the_archive_of_somebody_is_written_into_a_folder_and_noted(
    database: str, services: Services, filmed: World, tmp_path: Path
) -> None:
    folder, data = tmp_path / "for asha", str(services.settings.data)
    made = veo("person", "takeout", "asha@example.org", str(folder), VEO_DATA=data)
    assert made.returncode == 0, made.stderr
    assert "Asha Khan’s own" in made.stdout
    [file] = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as archive:
        assert len([name for name in archive.namelist() if name.startswith("films/")]) == 2
    nobody = veo("person", "takeout", "nobody@example.org", str(folder), VEO_DATA=data)
    assert (nobody.returncode, nobody.stderr.count("\n")) == (1, 1)
    with services.database.reading() as session:
        assert session.scalars(select(AuditEntry.subject_id).where(AuditEntry.action == "export")).all() == [
            filmed.asha.id
        ]
