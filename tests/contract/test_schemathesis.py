"""The API keeps to its own description, whatever is sent to it.

schemathesis makes the requests: examples, edges of each constraint, random sound and unsound data, and walks
from answer to request. `make contract EXAMPLES=1000` asks more often than CI does.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import StopReason, events, from_schema

from stoat_ferret.testing.media import MediaMaker, Source
from stoat_ferret.testing.server import Server

TOKEN = "an-administrators-token"
HEAD = {"Authorization": f"Bearer {TOKEN}"}

LEAST_REQUESTS = {"projects": 2000, "others": 2000, "walks": 200}
"""What each part sends at least, so that a part that asks nothing is no proof."""


ASKED_OF_CONTENT = (
    "(captions|frame|strip|waveform|contact-sheet|timeline|filesystem|search|videos|media|output)$"
)
"""What is read there depends on more than a schema can say: where a film ends, which timecodes its rate has,
what a search means."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, media: MediaMaker) -> Iterator[Server]:
    """A service with something of everything, whose renders give up soon."""
    folder = tmp_path_factory.mktemp("contract")
    films = folder / "films"
    films.mkdir()
    shutil.copy(media.make(Source(frames=10)), films / "film.mp4")
    with Server(
        folder / "data",
        media_root=films,
        api_token=TOKEN,
        rate_limit="0",
        auth_failures="1000000",
        queue_depth="3",
        # A picture of 8,192 pixels takes seconds; what renders for long is stopped by the next.
        render_timeout_seconds="20",
        job_timeout_seconds="4",
        log_level="WARNING",
        max_body_mib="1",
    ) as running:
        with running.client(HEAD) as client:
            prepare(client, films)
        yield running


def prepare(client: httpx.Client, films: Path) -> None:
    """A video, a project with clips, a finished render, a key and a webhook."""
    wait(client, client.post("videos/scan", json={"path": str(films)}))
    made = client.post("projects", json={"name": "Seed", "output": {"width": 320, "height": 180, "fps": 10}})
    project = made.raise_for_status().json()["id"]
    clip = {"source": {"generator": "testsrc"}, "out_point": 1}
    first, second = (
        client.post(f"projects/{project}/clips", json=clip).raise_for_status().json()["id"] for _ in "ab"
    )
    fade = {"effect_type": "video_fade", "parameters": {"fade_type": "in", "duration": 0.5}}
    client.post(f"projects/{project}/clips/{first}/effects", json=fade).raise_for_status()
    join = {"from": first, "to": second, "duration": 0.2}
    client.post(f"projects/{project}/effects/transition", json=join).raise_for_status()
    wait(client, client.post("render", json={"project_id": project, "quality": "draft"}))
    key = {"name": "agent:reader", "scopes": ["read"]}
    client.post("keys", json=key).raise_for_status()
    hook = {"url": "https://example.com/hook", "events": ["JOB_FAILED"]}
    client.post("webhooks", json=hook).raise_for_status()


def wait(client: httpx.Client, answer: httpx.Response) -> None:
    job = client.get(f"jobs/{answer.raise_for_status().json()['job_id']}/wait", params={"timeout": 60}).json()
    assert "completed" == job["status"], job


def config(examples: int, *, walks: bool) -> SchemathesisConfig:
    """Every check, the same requests in every run."""
    # A batch may name clips that are not there, and yet be sound as far as a schema can say.
    judged = {"positive_data_acceptance": {"enabled": False}}
    reading = {"positive_data_acceptance": {"enabled": True}}
    return SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "headers": HEAD,
            "request-timeout": 60,
            "continue-on-failure": True,
            "generation": {
                "max-examples": examples,
                "deterministic": True,
                "database": "none",
                "no-shrink": True,
            },
            "phases": {
                "examples": {"enabled": not walks},
                "coverage": {"enabled": not walks},
                "fuzzing": {"enabled": not walks},
                "stateful": {"enabled": walks, "max-steps": 15},
            },
            "checks": {
                **judged,
                "missing_required_header": {"expected-statuses": [400, 401, 403, 422, 428]},
                # Meant for another revision, a request is refused before anybody looks at the rest of it.
                "negative_data_rejection": {
                    "expected-statuses": [
                        400,
                        401,
                        403,
                        404,
                        405,
                        406,
                        409,
                        412,
                        413,
                        415,
                        422,
                        428,
                        429,
                        "5xx",
                    ]
                },
            },
            "operations": [
                {"include-method": "GET", "exclude-path-regex": ASKED_OF_CONTENT, "checks": reading},
            ],
        }
    )


def asked(server: Server, settings: SchemathesisConfig, only: Mapping[str, Any]) -> tuple[Counter[str], int]:
    """What is wrong, how often, and how many requests were sent."""
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json", config=settings, headers=HEAD)
    chosen = schema.include(**only.get("include", {})) if "include" in only else schema
    chosen = chosen.exclude(**only["exclude"]) if "exclude" in only else chosen
    wrong: Counter[str] = Counter()
    sent = 0
    for event in from_schema(chosen).execute():
        match event:
            case events.ScenarioFinished(recorder=recorder):
                sent += len(recorder.interactions)
                wrong.update(failures(recorder))
            case events.NonFatalError():
                wrong[f"{event.label}: {event.value!r}"] += 1
            case events.FatalError():
                raise event.exception
            case events.EngineFinished():
                assert StopReason.COMPLETED is event.stop_reason, server.fate()
    return wrong, sent


def failures(recorder: Any) -> Iterator[str]:
    for checks in recorder.checks.values():
        for check in checks:
            if check.failure_info is not None:
                failure = check.failure_info.failure
                # The first line of the request tells what to repeat.
                sample = check.failure_info.code_sample[:1500]
                yield f"{failure.operation}: {check.name}: {failure.title}\n{failure.message[:700]}\n{sample}"


PARTS: Mapping[str, Mapping[str, Any]] = {
    "projects": {"include": {"tag": ["projects", "clips"]}},
    "others": {"exclude": {"tag": ["projects", "clips"]}},
    "walks": {},
}


@pytest.mark.timeout(4 * 3600)
@pytest.mark.parametrize("part", PARTS)
def test_the_api_keeps_to_its_description(server: Server, part: str, request: pytest.FixtureRequest) -> None:
    """No fault of the server, no answer but those that are described, nothing unsound accepted."""
    examples = int(request.config.getoption("--examples"))
    walks = part == "walks"
    wrong, sent = asked(server, config(examples, walks=walks), PARTS[part])
    found = summary(wrong)
    assert [] == found, "\n\n".join(found)
    assert LEAST_REQUESTS[part] <= sent


def summary(wrong: Counter[str]) -> list[str]:
    """One of each kind, with how often it came."""
    kinds: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for told, times in wrong.items():
        kind = told.partition("\n")[0]
        kinds.setdefault(kind, told)
        counts[kind] += times
    return [f"{times}x {kinds[kind]}" for kind, times in counts.most_common()]
