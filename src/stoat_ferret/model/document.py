"""Reading a project file: bytes become JSON text that the core can be given, or a problem with a name."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stoat_ferret.errors import RequestError

LARGEST = 64 * 1024 * 1024
"""Bytes of the largest document that is read."""

DEEPEST = 64
"""Levels of nesting that a document may have; real ones have about ten."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """A project document that is sound JSON; whether it is a sound project, the core says."""

    text: str
    """The JSON text."""
    base: Path
    """Folder that relative sources are looked for in first."""
    path: Path | None = None
    """The file that it was read from."""
    library: Mapping[str, Path] | None = None
    """Where the videos lie that it names by their ids; none: there is no library."""

    @property
    def name(self) -> str | None:
        """What the project calls itself."""
        value = json.loads(self.text)
        name = value.get("name") if isinstance(value, dict) else None
        return name if isinstance(name, str) else None


def read_document(path: Path) -> Document:
    """Read a project file.

    Raises `RequestError` when there is no such file, or when it is not one sound JSON object.
    """
    return Document(text=_sound(_read(path), str(path)), base=path.absolute().parent, path=path.absolute())


def parse_document(text: str | bytes, *, base: Path) -> Document:
    """Take a document from memory; `base` is the folder of its relative sources.

    Raises `RequestError` when it is not one sound JSON object.
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return Document(text=_sound(data, "The document"), base=base)


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one form in which a document is stored and compared: JSON without spaces, keys as they stand."""
    import orjson

    return orjson.dumps(document)


def checksum(data: bytes) -> str:
    """SHA-256 of a document's canonical form."""
    return hashlib.sha256(data).hexdigest()


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _refuse(
            "document.unreadable", f"{path} cannot be read: {reason}.", "Give the path of a project file."
        ) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _refuse("document.unreadable", f"{path} is not a file.", "Give the path of a project file.")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(LARGEST + 1)
    finally:
        os.close(descriptor)


def strict_json(data: bytes, what: str = "The body") -> Any:
    """JSON that every reader understands the same way: UTF-8, no key twice, finite numbers, not too deep.

    Raises `RequestError`.
    """
    return _value(data, what)[1]


def _sound(data: bytes, what: str) -> str:
    """The text of a JSON object that every reader understands the same way."""
    text, value = _value(data, what)
    if not isinstance(value, dict):
        raise _refuse("document.not_object", f"{what} is not a JSON object.", 'A project begins with "{".')
    return text


def _value(data: bytes, what: str) -> tuple[str, Any]:
    if len(data) > LARGEST:
        raise _refuse(
            "document.too_large",
            f"{what} is larger than {LARGEST // (1024 * 1024)} MiB.",
            "A project file holds paths to media, never media.",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refuse(
            "document.not_utf8",
            f"{what} is not UTF-8: byte {error.start} does not fit.",
            "Save the file as UTF-8.",
        ) from error
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_integer,
        )
    except json.JSONDecodeError as error:
        raise _refuse(
            "document.not_json",
            f"{what} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}.",
            "Mend the text there.",
        ) from error
    except RecursionError as error:
        raise _too_deep(what) from error
    if _depth(value) > DEEPEST:
        raise _too_deep(what)
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise _refuse(
            "document.not_utf8",
            f"{what} holds half of a surrogate pair, which is no character.",
            "Write the character itself, or both halves of its escape.",
        ) from error
    return text, value


_MOST_DIGITS = 20


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise _refuse("document.duplicate_key", f"An object says {double!r} twice.", "Keep one of the two.")
    return value


def _no_constant(name: str) -> Any:
    raise _refuse("document.number", f"{name} is no number that JSON knows.", "Give a finite number.")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _refuse(
            "document.number", f"{text[:40]} is too large to be a number.", "Give a smaller number."
        )
    return number


def _integer(text: str) -> int:
    number = int(text) if len(text) <= _MOST_DIGITS else None
    # What readers of JSON keep exactly, if they know whole numbers at all.
    if number is None or not -(2**63) <= number < 2**64:
        shown = text if number is not None else f"{text[:_MOST_DIGITS]}…"
        raise _refuse("document.number", f"{shown} has too many digits.", "Give a smaller number.")
    return number


def _depth(value: Any) -> int:
    """Levels of nesting, counted without recursion."""
    deepest = 0
    waiting = [(value, 1)]
    while waiting:
        item, level = waiting.pop()
        deepest = max(deepest, level)
        if isinstance(item, dict):
            waiting.extend((child, level + 1) for child in item.values() if isinstance(child, dict | list))
        elif isinstance(item, list):
            waiting.extend((child, level + 1) for child in item if isinstance(child, dict | list))
    return deepest


def _too_deep(what: str) -> RequestError:
    return _refuse("document.too_deep", f"{what} is nested deeper than {DEEPEST} levels.", "Flatten it.")


def _refuse(code: str, message: str, hint: str) -> RequestError:
    return RequestError.because(code, message, hint=hint)
