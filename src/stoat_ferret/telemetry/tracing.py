"""Traces by OpenTelemetry, where STOAT_TRACE_ENDPOINT asks for them. Imported by the service alone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from stoat_ferret.config import Settings
from stoat_ferret.errors import SettingsRefused
from stoat_ferret.telemetry.context import correlation_id
from stoat_ferret.telemetry.spans import use_spans

__all__ = ["OpenTelemetry", "set_up"]


class OpenTelemetry:
    """Spans of one provider of our own: what other libraries trace globally stays theirs."""

    def __init__(self, exporter: Any, *, at_once: bool = False) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = TracerProvider(
            resource=Resource.create({"service.name": "stoat-and-ferret"}), shutdown_on_exit=False
        )
        send = SimpleSpanProcessor if at_once else BatchSpanProcessor
        self._provider.add_span_processor(send(exporter))
        self._tracer = self._provider.get_tracer("stoat_ferret")
        self._propagator = TraceContextTextMapPropagator()

    @contextlib.contextmanager
    def span(
        self, name: str, attributes: Mapping[str, str | int | float], carrier: Mapping[str, str]
    ) -> Iterator[None]:
        """The block is a span, with the correlation id among its attributes."""
        from opentelemetry.trace import StatusCode

        known = dict(attributes)
        if (correlation := correlation_id()) is not None:
            known["stoat.correlation_id"] = correlation
        parent = self._propagator.extract(carrier) if "traceparent" in carrier else None
        # Messages of errors may hold what a client sent: a span tells that it failed, the log tells why.
        with self._tracer.start_as_current_span(
            name, context=parent, attributes=known, record_exception=False, set_status_on_exception=False
        ) as current:
            try:
                yield
            except BaseException:
                current.set_status(StatusCode.ERROR)
                raise

    def close(self) -> None:
        """Send what is left, and stop."""
        self._provider.shutdown()


def set_up(settings: Settings) -> Callable[[], None]:
    """Trace as the settings say; the answer ends it.

    Raises `SettingsRefused` when traces are asked for and their packages are missing.
    """
    if settings.trace_endpoint is None:
        return lambda: None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        traces = OpenTelemetry(OTLPSpanExporter(endpoint=settings.trace_endpoint, timeout=5))
    except ImportError:
        raise SettingsRefused.because(
            "settings.invalid",
            "Traces are asked for, and the packages that send them are not installed.",
            hint="Install stoat-and-ferret[tracing], or take STOAT_TRACE_ENDPOINT away.",
            path="STOAT_TRACE_ENDPOINT",
        ) from None
    use_spans(traces)

    def close() -> None:
        use_spans(None)
        traces.close()

    return close
