"""What the program tells of itself: logs, metrics, traces, and the names that tie them together.

Importing this is cheap: the command line renders without structlog, prometheus-client and OpenTelemetry.
Only the service calls `logs.set_up`, `metrics.Prometheus` and `tracing.set_up`;
until then measurements go nowhere and spans are empty.
"""

from stoat_ferret.telemetry.context import (
    bound,
    context,
    correlation_id,
    is_correlation_id,
    new_correlation_id,
)
from stoat_ferret.telemetry.meters import Meters, NoMeters, meters, timed, use_meters
from stoat_ferret.telemetry.spans import Spans, span, use_spans

__all__ = [
    "Meters",
    "NoMeters",
    "Spans",
    "bound",
    "context",
    "correlation_id",
    "is_correlation_id",
    "meters",
    "new_correlation_id",
    "span",
    "timed",
    "use_meters",
    "use_spans",
]
