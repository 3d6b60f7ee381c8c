"""Which driver stands behind the port is one setting."""

from pathlib import Path

import pytest

from veo_workflow import settings
from veo_workflow.settings import FOR_TESTS, BadSettings, Settings
from veo_workflow.storage.choose import open_storage
from veo_workflow.storage.disk import DiskStorage
from veo_workflow.storage.s3 import S3Storage

NGINX = {"VEO_NGINX": "1", "VEO_PROXIES": "1"}
S3 = {
    "VEO_S3_ENDPOINT": "http://garage:3900",
    "VEO_S3_PUBLIC_ORIGIN": "https://veo.school.example",
    "VEO_S3_BUCKET": "veo",
    "VEO_S3_REGION": "garage",
    "VEO_S3_KEY": "GK00",
    "VEO_S3_SECRET": "not told",
}


def test_the_disk_is_the_default_and_keeps_objects_where_the_settings_say(tmp_path: Path) -> None:
    chosen = Settings(data=tmp_path, secret_key=FOR_TESTS)
    storage = open_storage(chosen)
    assert isinstance(storage, DiskStorage)
    source = tmp_path / "source"
    source.write_bytes(b"x")
    storage.put("clips/1/poster.jpg", source, "image/jpeg")
    assert storage.delivery("clips/1/poster.jpg").path == chosen.objects / "clips/1/poster.jpg"


def test_s3_is_chosen_by_its_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {"VEO_STORAGE": "s3", "VEO_DATA": str(tmp_path), **NGINX, **S3}.items():
        monkeypatch.setenv(name, value)
    storage = open_storage(Settings())
    assert isinstance(storage, S3Storage)
    url = storage.sign_part("uploads/1/original", "u", 1, 5, None, 60).url
    assert url.startswith("https://veo.school.example/veo/uploads/1/original?")
    assert "not told" not in repr(Settings())


@pytest.mark.parametrize("missing", S3)
def test_s3_without_one_of_its_settings_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    for name, value in {"VEO_STORAGE": "s3", **NGINX, **S3}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(missing)
    settings.load.cache_clear()
    with pytest.raises(BadSettings, match=f"^{missing} cannot be used.* has to be set when VEO_STORAGE is s3"):
        settings.load()


def test_s3_without_nginx_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"VEO_STORAGE": "s3", **S3}.items():
        monkeypatch.setenv(name, value)
    settings.load.cache_clear()
    with pytest.raises(BadSettings, match=r"^VEO_STORAGE cannot be used \(it is 's3'\): needs VEO_NGINX=1 and"):
        settings.load()
