"""A batch of renders outlives the server that took it on."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from stoat_ferret.testing.server import Server

SECONDS = 60.0


def until(holds: Callable[[], bool]) -> None:
    """Ask until it holds, for so long at most."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.02)


def project(http: httpx.Client, seconds: float) -> str:
    """A moving picture of so many seconds."""
    output = {"width": 640, "height": 360, "fps": 30}
    made: str = http.post("projects", json={"name": "Batch", "output": output}).json()["id"]
    clip = {"source": {"generator": "testsrc"}, "out_point": seconds}
    http.post(f"projects/{made}/clips", json=clip).raise_for_status()
    return made


def batch(http: httpx.Client, batch_id: str) -> dict[str, Any]:
    answer = http.get(f"render/batch/{batch_id}")
    assert 200 == answer.status_code, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_batch_survives_that_its_server_is_killed(tmp_path: Path) -> None:
    """Nothing is lost or made twice, the limit still holds, and the order is known under its key."""
    media = tmp_path / "media"
    media.mkdir()
    server = Server(tmp_path / "data", media_root=media, rate_limit="0", workers="4", log_level="WARNING")
    with server:
        with server.client() as http:
            short, long = project(http, 1), project(http, 60)
            items = [
                {"project_id": short, "output": "first.mp4", "quality": "draft"},
                *({"project_id": long, "output": f"{n}.mp4", "quality": "draft"} for n in range(3)),
            ]
            order = {"items": items, "parallel": 2}
            once = {"Idempotency-Key": "one-order"}
            made = http.post("render/batch", json=order, headers=once).raise_for_status().json()

            def is_under_way() -> bool:
                counts = batch(http, made["batch_id"])["counts"]
                return bool(counts["completed"] == 1 and counts["running"] == 2)

            until(is_under_way)
            before = batch(http, made["batch_id"])
            server.kill()
        server.start()
        with server.client() as http:
            again = http.post("render/batch", json=order, headers=once)
            assert (202, made) == (again.status_code, again.json())
            assert 4 == http.get("render").json()["total"]
            most = 0

            def is_at_rest() -> bool:
                nonlocal most
                found = batch(http, made["batch_id"])
                most = max(most, found["counts"]["running"])
                return found["completed_at"] is not None

            until(is_at_rest)
            found = batch(http, made["batch_id"])
            assert ("completed", 1.0, 2) == (found["status"], found["progress"], most)
            assert before["items"][0] == found["items"][0]
            assert [1, 2, 2, 1] == [item["attempt"] for item in found["items"]]
            assert made["items"] == [
                {name: item[name] for name in ("job_id", "output")} for item in found["items"]
            ]
            for item in found["items"]:
                assert 200 == http.get(f"render/{item['job_id']}/output").status_code
        assert 0 == server.stop(), server.tail()
