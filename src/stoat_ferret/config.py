"""The settings: the only reader of the environment.

Every setting is an environment variable `STOAT_<NAME>`, or a key of the TOML file that `STOAT_CONFIG` names;
the environment wins over the file.
"""

from __future__ import annotations

import ast
import inspect
import os
import textwrap
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from stoat_ferret.errors import Problem, SettingsRefused

__all__ = ["Settings", "load", "meaning"]

_PREFIX = "STOAT_"
_MIB = 1024 * 1024


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
    """Folders that sources must lie in, separated by `:`; empty: any file that the user may read."""
    data_dir: Path = Field(default_factory=_default_data_dir)
    """Where the database, the cache and the projects live."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The least severe message that is logged."""

    probe_seconds: float = Field(default=30.0, gt=0, le=3600, allow_inf_nan=False)
    """The longest that looking at one source may take, seconds."""
    probe_memory_mib: int = Field(default=2048, ge=256)
    """Address space of the process that looks at sources, MiB."""
    max_pixels: int = Field(default=67_108_864, ge=1)
    """The largest picture that is decoded, in pixels."""

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
    def cache_dir(self) -> Path:
        """Facts about files and programs that can be found again; safe to delete."""
        return self.data_dir / "cache"

    @property
    def ffmpeg_memory_bytes(self) -> int | None:
        """`ffmpeg_memory_mib` in bytes."""
        return None if self.ffmpeg_memory_mib is None else self.ffmpeg_memory_mib * _MIB

    @property
    def ffmpeg_file_bytes(self) -> int | None:
        """`ffmpeg_file_mib` in bytes."""
        return None if self.ffmpeg_file_mib is None else self.ffmpeg_file_mib * _MIB

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

    @field_validator("ffmpeg", "data_dir")
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
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsRefused(problems=tuple(_problem(detail) for detail in error.errors())) from None
    except (OSError, ValueError) as error:
        # TOML that cannot be read: its parser raises a ValueError.
        raise _refused(f"{_PREFIX}CONFIG", f"{named}: {error}.", "Mend the TOML file.") from None


def _refused(name: str, message: str, hint: str) -> SettingsRefused:
    return SettingsRefused(
        problems=(Problem(code="settings.invalid", path=name, message=message, hint=hint),)
    )


def _problem(detail: Any) -> Problem:
    name = str(detail["loc"][0]) if detail["loc"] else ""
    shown = _PREFIX + name.upper()
    if detail["type"] == "extra_forbidden":
        return _unknown(shown)
    reason = str(detail["msg"]).removeprefix("Value error, ")
    return Problem(
        code="settings.invalid",
        path=shown,
        message=f"{detail['input']!r} cannot be used: {reason[:1].lower()}{reason[1:]}.",
        hint=meaning(name) or f"Correct {shown}, or take it away.",
    )


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
