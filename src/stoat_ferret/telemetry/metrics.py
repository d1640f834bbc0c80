"""The metrics of the service, for Prometheus. Imported by the service alone."""

from __future__ import annotations

from typing import Final

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder

__all__ = ["Prometheus"]

# The time of birth of every series would double what is scraped, and nobody asks for it.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]

_METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "WEBSOCKET"})
_QUICK: Final = (0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5)
_SLOW: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200)


class Prometheus:
    """One registry with every metric of this process; make one per process."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "http_requests_total", "Requests answered.", ("method", "path", "status"), registry=registry
        )
        self._request_seconds = Histogram(
            "http_request_duration_seconds",
            "From the first byte of a request to the last of its answer.",
            ("method", "path"),
            registry=registry,
        )
        self._effects = Counter(
            "stoat_ferret_effect_applications_total", "Effects applied.", ("effect_type",), registry=registry
        )
        self._transitions = Counter(
            "stoat_ferret_transition_applications_total",
            "Transitions applied.",
            ("transition_type",),
            registry=registry,
        )
        self._ffmpeg = Counter(
            "stoat_ferret_ffmpeg_executions_total", "Runs of ffmpeg.", ("status",), registry=registry
        )
        self._ffmpeg_seconds = Histogram(
            "stoat_ferret_ffmpeg_execution_duration_seconds",
            "Wall time of a run of ffmpeg.",
            buckets=_SLOW,
            registry=registry,
        )
        self._ffmpeg_active = Gauge(
            "stoat_ferret_ffmpeg_active_processes", "Processes of ffmpeg that run now.", registry=registry
        )
        self._scanned = Counter("videos_scanned_total", "Files that scans looked at.", registry=registry)
        self._renders = Counter("render_jobs_total", "Renders that ended.", ("status",), registry=registry)
        self._render_seconds = Histogram(
            "render_duration_seconds", "Wall time of a render.", buckets=_SLOW, registry=registry
        )
        self._spans = Counter(
            "stoat_ferret_render_spans_total", "Spans of renders.", ("outcome",), registry=registry
        )
        self._filters = Histogram(
            "rust_filter_generation_seconds",
            "A document becomes a plan with its filter graphs.",
            buckets=_QUICK,
            registry=registry,
        )
        self._timelines = Histogram(
            "rust_timeline_calculation_seconds",
            "Where everything of a document lies in time.",
            buckets=_QUICK,
            registry=registry,
        )
        self._seeks = Histogram(
            "preview_seek_latency_seconds", "From a seek to its frame.", registry=registry
        )

    def exposition(self, accept: str = "") -> tuple[bytes, str]:
        """Everything as text and its content type, in the form that an `Accept` header asks for."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type

    def request(self, *, method: str, path: str, status: int, seconds: float) -> None:
        """A request was answered; methods of a client's own making are counted as one."""
        known = method if method in _METHODS else "(other)"
        self._requests.labels(known, path, str(status)).inc()
        self._request_seconds.labels(known, path).observe(seconds)

    def effect_applied(self, effect_type: str) -> None:
        """An effect of the catalogue was put on something."""
        self._effects.labels(effect_type).inc()

    def transition_applied(self, transition_type: str) -> None:
        """A transition of the catalogue was put between two clips."""
        self._transitions.labels(transition_type).inc()

    def ffmpeg_started(self) -> None:
        """A process of ffmpeg runs."""
        self._ffmpeg_active.inc()

    def ffmpeg_ended(self, *, status: str, seconds: float) -> None:
        """It runs no more."""
        self._ffmpeg_active.dec()
        self._ffmpeg.labels(status).inc()
        self._ffmpeg_seconds.observe(seconds)

    def videos_scanned(self, count: int) -> None:
        """So many files were looked at by a scan."""
        self._scanned.inc(count)

    def render_ended(self, *, status: str, seconds: float) -> None:
        """A render reached a final state of jobs."""
        self._renders.labels(status).inc()
        self._render_seconds.observe(seconds)

    def spans_rendered(self, outcome: str, count: int) -> None:
        """So many spans of a render were `reused`, `copied` or `rendered`."""
        self._spans.labels(outcome).inc(count)

    def filter_generated(self, seconds: float) -> None:
        """The core made a plan with its filter graphs."""
        self._filters.observe(seconds)

    def timeline_calculated(self, seconds: float) -> None:
        """The core worked out where everything lies in time."""
        self._timelines.observe(seconds)

    def preview_sought(self, seconds: float) -> None:
        """A preview showed the frame that was sought."""
        self._seeks.observe(seconds)
