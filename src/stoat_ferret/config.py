"""The settings: the only reader of the environment.

Every setting is an environment variable `STOAT_<NAME>`, or a key of the TOML file that `STOAT_CONFIG` names;
the environment wins over the file.
"""

from __future__ import annotations

import ast
import inspect
import ipaddress
import os
import re
import textwrap
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from stoat_ferret.errors import Problem, SettingsRefused

__all__ = ["FEATURES", "Feature", "Settings", "child_environment", "is_loopback", "load", "meaning"]

_PREFIX = "STOAT_"
_MIB = 1024 * 1024
_HOUR = 3600.0
_NO_FEATURES = f"{_PREFIX}FEATURES"

Feature = Literal["docs", "metrics", "webhooks"]
"""A part of the service that can be left away: the pages under /docs, /metrics, webhooks going out."""
FEATURES: tuple[Feature, ...] = get_args(Feature)

Seconds = Annotated[float, Field(gt=0, le=7 * 24 * _HOUR, allow_inf_nan=False)]


def _default_data_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME")
    root = Path(base) if base and Path(base).is_absolute() else Path.home() / ".local" / "share"
    return root / "stoat-and-ferret"


class Settings(BaseSettings):
    """What a person may choose about this machine; frozen, read once at the start."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, frozen=True, extra="forbid", validate_default=True, env_ignore_empty=True
    )

    ffmpeg: Path | None = None
    """The ffmpeg program; none: the one in the `imageio-ffmpeg` package, else the one on the PATH."""
    media_roots: Annotated[tuple[Path, ...], NoDecode] = ()
    """Folders that sources must lie in, separated by `:`; none: the service reads `media` in the data folder,
    other commands any file that their user may read."""
    data_dir: Path = Field(default_factory=_default_data_dir)
    """Where the database, the cache and the projects live."""
    profiles_dir: Path | None = None
    """Folder of delivery profiles of your own, a TOML file for each; none: those of the package alone."""
    presets_dir: Path | None = None
    """Folder of presets of your own, a TOML file for each; none: those of the package alone."""
    output_dir: Path | None = None
    """Where the service writes what it renders; none: into `renders` of the project's own folder."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The least severe message that is logged."""
    log_format: Literal["json", "console"] = "json"
    """How the service logs: one JSON object a line, or lines for people."""

    api_token: SecretStr | None = None
    """The administrator's bearer token, 16 characters or more; none: who reaches the service may do all."""
    host: str = Field(default="127.0.0.1", min_length=1, max_length=255)
    """The address that is served; any but a loopback address needs STOAT_API_TOKEN."""
    port: int = Field(default=8765, ge=0, le=65_535)
    """The port that is served; 0: one that is free."""
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Names besides the loopback ones and STOAT_HOST by which the service may be called, separated by `,`."""
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins of foreign pages that may use the service, such as `https://edit.example`, separated by `,`."""
    gui_static_path: Path | None = None
    """Folder of the built page under /gui; none: the one that comes with the package."""
    features: Annotated[tuple[Feature, ...], NoDecode] = FEATURES
    """Parts of the service that are on, separated by `,`: docs, metrics, webhooks; empty: none of them."""

    rate_limit: int = Field(default=6000, ge=0)
    """Requests a minute for one key or address; 0: as many as it likes."""
    auth_failures: int = Field(default=30, ge=1)
    """Refused tokens a minute for one address, before it has to wait."""
    max_body_mib: int = Field(default=16, ge=1, le=1024)
    """The largest body of a JSON request, MiB."""
    max_upload_mib: int = Field(default=65_536, ge=1)
    """The largest file that is uploaded, MiB."""
    body_seconds: Seconds = 120.0
    """The longest that the body of a JSON request may take, seconds; an upload takes as long as it moves."""
    max_head_kib: int = Field(default=64, ge=8, le=1024)
    """The largest head of a request, that is its address and headers, KiB."""
    max_headers: int = Field(default=128, ge=16, le=10_000)
    """The most headers of a request."""
    head_seconds: Seconds = 15.0
    """The longest that the head of a request may take, from the moment that one may come, seconds."""
    max_connections: int = Field(default=2000, ge=1)
    """Connections that are open at once, WebSockets among them."""
    body_stall_seconds: Seconds = 30.0
    """A request whose body makes no progress for so long is given up, seconds."""
    max_ranges: int = Field(default=8, ge=1, le=100)
    """Byte ranges that one request may ask for."""
    idempotency_hours: float = Field(default=24.0, gt=0, le=24 * 365, allow_inf_nan=False)
    """How long an Idempotency-Key is remembered, hours."""

    database_url: SecretStr | None = None
    """The database as a URL of SQLAlchemy; none: `stoat.db` in the data folder, by SQLite."""

    workers: int = Field(default=2, ge=1, le=256)
    """Jobs that the service runs at once; of several workers, renders leave one to other work."""
    queue_depth: int = Field(default=1000, ge=1)
    """Jobs that may wait; one more is refused until there is room."""
    job_lease_seconds: Seconds = 15.0
    """How long a job belongs to a worker that gives no sign of life, seconds."""
    job_heartbeat_seconds: Seconds = 5.0
    """How often a worker gives a sign of life, seconds; at most half of STOAT_JOB_LEASE_SECONDS."""
    health_seconds: Seconds = 30.0
    """How often the service looks at its own health, to tell when that changes, seconds."""
    job_timeout_seconds: Seconds = 24 * _HOUR
    """The longest that one attempt at a job may take, seconds; a render tried again goes on where it was."""
    job_attempts: int = Field(default=3, ge=1, le=100)
    """How often a job is tried before it has failed."""
    shutdown_grace_seconds: float = Field(default=20.0, ge=0, le=_HOUR, allow_inf_nan=False)
    """How long the service finishes what it has begun when it is asked to end, seconds."""

    ws_heartbeat_seconds: Seconds = 30.0
    """Between two heartbeats on a WebSocket, seconds."""
    ws_queue: int = Field(default=256, ge=1)
    """Events that wait for one slow WebSocket before it must start anew."""
    event_history: int = Field(default=1000, ge=0)
    """Events that a WebSocket that comes back can be told."""

    webhook_attempts: int = Field(default=8, ge=1, le=100)
    """How often an event is sent to a webhook before it is given up."""
    webhook_timeout_seconds: Seconds = 10.0
    """The longest that one delivery to a webhook may take, seconds."""
    webhook_allow_private: bool = False
    """Let webhooks go to private and loopback addresses."""
    webhook_allow_http: bool = False
    """Let webhooks go without TLS."""

    trace_endpoint: str | None = None
    """URL that takes OpenTelemetry spans by OTLP over HTTP; none: no traces. Needs the extra `tracing`."""

    probe_seconds: float = Field(default=30.0, gt=0, le=3600, allow_inf_nan=False)
    """The longest that looking at one source may take, seconds."""
    probe_memory_mib: int = Field(default=2048, ge=256)
    """Address space of the process that looks at sources, MiB."""
    max_pixels: int = Field(default=67_108_864, ge=1)
    """The largest picture that is decoded, in pixels."""

    span_min_seconds: float = Field(default=2.0, ge=0.1, le=86_400, allow_inf_nan=False)
    """A part of the picture that is shorter is made together with what lies beside it, seconds."""
    span_max_seconds: float = Field(default=10.0, ge=0.1, le=86_400, allow_inf_nan=False)
    """A part of the picture that is longer is split, seconds."""
    render_cache_dir: Path | None = None
    """Where parts of renders are kept to be used again; none: in the data folder."""
    render_cache_mib: int = Field(default=20_480, ge=0, le=1 << 30)
    """What they may take, MiB: with more, what nobody used for longest goes; 0: nothing is kept."""
    stall_seconds: float = Field(default=60.0, gt=0, allow_inf_nan=False)
    """An ffmpeg that makes no progress for so long is hung, seconds."""
    kill_grace_seconds: float = Field(default=5.0, ge=0, le=600, allow_inf_nan=False)
    """Between asking ffmpeg to end and ending it, seconds."""
    render_timeout_seconds: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """The longest that one ffmpeg run may take, seconds; none: as long as it makes progress."""
    ffmpeg_memory_mib: int | None = Field(default=16_384, ge=512)
    """Address space of one ffmpeg process, MiB; none: no limit (some graphics drivers need that)."""
    ffmpeg_cpu_seconds: int | None = Field(default=None, ge=1)
    """Processor time of one ffmpeg process, seconds; none: no limit."""
    ffmpeg_file_mib: int | None = Field(default=1_048_576, ge=1)
    """The largest file that ffmpeg may write, MiB; none: no limit."""
    ffmpeg_nice: int = Field(default=5, ge=0, le=19)
    """How far ffmpeg stands back for other programs, 0 to 19."""

    @property
    def projects_dir(self) -> Path:
        """One folder for each project."""
        return self.data_dir / "projects"

    @property
    def media_dir(self) -> Path:
        """The one media root of a service that was given none."""
        return (self.data_dir / "media").resolve()

    @property
    def cache_dir(self) -> Path:
        """Facts about files and programs that can be found again; safe to delete."""
        return self.data_dir / "cache"

    @property
    def max_body_bytes(self) -> int:
        """`max_body_mib` in bytes."""
        return self.max_body_mib * _MIB

    @property
    def max_head_bytes(self) -> int:
        """`max_head_kib` in bytes."""
        return self.max_head_kib * 1024

    @property
    def thumbnail_dir(self) -> Path:
        """Small pictures of what is in the library; safe to delete."""
        return self.data_dir / "thumbnails"

    @property
    def max_upload_bytes(self) -> int:
        """`max_upload_mib` in bytes."""
        return self.max_upload_mib * _MIB

    @property
    def ffmpeg_memory_bytes(self) -> int | None:
        """`ffmpeg_memory_mib` in bytes."""
        return None if self.ffmpeg_memory_mib is None else self.ffmpeg_memory_mib * _MIB

    @property
    def ffmpeg_file_bytes(self) -> int | None:
        """`ffmpeg_file_mib` in bytes."""
        return None if self.ffmpeg_file_mib is None else self.ffmpeg_file_mib * _MIB

    def confined(self) -> Settings:
        """The same for a service: without media roots its clients would read whatever its user may."""
        return self if self.media_roots else self.model_copy(update={"media_roots": (self.media_dir,)})

    @field_validator("media_roots", mode="before")
    @classmethod
    def _split_roots(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part for part in value.split(os.pathsep) if part)
        return value

    @field_validator("media_roots")
    @classmethod
    def _roots_are_folders(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        roots = tuple(root.expanduser() for root in value)
        for root in roots:
            if not root.is_dir():
                raise ValueError(f"{root} is not a folder")
        return tuple(root.resolve() for root in roots)

    @field_validator("allowed_hosts", "allowed_origins", "features", mode="before")
    @classmethod
    def _split_list(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts_are_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if not re.fullmatch(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]", host):
                raise ValueError(f"{host} is no host name; give it without scheme and port")
        return tuple(host.lower() for host in value)

    @field_validator("allowed_origins")
    @classmethod
    def _origins_are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not re.fullmatch(r"https?://[^/?#@\s*]+", origin):
                raise ValueError(f"{origin} is no origin; an origin looks like https://edit.example")
        return tuple(origin.lower() for origin in value)

    @field_validator("database_url")
    @classmethod
    def _database_is_known(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        kind, there, rest = value.get_secret_value().partition("://")
        if not there or kind not in _DATABASES:
            raise ValueError(
                "a database is named as sqlite:////PATH, or postgresql://USER:PASSWORD@HOST/NAME"
            )
        if kind.startswith("sqlite") and rest.partition("?")[0] in ("", "/", "/:memory:"):
            raise ValueError("every part of the service would have a database of its own; name a file")
        return value

    @field_validator("api_token")
    @classmethod
    def _token_is_long(cls, value: SecretStr | None) -> SecretStr | None:
        secret = value.get_secret_value() if value else None
        if secret is not None and not re.fullmatch(r"[\x21-\x7e]{16,512}", secret):
            raise ValueError("a token has 16 to 512 characters of ASCII and no spaces")
        return value

    @field_validator("host")
    @classmethod
    def _host_is_safe(cls, value: str, info: ValidationInfo) -> str:
        # A token that was itself refused is told once, under its own name.
        if not is_loopback(value) and "api_token" in info.data and info.data["api_token"] is None:
            raise ValueError("everyone on the network could use the service; set STOAT_API_TOKEN first")
        return value

    @field_validator("job_heartbeat_seconds")
    @classmethod
    def _heartbeat_keeps_the_lease(cls, value: float, info: ValidationInfo) -> float:
        lease = info.data.get("job_lease_seconds")
        if lease is not None and value * 2 > lease:
            raise ValueError(f"it is more than half of STOAT_JOB_LEASE_SECONDS ({lease:g})")
        return value

    @field_validator("trace_endpoint")
    @classmethod
    def _endpoint_is_a_url(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^/?#\s]+\S*", value):
            raise ValueError("it is no http or https URL")
        return value

    @field_validator("presets_dir", "profiles_dir")
    @classmethod
    def _files_are_in_a_folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.expanduser().is_dir():
            raise ValueError(f"{value} is not a folder")
        return value

    @field_validator("ffmpeg", "data_dir", "output_dir", "presets_dir", "profiles_dir", "gui_static_path")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        if value is None:
            return None
        path = value.expanduser()
        # A bare name such as `ffmpeg5` stays as it is: it is looked up on the PATH.
        return path if len(path.parts) == 1 and not path.exists() else path.absolute()

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the file that `STOAT_CONFIG` names."""
        named = os.environ.get(f"{_PREFIX}CONFIG")
        if not named:
            return init_settings, env_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=Path(named))


def load(**overrides: Any) -> Settings:
    """Read the settings; `overrides` (from a command line) win over the environment.

    Raises `SettingsRefused` with every wrong value by its name.
    """
    named = os.environ.get(f"{_PREFIX}CONFIG")
    if named and not Path(named).is_file():
        raise _refused(f"{_PREFIX}CONFIG", f"There is no file {named}.", "Name an existing TOML file.")
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields} | {f"{_PREFIX}CONFIG"}
    if unknown := sorted(name for name in os.environ if name.startswith(_PREFIX) and name not in known):
        raise SettingsRefused(problems=tuple(_unknown(name) for name in unknown))
    if os.environ.get(_NO_FEATURES) == "":
        # Of other settings an empty one is none; this one says that nothing is wanted.
        overrides = {"features": (), **overrides}
    try:
        return Settings(**overrides)
    except ValidationError as error:
        # A default that follows from a refused setting is not a second mistake.
        details = [detail for detail in error.errors() if detail["type"] != "default_factory_not_called"]
        raise SettingsRefused(problems=tuple(_problem(detail) for detail in details)) from None
    except (OSError, ValueError) as error:
        # TOML that cannot be read: its parser raises a ValueError.
        raise _refused(f"{_PREFIX}CONFIG", f"{named}: {error}.", "Mend the TOML file.") from None


def child_environment() -> dict[str, str]:
    """The environment for programs that are started: without our secrets, which they have no use for."""
    secrets = {f"{_PREFIX}{name.upper()}" for name in _SECRETS}
    return {name: value for name, value in os.environ.items() if name not in secrets}


def is_loopback(host: str) -> bool:
    """Whether a host name or address leads only to this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


_DATABASES = frozenset(
    {"postgresql", "postgresql+psycopg", "postgresql+psycopg2", "sqlite", "sqlite+pysqlite"}
)
_SECRETS = frozenset({"api_token", "database_url"})


def _refused(name: str, message: str, hint: str) -> SettingsRefused:
    return SettingsRefused.because("settings.invalid", message, hint=hint, path=name)


def _problem(detail: Any) -> Problem:
    name = str(detail["loc"][0]) if detail["loc"] else ""
    shown = _PREFIX + name.upper()
    if detail["type"] == "extra_forbidden":
        return _unknown(shown)
    reason = str(detail["msg"]).removeprefix("Value error, ")
    # A secret is a secret even when it cannot be used.
    given = "The value" if name in _SECRETS else _written(detail["input"])
    return Problem(
        code="settings.invalid",
        path=shown,
        message=f"{given} cannot be used: {reason[:1].lower()}{reason[1:]}.",
        hint=meaning(name) or f"Correct {shown}, or take it away.",
    )


def _written(value: Any) -> str:
    """A value as it was given, whatever it came by."""
    if isinstance(value, tuple | list):
        return repr(os.pathsep.join(map(str, value)))
    return repr(str(value) if isinstance(value, Path) else value)


def _unknown(shown: str) -> Problem:
    names = sorted(Settings.model_fields)
    near = get_close_matches(shown.removeprefix(_PREFIX).lower(), names, n=1)
    return Problem(
        code="settings.unknown",
        path=shown,
        message=f"There is no setting {shown}.",
        hint=f"Did you mean {_PREFIX}{near[0].upper()}?"
        if near
        else "The settings are " + ", ".join(names) + ".",
        allowed=tuple(names),
    )


def meaning(name: str) -> str | None:
    """What a setting means: the docstring below its field; pydantic could collect them, at every start."""
    body = ast.parse(textwrap.dedent(inspect.getsource(Settings))).body[0]
    assert isinstance(body, ast.ClassDef)
    for statement, following in pairwise(body.body):
        match statement, following:
            case ast.AnnAssign(target=ast.Name(id=found)), ast.Expr(value=ast.Constant(value=str(text))):
                if found == name:
                    return " ".join(text.split())
    return None
