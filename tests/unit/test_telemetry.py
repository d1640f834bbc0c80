"""Logs carry the names of what is being worked on and no secret; metrics go by the names of the design."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from stoat_ferret import compile as core
from stoat_ferret import config, telemetry
from stoat_ferret.errors import FFmpegFailed, SettingsRefused
from stoat_ferret.media.ffmpeg import Command, execute
from stoat_ferret.telemetry import logs, tracing
from stoat_ferret.telemetry.metrics import Prometheus
from stoat_ferret.telemetry.redaction import MASK, Redaction

NAMES = {
    "http_request_duration_seconds",
    "http_requests",
    "preview_seek_latency_seconds",
    "render_duration_seconds",
    "render_jobs",
    "rust_filter_generation_seconds",
    "rust_timeline_calculation_seconds",
    "stoat_ferret_effect_applications",
    "stoat_ferret_ffmpeg_active_processes",
    "stoat_ferret_ffmpeg_execution_duration_seconds",
    "stoat_ferret_ffmpeg_executions",
    "stoat_ferret_render_spans",
    "stoat_ferret_transition_applications",
    "videos_scanned",
}


@pytest.fixture
def measured() -> Iterator[Prometheus]:
    """The metrics of one test."""
    before = telemetry.meters()
    prometheus = Prometheus()
    telemetry.use_meters(prometheus)
    yield prometheus
    telemetry.use_meters(before)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[io.StringIO]:
    """What the service would log, as JSON."""
    root = logging.getLogger()
    before = (root.handlers, root.level)
    names = ("uvicorn", "uvicorn.error", "uvicorn.asgi", "uvicorn.access", "httpx", "httpcore")
    others = {name: (logging.getLogger(name).level, logging.getLogger(name).disabled) for name in names}
    stream = io.StringIO()
    logs.set_up(
        config.load(data_dir=tmp_path, api_token="an-administrators-token", log_level="DEBUG"), stream=stream
    )
    yield stream
    root.handlers, root.level = before
    for name, (level, disabled) in others.items():
        logging.getLogger(name).level, logging.getLogger(name).disabled = level, disabled
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    """The log as data."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


# Names


def test_names_are_bound_within_a_block() -> None:
    """Inner ones win, tasks inherit them, and nothing is left after the block."""

    async def inner() -> dict[str, str]:
        return dict(telemetry.context())

    async def work() -> dict[str, str]:
        with (
            telemetry.bound(correlation_id="c", actor="agent:a"),
            telemetry.bound(actor="agent:b", job_id=None),
        ):
            return await asyncio.create_task(inner())

    assert {"correlation_id": "c", "actor": "agent:b"} == asyncio.run(work())
    assert {} == dict(telemetry.context())
    with pytest.raises(ValueError, match="colour"), telemetry.bound(colour="red"):
        pass


def test_made_names_are_sane() -> None:
    """And two are never the same."""
    made = {telemetry.new_correlation_id() for _ in range(100)}
    assert 100 == len(made)
    assert all(telemetry.is_correlation_id(name) for name in made)


# Logs


def test_every_line_has_one_form(log: io.StringIO) -> None:
    """Whether it comes from structlog or from a library, it is one JSON object with the bound names."""
    with telemetry.bound(correlation_id="req_1", project_id="prj_1", job_id="job_1"):
        structlog.get_logger("stoat_ferret.jobs").info("render_started", spans=3)
        logging.getLogger("uvicorn.error").warning("said %s", "this", extra={"frames": 7})
    ours, theirs = lines(log)
    shared = {"correlation_id": "req_1", "project_id": "prj_1", "job_id": "job_1"}
    assert {
        **shared,
        "event": "render_started",
        "level": "info",
        "spans": 3,
        "logger": "stoat_ferret.jobs",
    } == {name: value for name, value in ours.items() if name != "timestamp"}
    assert {**shared, "event": "said this", "level": "warning", "frames": 7, "logger": "uvicorn.error"} == {
        name: value for name, value in theirs.items() if name != "timestamp"
    }
    assert str(ours["timestamp"]).endswith("Z")


def test_the_server_tells_no_request_a_second_time(log: io.StringIO) -> None:
    """The guard does, and libraries do not tell URLs."""
    logging.getLogger("uvicorn.access").info("GET /?token=x")
    logging.getLogger("httpx").info("POST https://hooks.example")
    assert [] == lines(log)


