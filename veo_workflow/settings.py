"""Settings: typed, read once from the environment, and nonsense is refused at start with one sentence.

Every name below is an environment variable with `VEO_` in front: `VEO_PORT`, `VEO_DATA` and so on.
`config/example.env` lists the ones a school is likely to change.
"""

import contextlib
import functools
import re
import secrets
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from veo_workflow import crashing
from veo_workflow.errors import VeoError

MIB = 1024 * 1024
GIB = 1024 * MIB

SHORTEST_SECRET = 24
SECRET = {
    *(
        "VEO_SECRET_KEY",
        "VEO_SEALING_KEY",
        "VEO_OIDC_CLIENT_SECRET",
        "VEO_METRICS_TOKEN",
        "VEO_S3_KEY",
        "VEO_S3_SECRET",
    ),
    *("VEO_DATABASE_URL", "VEO_REDIS_URL"),  # a password may be in them
}
FOR_TESTS = "not a secret: for tests only"  # as VEO_SECRET_KEY: what no school runs with

_ORIGIN = re.compile(r"https?://([A-Za-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]+)?")


def is_safe_address(address: str) -> bool:
    """Whether secrets may go there: over HTTPS, or to this machine itself."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"})


class BadSettings(VeoError):
    """A setting cannot be used; the message names the variable and says what is wrong."""


class Settings(BaseSettings):
    """What one running copy of the system needs to know. Sizes are bytes, times are seconds."""

    model_config = SettingsConfigDict(env_prefix="VEO_", frozen=True, extra="ignore")

    data: Annotated[Path, AfterValidator(Path.absolute)] = Path("var")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    tls: bool = False
    trusted_hosts: str = ""  # more names this copy answers to, separated by commas
    public_origin: str = ""  # the address people type, where something stands in front; empty: host and port above
    proxies: int = Field(default=0, ge=0, le=5)  # how many stand in front and say who asks; 0: nobody is believed
    nginx: bool = False  # config/nginx.conf stands in front and sends the footage

    database_url: str = ""  # empty: SQLite in the data folder
    redis_url: str = ""  # empty: a private Redis on a unix socket in the data folder
    log: Literal["plain", "json"] = "plain"
    drain: int = Field(default=3, ge=1)  # how long requests may go on once the web server is asked to stop
    storage: Literal["disk", "s3"] = "disk"
    s3_endpoint: str = Field(default="", validate_default=True)  # where this copy reaches the store
    s3_public_origin: str = Field(default="", validate_default=True)  # where browsers reach it
    s3_bucket: str = Field(default="", validate_default=True)
    s3_region: str = Field(default="", validate_default=True)
    s3_key: str = Field(default="", validate_default=True)
    s3_secret: str = Field(default="", validate_default=True, repr=False)
    secret_key: str = Field(default="", repr=False)  # empty: made once and kept in the data folder
    sealing_key: str = Field(default="", repr=False)  # empty: the secret key, or made once, where no backup takes it
    metrics_token: str = Field(default="", repr=False)  # empty: /metrics answers this machine alone

    # Signing in with the account people have elsewhere (OpenID Connect); empty: with a password alone.
    oidc_issuer: str = ""  # as the provider writes it: https://accounts.google.com
    oidc_client_id: str = Field(default="", validate_default=True)
    oidc_client_secret: str = Field(default="", validate_default=True, repr=False)
    oidc_name: str = Field(default="your school account", max_length=60)  # what people call it

    smtp_host: str = ""  # empty: no mail is sent
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls"] = "starttls"
    smtp_user: str = ""
    smtp_password: str = Field(default="", repr=False)
    mail_from: str = ""

    web_processes: int = Field(default=2, ge=1, le=64)
    web_threads: int = Field(default=64, ge=4, le=1000)
    workers: int = Field(default=1, ge=1, le=64)
    streams_per_process: int = Field(default=40, ge=1, le=1000)
    events_port: int = Field(default=8001, ge=1, le=65535)  # of `veo events`
    events_streams: int = Field(default=500, ge=1, le=900)  # pages that one `veo events` serves at once

    max_upload: int = Field(default=6 * GIB, ge=1)
    part_size: int = Field(default=8 * MIB, ge=64 * 1024)
    part_url_lifetime: int = Field(default=15 * 60, ge=1)
    upload_lifetime: int = Field(default=48 * 3600, ge=1)
    waiting_per_person: int = Field(default=20, ge=1)  # clips that are being sent or converted
    waiting_per_school: int = Field(default=500, ge=1)

    lease: float = Field(default=60, gt=0)
    lease_renewal: float = Field(default=15, gt=0)
    upkeep_interval: float = Field(default=30, gt=0)
    playback_short_side: int = Field(default=1080, ge=144, le=2160)
    max_clip_seconds: int = Field(default=1260, ge=1)
    sandbox: Literal["auto", "off"] = "auto"
    keep_originals: bool = False

    sign_in_idle: int = Field(default=12 * 3600, ge=60)
    shared_idle: int = Field(default=10 * 60, ge=60)  # of a sign-in on a shared iPad
    sign_in_lifetime: int = Field(default=14 * 24 * 3600, ge=60)

    crash_at: str = ""  # for tests only: where a process dies, see `veo_workflow.crashing`

    @field_validator("lease_renewal")
    @classmethod
    def _renewed_before_it_ends(cls, value: float, info: object) -> float:
        lease = getattr(info, "data", {}).get("lease")
        if lease is not None and value >= lease:
            raise ValueError("has to be shorter than VEO_LEASE")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _over_https(cls, value: str) -> str:
        if value and not is_safe_address(value):
            raise ValueError("has to be an https:// address, as the provider writes it")
        return value

    @field_validator("oidc_client_id", "oidc_client_secret")
    @classmethod
    def _set_for_a_provider(cls, value: str, info: object) -> str:
        if not value and getattr(info, "data", {}).get("oidc_issuer"):
            raise ValueError("has to be set when VEO_OIDC_ISSUER is")
        return value

    @field_validator("s3_endpoint", "s3_public_origin", "s3_bucket", "s3_region", "s3_key", "s3_secret")
    @classmethod
    def _set_for_s3(cls, value: str, info: object) -> str:
        if not value and getattr(info, "data", {}).get("storage") == "s3":
            raise ValueError("has to be set when VEO_STORAGE is s3")
        return value

    @field_validator(
        "secret_key",
        "sealing_key",
        "metrics_token",
        "s3_key",
        "s3_secret",
        "database_url",
        "redis_url",
    )
    @classmethod
    def _not_the_examples(cls, value: str) -> str:
        if "change-me" in value:
            raise ValueError("is still the example's; make one of your own with: openssl rand -hex 32")
        return value

    @field_validator("secret_key", "sealing_key", "metrics_token")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and len(value) < SHORTEST_SECRET:
            raise ValueError(f"is shorter than {SHORTEST_SECRET} letters; make one with: openssl rand -hex 32")
        return value

    @field_validator("public_origin")
    @classmethod
    def _only_an_origin(cls, value: str) -> str:
        if value and not _ORIGIN.fullmatch(value):
            raise ValueError("has to look like https://coaching.school.example, without a path")
        return value

    @field_validator("nginx")
    @classmethod
    def _nginx_is_believed(cls, value: bool, info: object) -> bool:
        if value and not getattr(info, "data", {}).get("proxies"):
            raise ValueError("needs VEO_PROXIES=1, so that it is believed who asks, and how")
        return value

    @field_validator("storage")
    @classmethod
    def _nginx_carries_the_bytes(cls, value: str, info: object) -> str:
        if value == "s3" and not getattr(info, "data", {}).get("nginx", True):
            raise ValueError("needs VEO_NGINX=1 and config/nginx.conf in front, which sends what the bucket keeps")
        return value

    @field_validator("crash_at")
    @classmethod
    def _never_in_a_school(cls, value: str, info: object) -> str:
        if value and getattr(info, "data", {}).get("secret_key") != FOR_TESTS:
            raise ValueError("kills processes on purpose, which is for tests only. Unset it")
        if value:
            try:
                crashing.read(value)
            except ValueError as error:
                raise ValueError(f"has to name a crash point: {error}") from None
        return value

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data / 'veo.sqlite3'}"

    @property
    def redis(self) -> str:
        return self.redis_url or f"unix://{quote(str(self.redis_socket))}"

    @property
    def redis_socket(self) -> Path:
        """A link, where the data folder's path is too long for a socket; followed, since the limit is on the name."""
        path = self.data / "redis" / "redis.sock"
        return path.readlink() if path.is_symlink() else path

    @property
    def objects(self) -> Path:
        """Where the disk driver keeps what it stores."""
        return self.data / "objects"

    @property
    def scratch(self) -> Path:
        return self.data / "scratch"

    @property
    def reachable_host(self) -> str:
        """The host this machine reaches the copy by; "everywhere" is no address to type."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)

    @property
    def origin(self) -> str:
        """The address people type, without a slash at its end."""
        if self.public_origin:
            return self.public_origin
        scheme, host = "https" if self.tls else "http", self.reachable_host
        return f"{scheme}://[{host}]:{self.port}" if ":" in host else f"{scheme}://{host}:{self.port}"

    @property
    def encrypted(self) -> bool:
        """Whether people reach this copy over HTTPS, here or at whatever stands in front."""
        return self.origin.startswith("https:")

    def secret(self) -> str:
        """The key that signs cookies and part addresses; made on first use, readable by its owner alone."""
        return self.secret_key or self._made_once("secret.key")

    def sealing(self) -> str:
        """The key that secrets in the database are sealed with; where it is a file, no backup takes it along."""
        return self.sealing_key or self.secret_key or self._made_once("sealing.key")

    def _made_once(self, name: str) -> str:
        path = self.data / name
        if not path.exists():
            self.data.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(f".{secrets.token_hex(4)}")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(48))
            with contextlib.suppress(FileExistsError):  # two processes starting at once end up with one key
                path.hardlink_to(fresh)
            fresh.unlink()
        return path.read_text().strip()


@functools.cache
def load() -> Settings:
    """The settings of this process.

    Raises BadSettings with one sentence naming the variable.
    """
    try:
        return Settings()
    except ValidationError as bad:
        first = bad.errors()[0]
        name = "VEO_" + str(first["loc"][0]).upper()
        reason = first["msg"].removeprefix("Value error, ")
        silent = isinstance(first["input"], dict) or name in SECRET
        given = "" if silent else f" (it is {first['input']!r})"
        raise BadSettings(f"{name} cannot be used{given}: {reason[0].lower()}{reason[1:]}.") from None
