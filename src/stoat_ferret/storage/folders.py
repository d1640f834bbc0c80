"""Project folders: the copy of every project that people can read, and that a lost database is rebuilt from.

    projects/<slug>/project.json         the newest revision
                    .versions/v001.json  every revision, as it was
                    .versions/log.jsonl  who made it, why, with which edits, and its checksum
                    assets.json          the media that it uses
                    renders/             what was rendered

A revision is written in this order, each step durable before the next: its version, its line in the log,
`project.json`. Whatever moment the process dies at, what is there is whole, and what is missing is written
at the next start.
"""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from stoat_ferret.model.document import canonical, checksum
from stoat_ferret.model.event import now

__all__ = ["Folder", "Version", "folders", "slug_of"]

_LOG = "log.jsonl"
_VERSION = re.compile(r"^v(\d{3,})\.json$")
_LONGEST_SLUG = 60


@dataclass(frozen=True, kw_only=True)
class Version:
    """What the log says of a revision."""

    project_id: str
    revision: int
    parent: int | None
    kind: str
    of_revision: int | None
    actor: str
    intent: str | None
    label: str | None
    edits: list[dict[str, Any]]
    spans: list[dict[str, Any]]
    sha256: str
    """Of the document's canonical JSON."""
    correlation_id: str | None
    created_at: str


def slug_of(name: str) -> str:
    """A folder's name for a project of this name: small ASCII letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].rstrip("-") or "project"


def folders(root: Path) -> list[Folder]:
    """Every project's folder below `root`, in the order of their names."""
    with contextlib.suppress(FileNotFoundError):
        return [
            Folder(path)
            for path in sorted(root.iterdir())
            if path.is_dir() and not path.is_symlink() and not path.name.startswith(".")
        ]
    return []


