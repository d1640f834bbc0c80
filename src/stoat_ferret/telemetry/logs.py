"""Structured logs: every line of the service, its server and its libraries in one form, on standard error.

Imported by the service alone. Lower layers log through the standard library with `extra=`;
what they say comes out in the same form, with the names that are bound (`telemetry.bound`).
"""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

import structlog
from structlog.types import EventDict, Processor

from stoat_ferret.config import Settings
from stoat_ferret.telemetry.context import context
from stoat_ferret.telemetry.redaction import Redaction

__all__ = ["set_up"]


def set_up(settings: Settings, *, stream: TextIO | None = None) -> None:
    """Log as the settings say, to `stream` or standard error; may be called again."""
    known = [
        secret.get_secret_value()
        for secret in (settings.api_token, settings.database_url)
        if secret is not None
    ]
    shared: list[Processor] = [
        _bound,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                Redaction(known),
                _renderer(settings),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    _take_over_the_server()


def _renderer(settings: Settings) -> Processor:
    if settings.log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    return structlog.dev.ConsoleRenderer(colors=False)


def _bound(logger: object, method: str, event: EventDict) -> EventDict:
    """The names of what is being worked on; what a line says itself comes first."""
    names: dict[str, Any] = dict(context())
    names.update(event)
    return names


def _take_over_the_server() -> None:
    for name in ("uvicorn", "uvicorn.error", "uvicorn.asgi", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    # The guards tell of every request, with its template, its actor and how long it took.
    logging.getLogger("uvicorn.access").disabled = True
    # It tells every request to other servers, with the whole URL.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("httpcore").setLevel(logging.WARNING)
