"""An edit over HTTP, from a folder of media to a finished file: what an agent does with the service.

    stoat serve --media-root media &
    python examples/live_project.py --folder . -o final.mp4

It needs nothing but `httpx`, and takes the first video with sound, the next one, and a piece of music.
"""

from __future__ import annotations

import argparse
import sys
import uuid
from pathlib import Path
from typing import Any

import httpx


class Service:
    """The service, with every answer checked: what is refused says why."""

    def __init__(self, url: str, token: str | None) -> None:
        headers = {"X-Stoat-Actor": "agent:example"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.http = httpx.Client(base_url=f"{url}/api/v1/", headers=headers, timeout=90)

    def get(self, path: str, **params: Any) -> Any:
        """Read."""
        return self._checked(self.http.get(path, params=params))

    def post(self, path: str, body: Any = None) -> Any:
        """Change; the key makes sure that it is done once, however often it is sent."""
        key = {"Idempotency-Key": str(uuid.uuid4())}
        return self._checked(self.http.post(path, json=body if body is not None else {}, headers=key))

    def edit(self, project: str, intent: str, *edits: dict[str, Any]) -> Any:
        """Apply a batch of edits to the newest revision; done whole or not at all."""
        answer = self.post(f"projects/{project}/edits", {"edits": edits, "intent": intent})
        print(f"revision {answer['revision']}: {intent}")
        return answer

    def finished(self, job: str) -> Any:
        """Wait for a job; its result."""
        while True:
            found = self.get(f"jobs/{job}/wait", timeout=30)
            if found["status"] == "completed":
                return found["result"]
            if found["status"] not in ("pending", "running"):
                raise SystemExit(f"{found['kind']} {found['status']}: {found['problem']}")
            print(f"{found['kind']}: {found['progress']:.0%}")

    def _checked(self, response: httpx.Response) -> Any:
        if response.is_success:
            return response.json()
        answer = response.json()
        for problem in answer.get("problems") or [answer]:
            print(f"{problem.get('code')} {problem.get('path')}: {problem.get('message')}", file=sys.stderr)
        raise SystemExit(f"{response.request.method} {response.request.url}: {response.status_code}")


def main() -> None:
    """Scan, search, edit, change one's mind, render, download."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--url", default="http://127.0.0.1:8765", help="where the service listens")
    options.add_argument("--token", help="an API key, if the service wants one")
    options.add_argument("--folder", default=".", help="folder to scan, relative to a media root")
    options.add_argument("-o", "--output", type=Path, default=Path("final.mp4"))
    given = options.parse_args()
    service = Service(given.url, given.token)

    scan = service.finished(service.post("videos/scan", {"path": given.folder})["job_id"])
    print(f"scanned {scan['scanned']} files, {len(scan['errors'])} of them unreadable")

    videos = service.get("videos", sort="-duration", limit=1000)["items"]
    pictures = [one for one in videos if one["kind"] == "video" and (one["duration"] or 0) >= 4]
    speech = next(one for one in pictures if one["audio"])
    other = next(one for one in pictures if one["id"] != speech["id"])
    music = next(one for one in videos if one["kind"] == "audio")
    found = service.get("search", q=Path(speech["filename"]).stem)
    assert speech["id"] in [one["id"] for one in found["items"]]

    project = service.post("projects", {"name": "Live", "output": {"width": 640, "height": 360, "fps": 30}})[
        "id"
    ]
    made = service.edit(
        project,
        "two clips on a track, music below",
        {"op": "create_track", "type": "video", "name": "Main"},
        {"op": "add_clip", "track_id": "$0", "source": speech["id"], "in_point": 0, "out_point": 4},
        {"op": "add_clip", "track_id": "$0", "source": other["id"], "in_point": 0, "out_point": 4},
        {"op": "create_track", "type": "audio", "name": "Music"},
        {"op": "add_clip", "track_id": "$3", "source": music["id"], "in_point": 0, "out_point": 6, "at": 0},
    )
    main_track, first, second, music_track, _ = [result["id"] for result in made["results"]]

    service.edit(
        project,
        "start half a second later",
        {"op": "trim_clip", "clip_id": first, "in_point": 0.5, "ripple": True},
    )
    split = service.edit(
        project, "cut the second clip in two", {"op": "split_clip", "clip_id": second, "at": 5.5}
    )
    right = split["results"][0]["id"]
    service.edit(
        project,
        "dissolve into the second clip",
        {"op": "add_transition", "from": first, "to": second, "type": "dissolve", "duration": 1},
    )
    service.edit(
        project,
        "an opening title",
        {
            "op": "add_effect",
            "target": first,
            "type": "text_overlay",
            "params": {"text": "It's live: 100%", "position": "center", "fontsize": 48, "duration": 2},
        },
    )
    service.edit(
        project,
        "music steps back while somebody speaks",
        {"op": "set_ducking", "track_id": music_track, "ducking": {"under": [main_track], "ratio": 8}},
    )
    service.edit(project, "drop the last part", {"op": "remove_clip", "clip_id": right})
    service.post(f"projects/{project}/undo")
    service.post(f"projects/{project}/redo")
    service.post(f"projects/{project}/undo")

    problems = service.post(f"projects/{project}/validate")["problems"]
    assert not problems, problems
    outline = service.get(f"projects/{project}/timeline")
    print(f"revision {outline['revision']}: {outline['duration']:.3f} s, {outline['frames']} frames")

    order = {"project_id": project, "output": "live.mp4", "quality": "draft", "overwrite": True}
    result = service.finished(service.post("render", order)["job_id"])
    assert result["verified"]
    with (
        service.http.stream("GET", httpx.URL(given.url).join(result["url"])) as response,
        given.output.open("wb") as file,
    ):
        response.raise_for_status()
        for chunk in response.iter_bytes():
            file.write(chunk)
    size = given.output.stat().st_size
    print(f"{given.output}: {result['frames']} frames, {result['duration']} s, {size} bytes")


if __name__ == "__main__":
    main()
