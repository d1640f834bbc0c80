"""Spans of traces, and the one place that takes them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol


class Spans(Protocol):
    """Takes spans: named stretches of time that know what they are part of."""

    def span(
        self, name: str, attributes: Mapping[str, str | int | float], carrier: Mapping[str, str]
    ) -> AbstractContextManager[None]:
        """The block is a span; `carrier` holds the headers of a request that may name a trace."""


_current: Spans | None = None
_NOTHING: Mapping[str, str] = {}


def span(
    name: str, *, carrier: Mapping[str, str] = _NOTHING, **attributes: str | float
) -> AbstractContextManager[None]:
    """The block is a span of the trace; nothing at all where no traces are taken.

    `carrier` holds the headers of a request: where they name a trace, the span is part of it.
    """
    return contextlib.nullcontext() if _current is None else _current.span(name, attributes, carrier)


def use_spans(chosen: Spans | None) -> None:
    """Send this process's spans to `chosen` from now on."""
    global _current  # noqa: PLW0603 (one process, one trace provider)
    _current = chosen