def test_tracebacks_stay_on_one_line(log: io.StringIO) -> None:
    """And lose the secrets in their messages."""
    logging.getLogger("x").error("failed", exc_info=ValueError("an-administrators-token was wrong"))
    (line,) = lines(log)
    assert "ValueError" in str(line["exception"])
    assert "an-administrators-token" not in log.getvalue()


def test_lines_for_people(tmp_path: Path) -> None:
    """The other form is no JSON."""
    root = logging.getLogger()
    before = (root.handlers, root.level)
    stream = io.StringIO()
    logs.set_up(config.load(data_dir=tmp_path, log_format="console"), stream=stream)
    logging.getLogger("x").info("hello", extra={"api_key": "k-k-k"})
    root.handlers, root.level = before
    assert "hello" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
    assert "k-k-k" not in stream.getvalue()


SECRET = "stoat_0123456789ab_" + "A-_z" * 10 + "abc"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("token", "plain"),
        ("Authorization", "Basic eA=="),
        ("headers", {"X-API-Key": "plain", "set-cookie": b"plain"}),
        ("client_secret", ["plain"]),
        ("note", f"used {SECRET} twice"),
        ("note", f"stoat.token.{SECRET}"),
        ("note", "whsec_c2VjcmV0c2VjcmV0"),
        ("note", "sk_live_0123456789"),
        ("note", "Authorization: Bearer abc.def"),
        ("note", "postgresql://stoat:opensesame@db/stoat"),
        ("deep", [{"a": ({"b": f"x{SECRET}"},)}]),
        ("object", ValueError(SECRET)),
    ],
)
def test_secrets_are_masked(name: str, value: object) -> None:
    """By the name that they stand under, and by their form."""
    shown = json.dumps(Redaction()(None, "", {name: value}))
    assert MASK in shown
    assert [] == [
        secret
        for secret in ("plain", SECRET, "c2VjcmV0", "live", "abc.def", "opensesame", "eA==")
        if secret in shown
    ]


@given(st.dictionaries(st.text(max_size=5), st.recursive(st.text() | st.integers(), st.lists, max_leaves=5)))
def test_a_known_secret_never_shows(event: dict[str, object]) -> None:
    """Wherever it is put."""
    event = {**event, "x": ["opensesame", {"y": "an opensesame b"}]}
    assert "opensesame" not in json.dumps(Redaction(["opensesame"])(None, "", event))


def test_numbers_and_flags_are_no_secrets() -> None:
    """A count of tokens is worth reading."""
    assert {"tokens": 7, "token": None} == Redaction()(None, "", {"tokens": 7, "token": None})


# Metrics


def test_metrics_have_the_names_of_the_design(measured: Prometheus) -> None:
    """All of them, and besides them only what is known of the process."""
    found = {metric.name for metric in measured.registry.collect()}
    assert NAMES == {name for name in found if not name.startswith("process_")}
    text, kind = measured.exposition()
    assert b"# TYPE http_requests_total counter" in text
    assert kind.startswith("text/plain")
    assert b"_created" not in text


def test_what_is_measured_is_shown(measured: Prometheus) -> None:
    """Each measurement under its metric and labels."""
    meters = telemetry.meters()
    meters.effect_applied("text_overlay")
    meters.transition_applied("dissolve")
    meters.videos_scanned(3)
    meters.render_ended(status="completed", seconds=2.0)
    meters.spans_rendered("reused", 57)
    meters.preview_sought(0.05)
    value = measured.registry.get_sample_value
    assert (1, 1, 3, 1, 2, 57, 0.05) == (
        value("stoat_ferret_effect_applications_total", {"effect_type": "text_overlay"}),
        value("stoat_ferret_transition_applications_total", {"transition_type": "dissolve"}),
        value("videos_scanned_total"),
        value("render_jobs_total", {"status": "completed"}),
        value("render_duration_seconds_sum"),
        value("stoat_ferret_render_spans_total", {"outcome": "reused"}),
        value("preview_seek_latency_seconds_sum"),
    )


def test_the_core_is_timed(measured: Prometheus) -> None:
    """Each crossing once."""
    core.check("{}")
    assert 1 == measured.registry.get_sample_value("rust_timeline_calculation_seconds_count")


