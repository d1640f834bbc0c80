"""What is being worked on: names that every log line of a request or job carries."""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final

_CORRELATION: Final = "correlation_id"
_NAMES: Final = frozenset({_CORRELATION, "actor", "job_id", "project_id"})
_SANE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")

_bound: ContextVar[Mapping[str, str]] = ContextVar("stoat_bound", default=MappingProxyType({}))


@contextlib.contextmanager
def bound(**names: str | None) -> Iterator[None]:
    """Within the block, log lines carry these names: correlation_id, actor, job_id, project_id.

    What is none is left as it was. Tasks and threads made by asyncio within the block inherit the names.
    """
    if unknown := names.keys() - _NAMES:
        raise ValueError(f"nothing is bound by the name of {', '.join(sorted(unknown))}")
    given = {name: value for name, value in names.items() if value is not None}
    token = _bound.set(MappingProxyType({**_bound.get(), **given}))
    try:
        yield
    finally:
        _bound.reset(token)


def context() -> Mapping[str, str]:
    """The names that are bound here."""
    return _bound.get()


def correlation_id() -> str | None:
    """What ties together all that one request has caused; none outside of one."""
    return _bound.get().get(_CORRELATION)


def new_correlation_id() -> str:
    """A name for a request that brings none: `req_` and 64 random bits."""
    return f"req_{secrets.token_hex(8)}"


def is_correlation_id(text: str) -> bool:
    """Whether a client's own name may stand in logs and headers: 1 to 100 letters, digits and `._:-`."""
    return _SANE.fullmatch(text) is not None