class Folder:
    """One project's folder. Every method may raise `OSError`: the disk's word is for the caller to judge."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: tuple[int, ...] | None = None

    @property
    def document_path(self) -> Path:
        """The newest revision, for people."""
        return self.path / "project.json"

    @property
    def renders(self) -> Path:
        """Where the project's renders go."""
        return self.path / "renders"

    def write(self, version: Version, data: bytes) -> None:
        """Add a revision, as canonical JSON, to the versions and the log; `show` shows it to people."""
        self._prepare()
        _write(self._version_path(version.revision), data + b"\n")
        self.note(version)

    def note(self, version: Version) -> None:
        """Add a line to the log; of several lines of a revision the last one holds."""
        self._prepare()
        with open(self._versions / _LOG, "ab") as log:
            if log.tell() and not self._log_ends_with_a_line():
                # A line that was cut off by a crash stays behind as one that cannot be read.
                log.write(b"\n")
            log.write(orjson.dumps(asdict(version)) + b"\n")
            log.flush()
            os.fsync(log.fileno())

    def show(self, document: Mapping[str, Any], assets: Mapping[str, Any]) -> Path | None:
        """Make the document the project's file.

        What is there and is none of the project's revisions is set aside first; returns its new name.
        """
        self._prepare()
        aside = None if self._untouched() else self._set_aside_if_foreign()
        self._known = _write(self.document_path, _readable(document))
        self._show_assets(assets)
        return aside

    def mend(self, document: Mapping[str, Any], assets: Mapping[str, Any]) -> Path | None:
        """Bring back the project's file where it is damaged, changed or gone; the set-aside one's name."""
        # Looked at before it is read: what is changed in between is noticed.
        signature = _signature(self.document_path)
        if self._sum() == checksum(canonical(document)):
            self._known = signature
            return None
        return self.show(document, assets)

    def log(self) -> dict[int, Version]:
        """What the log says, by revision; lines that cannot be read are passed over, later ones win."""
        found: dict[int, Version] = {}
        try:
            lines = (self._versions / _LOG).read_bytes().splitlines()
        except FileNotFoundError:
            return {}
        for line in lines:
            with contextlib.suppress(ValueError, TypeError):
                version = Version(**orjson.loads(line))
                found[version.revision] = version
        return found

    def newest(self) -> int:
        """The newest revision that was written whole; 0: none."""
        return max((number for number in self.log() if self._version_path(number).exists()), default=0)

    def incomplete(self, known: Mapping[int, tuple[str, str | None]]) -> list[int]:
        """Which of the revisions, given with checksum and name, are missing here, cut off, or told otherwise.

        Looks at the ends of the files only: `damaged` reads all of them.
        """
        log = self.log()
        found = []
        for number, told in known.items():
            version = log.get(number)
            if version is None or (version.sha256, version.label) != told or not self._ends_well(number):
                found.append(number)
        return found

    def document(self, version: Version) -> dict[str, Any] | None:
        """The document of a revision; none: it is gone or damaged."""
        with contextlib.suppress(OSError, ValueError):
            value = orjson.loads(self._version_path(version.revision).read_bytes())
            if isinstance(value, dict) and checksum(canonical(value)) == version.sha256:
                return value
        return None

    def damaged(self) -> Iterator[int]:
        """Revisions that the log names and whose documents are gone or damaged."""
        for number, version in sorted(self.log().items()):
            if self.document(version) is None:
                yield number

    def assets(self) -> list[dict[str, Any]]:
        """The media that the project's newest revision uses, as `show` was told."""
        with contextlib.suppress(OSError, ValueError):
            value = orjson.loads((self.path / "assets.json").read_bytes())
            if isinstance(value, dict) and isinstance(value.get("assets"), list):
                return [item for item in value["assets"] if isinstance(item, dict)]
        return []

    def put_away(self) -> Path | None:
        """Move the whole folder among the deleted ones; its new place, if there was one."""
        if not self.path.exists():
            return None
        deleted = self.path.parent / ".deleted"
        deleted.mkdir(exist_ok=True)
        target = deleted / f"{self.path.name}-{_stamp()}"
        os.rename(self.path, target)
        _synchronise(deleted)
        _synchronise(self.path.parent)
        return target

    @property
    def _versions(self) -> Path:
        return self.path / ".versions"

    def _version_path(self, number: int) -> Path:
        return self._versions / f"v{number:03}.json"

    def _prepare(self) -> None:
        if self._versions.is_dir() and self.renders.is_dir():
            return
        self._versions.mkdir(parents=True, exist_ok=True)
        self.renders.mkdir(exist_ok=True)
        _synchronise(self.path)
        _synchronise(self.path.parent)

    def _log_ends_with_a_line(self) -> bool:
        with open(self._versions / _LOG, "rb") as log:
            log.seek(-1, os.SEEK_END)
            return log.read(1) == b"\n"

    def _ends_well(self, number: int) -> bool:
        try:
            with open(self._version_path(number), "rb") as file:
                file.seek(-2, os.SEEK_END)
                return file.read(2) == b"}\n"
        except OSError:
            return False

    def _untouched(self) -> bool:
        """Nobody wrote the project's file since this process did."""
        return self._known is not None and self._known == _signature(self.document_path)

    def _sum(self) -> str | None:
        try:
            return checksum(canonical(orjson.loads(self.document_path.read_bytes())))
        except (OSError, ValueError, TypeError):
            return None

    def _set_aside_if_foreign(self) -> Path | None:
        if not self.document_path.exists():
            return None
        if self._sum() in {version.sha256 for version in self.log().values()}:
            return None
        aside = self.path / f"project.set-aside-{_stamp()}.json"
        os.rename(self.document_path, aside)
        _synchronise(self.path)
        return aside

    def _show_assets(self, assets: Mapping[str, Any]) -> None:
        text = orjson.dumps(assets, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        path = self.path / "assets.json"
        with contextlib.suppress(OSError):
            if path.read_bytes() == text:
                return
        _write(path, text)


def _readable(document: Mapping[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _write(path: Path, data: bytes) -> tuple[int, ...]:
    """Put a whole file under the name, durably; its signature, until somebody else writes it."""
    temporary = path.with_name(f".{path.name}.new")
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        # Before it has its name: nobody else can have touched it.
        signature = _told(os.fstat(file.fileno()))
    os.replace(temporary, path)
    _synchronise(path.parent)
    return signature


def _synchronise(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _signature(path: Path) -> tuple[int, ...] | None:
    try:
        return _told(path.stat())
    except OSError:
        return None


def _told(status: os.stat_result) -> tuple[int, ...]:
    return status.st_ino, status.st_size, status.st_mtime_ns


def _stamp() -> str:
    return re.sub(r"[^0-9TZ]", "", now())