def test_runs_of_ffmpeg_are_counted_and_logged(
    measured: Prometheus, log: io.StringIO, bundled_ffmpeg: Path, tmp_path: Path
) -> None:
    """However they end, with the name of the request that caused them; and none is left running."""
    good = Command(
        binary=bundled_ffmpeg, tokens=("-f", "lavfi", "-i", "nullsrc=d=0.1", "-f", "null", "-"), work=tmp_path
    )
    bad = Command(
        binary=bundled_ffmpeg, tokens=("-f", "lavfi", "-i", "nofilter", "-f", "null", "-"), work=tmp_path
    )
    with telemetry.bound(correlation_id="req_1"):
        asyncio.run(execute(good))
        with pytest.raises(FFmpegFailed) as caught:
            asyncio.run(execute(bad))
    value = measured.registry.get_sample_value
    name = "stoat_ferret_ffmpeg_executions_total"
    assert 1 == value(name, {"status": "completed"}) == value(name, {"status": caught.value.code})
    assert (2, 0) == (
        value("stoat_ferret_ffmpeg_execution_duration_seconds_count"),
        value("stoat_ferret_ffmpeg_active_processes"),
    )
    ended = [line for line in lines(log) if line["event"] == "ffmpeg_ended"]
    assert [("req_1", "completed"), ("req_1", caught.value.code)] == [
        (line["correlation_id"], line["status"]) for line in ended
    ]


def test_programs_that_are_started_get_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """They would show it to everyone who may look at their process."""
    monkeypatch.setenv("STOAT_API_TOKEN", "an-administrators-token")
    monkeypatch.setenv("STOAT_DATABASE_URL", "postgresql://x:y@z/w")
    monkeypatch.setenv("STOAT_MAX_PIXELS", "1000")
    found = config.child_environment()
    assert ("1000", False, False) == (
        found["STOAT_MAX_PIXELS"],
        "STOAT_API_TOKEN" in found,
        "STOAT_DATABASE_URL" in found,
    )


@pytest.mark.parametrize(
    "module",
    [
        "stoat_ferret.cli.app",
        "stoat_ferret.cli.captions",
        "stoat_ferret.cli.looking",
        "stoat_ferret.cli.rendering",
        "stoat_ferret.compile",
        "stoat_ferret.media.ffmpeg",
        "stoat_ferret.verifying",
    ],
)
def test_the_command_line_stays_quick(module: str) -> None:
    """What only the service needs is not imported by a render."""
    heavy = ("structlog", "prometheus_client", "opentelemetry", "fastapi", "sqlalchemy", "httpx", "limits")
    code = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]\n" == done.stdout


# Traces


def test_spans_know_their_parents() -> None:
    """A request's own trace, the correlation id, and what failed, without its message."""
    exporter = InMemorySpanExporter()
    traces = tracing.OpenTelemetry(exporter, at_once=True)
    telemetry.use_spans(traces)
    parent = f"00-{'a' * 32}-{'b' * 16}-01"
    try:
        with (
            pytest.raises(ValueError, match="secret"),
            telemetry.bound(correlation_id="req_1"),
            telemetry.span("request", carrier={"traceparent": parent}, path="/x"),
            telemetry.span("ffmpeg"),
        ):
            raise ValueError("a secret")
    finally:
        telemetry.use_spans(None)
        traces.close()
    inner, outer = exporter.get_finished_spans()
    assert ("ffmpeg", "request") == (inner.name, outer.name)
    assert outer.context is not None
    assert inner.parent is not None
    assert outer.parent is not None
    assert int("a" * 32, 16) == outer.context.trace_id
    assert (outer.context.span_id, int("b" * 16, 16)) == (inner.parent.span_id, outer.parent.span_id)
    assert {"path": "/x", "stoat.correlation_id": "req_1"} == dict(outer.attributes or {})
    assert "secret" not in outer.to_json() + inner.to_json()
    assert "ERROR" == outer.status.status_code.name


def test_no_traces_unless_asked_for(tmp_path: Path) -> None:
    """A span is nothing then."""
    tracing.set_up(config.load(data_dir=tmp_path))()
    with telemetry.span("request"):
        assert None is telemetry.correlation_id()


def test_traces_without_their_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Are refused by the name of the setting."""
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(SettingsRefused) as caught:
        tracing.set_up(config.load(data_dir=tmp_path, trace_endpoint="http://127.0.0.1:4318/v1/traces"))
    (problem,) = caught.value.problems
    assert ("settings.invalid", "STOAT_TRACE_ENDPOINT") == (problem.code, problem.path)
    assert "stoat-and-ferret[tracing]" in (problem.hint or "")
