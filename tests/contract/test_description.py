"""The description of the API: whole, true, and enough to work from."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from stoat_ferret.api.app import create
from stoat_ferret.api.describe import PROBLEM_TYPE
from stoat_ferret.api.openapi import TAGS
from stoat_ferret.config import Settings
from stoat_ferret.studio import Studio
from stoat_ferret.testing.media import MediaMaker, Source
from stoat_ferret.testing.server import Server

METHODS = ("get", "post", "patch", "put", "delete")
PROJECT = "prj_0123456789abcdef0123"
VERBS = {
    "add", "apply", "browse", "cancel", "change", "check", "compare", "compose", "create", "delete",
    "download", "edit", "get", "join", "layout", "list", "look", "make", "name", "patch", "plan", "preview",
    "read", "redo", "remove", "restore", "retry", "revoke", "scan", "search", "split", "start", "undo",
    "upload", "validate", "wait",
}  # fmt: skip


def described(folder: Path, **settings: Any) -> dict[str, Any]:
    return create(Studio(Settings(data_dir=folder, **settings))).openapi()


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give the description."""
    return described(tmp_path_factory.mktemp("described"))


def operations(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in schema["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def resolved(schema: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    if "$ref" not in given:
        return given
    found: Any = schema
    for part in given["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def test_every_operation_says_what_it_does(schema: dict[str, Any]) -> None:
    """A sentence, its reasons, a name of verb and noun that no other has, and a group that is explained."""
    seen = set()
    for path, method, operation in operations(schema):
        name = operation["operationId"]
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", name) and name.partition("_")[0] in VERBS, name
        assert name not in seen
        seen.add(name)
        assert operation["summary"] and operation["description"], (method, path)
        assert len(operation["tags"]) == 1 and operation["tags"][0] in TAGS
    assert list(TAGS) == [tag["name"] for tag in schema["tags"]]
    assert len(seen) >= 70


def test_every_parameter_is_explained(schema: dict[str, Any]) -> None:
    """Names alone tell nobody what to send."""
    silent = [
        (method, path, one["name"])
        for path, method, operation in operations(schema)
        for one in (resolved(schema, given) for given in operation.get("parameters", ()))
        if not one.get("description")
    ]
    assert [] == silent


def test_examples_of_refusals_are_documented(schema: dict[str, Any]) -> None:
    """Each status shows a problem that has it."""
    table = (Path(__file__).parents[2] / "docs" / "reference" / "problems.md").read_text()
    documented = dict(re.findall(r"^\| `([a-z_.]+)` \| ([0-9]{3}) \|", table, re.MULTILINE))
    for name, response in schema["components"]["responses"].items():
        example = response["content"][PROBLEM_TYPE]["example"]
        status = name.removeprefix("Problem")
        assert (status, status) == (str(example["status"]), documented[example["code"]])


def test_every_refusal_is_a_problem(schema: dict[str, Any]) -> None:
    """Of the one shape, and with the header that tells how to go on."""
    for path, method, operation in operations(schema):
        refusals = {code: one for code, one in operation["responses"].items() if code[0] in "45"}
        assert {"400", "401", "403", "422", "429", "500"} <= set(refusals), (method, path)
        for code, one in refusals.items():
            answer = resolved(schema, one)
            if not path.startswith("/health/"):
                assert [PROBLEM_TYPE] == list(answer["content"]), (method, path, code)
    late = schema["components"]["responses"]["Problem429"]
    assert "Retry-After" in late["headers"]
    assert not any("ValidationError" in name for name in schema["components"]["schemas"])


def test_every_change_can_be_sent_twice(schema: dict[str, Any]) -> None:
    """What changes something takes an Idempotency-Key and an actor; all take a correlation id."""
    asking = {"validate_project", "plan_render", "preview_effect"}
    for path, method, operation in operations(schema):
        names = {resolved(schema, one)["name"] for one in operation.get("parameters", ())}
        changes = method != "get" and operation["operationId"] not in asking
        assert changes == ("Idempotency-Key" in names) == ("X-Stoat-Actor" in names), (method, path)
        shared = [resolved(schema, one)["name"] for one in schema["paths"][path]["parameters"]]
        assert ["X-Correlation-ID"] == shared


def test_who_needs_a_token(schema: dict[str, Any], tmp_path: Path) -> None:
    """The description tells of the server that gives it."""
    assert [{}, {"bearer": []}] == schema["security"]
    closed = described(tmp_path, api_token="an-administrators-token")
    assert [{"bearer": []}] == closed["security"]
    assert [] == closed["paths"]["/health/live"]["get"]["security"]
    for method, path, scope in (
        ("get", "/api/v1/projects", "read"),
        ("post", "/api/v1/projects", "edit"),
        ("post", "/api/v1/render", "render"),
        ("get", "/api/v1/keys", "admin"),
    ):
        assert [{"bearer": [scope]}] == closed["paths"][path][method]["security"]
        assert [{}, {"bearer": [scope]}] == schema["paths"][path][method]["security"]


def without_null(shape: Any) -> Any:
    """The shape without the null that stands for what is left out."""
    if isinstance(shape, list):
        return [without_null(one) for one in shape]
    if not isinstance(shape, dict):
        return shape
    inner = {name: without_null(value) for name, value in shape.items()}
    match inner.get("anyOf"):
        case [dict(only), {"type": "null"}]:
            return {**{name: value for name, value in inner.items() if name != "anyOf"}, **only}
    return inner


def test_effects_say_their_parameters(schema: dict[str, Any]) -> None:
    """Those of the catalogue, null for left out aside, wherever an effect is asked for."""
    from stoat_ferret.api.catalogue import parameter_schemas

    shapes = schema["components"]["schemas"]
    catalogue = parameter_schemas()
    assert catalogue == {name: without_null(shapes[f"effect_{name}"]) for name in catalogue}
    for name, tag, holding in (
        ("AddEffect", "type", "params"),
        ("ClipEffect", "effect_type", "parameters"),
        ("PreviewEffect", "effect_type", "parameters"),
    ):
        mapping = shapes[name]["discriminator"]["mapping"]
        assert set(catalogue) == set(mapping)
        assert [{"$ref": one} for one in mapping.values()] == shapes[name]["oneOf"]
        for kind, reference in mapping.items():
            one = resolved(schema, {"$ref": reference})["properties"]
            assert ({"const": kind}, f"effect_{kind}") == (one[tag], one[holding]["$ref"].rpartition("/")[2])


def test_edits_say_what_they_are(schema: dict[str, Any]) -> None:
    """Each with its meaning and an example that it allows."""
    batch = schema["components"]["schemas"]["EditBatch"]["properties"]["edits"]["items"]
    for reference in batch["discriminator"]["mapping"].values():
        shape = resolved(schema, {"$ref": reference})
        assert shape["description"] and shape["examples"]
        for example in shape["examples"]:
            validator(schema, shape).validate(example)


def test_examples_keep_to_their_shapes(schema: dict[str, Any]) -> None:
    """Those of requests and those of answers; every body has one, and every shape that is answered."""
    for path, method, operation in operations(schema):
        bodies = [resolved(schema, one).get("content", {}) for one in operation["responses"].values()]
        for content in (operation.get("requestBody", {}).get("content", {}), *bodies):
            for kind, media in content.items():
                if "json" in kind:
                    assert "example" in media, (method, path, kind)
                    validator(schema, media["schema"]).validate(media["example"])


def validator(schema: Mapping[str, Any], shape: Mapping[str, Any]) -> jsonschema.Draft202012Validator:
    whole = {"components": schema["components"], **({"allOf": [shape]} if "$ref" in shape else shape)}
    return jsonschema.Draft202012Validator(whole)


def strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The description with no room for what it does not name."""
    closed = deepcopy(dict(schema))
    for shape in closed["components"]["schemas"].values():
        if "properties" in shape and shape.get("additionalProperties") is True:
            shape["additionalProperties"] = False
    return closed


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, media: MediaMaker) -> Iterator[Server]:
    """Give a service with a film."""
    folder = tmp_path_factory.mktemp("walked")
    (folder / "films" / "footage").mkdir(parents=True)
    shutil.copy(media.make(Source(frames=20)), folder / "films" / "footage" / "interview.mp4")
    with Server(folder / "data", media_root=folder / "films", webhook_attempts="1") as running:
        yield running


class Prepared:
    """A service on which every example can be sent as it stands."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.ids = {
            "effect_type": "volume",
            "preset": "cinematic",
            "revision": "1",
            "project_id": PROJECT,
            "clip_id": "clip-1",
            "name": "index.m3u8",
        }

    def again(self) -> None:
        """Make what an example may name, as it was."""
        self.client.delete(f"projects/{PROJECT}")
        source = {"generator": "testsrc"}
        fade = {"id": "fx-1", "type": "video_fade", "params": {"fade_type": "in", "duration": 0.5}}
        clips = [
            {"id": "clip-1", "source": source, "out_point": 3, "timeline_start": 0, "effects": [fade]},
            {"id": "clip-2", "source": source, "out_point": 3, "timeline_start": 3},
        ]
        output = {"width": 160, "height": 90, "fps": 10}
        title = {"id": "word", "source": {"generator": "title", "text": "Hm"}, "out_point": 1}
        document = {
            "id": PROJECT, "name": "Walk", "output": output,
            "tracks": [
                {"id": "video-main", "type": "video", "clips": clips},
                {"id": "captions-1", "type": "text", "captions": "eng", "clips": [title]},
            ],
        }  # fmt: skip
        self._sent("projects", {"document": document})
        self.ids["effect_id"] = "fx-1"
        self.ids["webhook_id"] = self._sent("webhooks", {"url": "https://example.com/hook"})["id"]
        names = {key["name"] for key in self.client.get("keys", params={"limit": 1000}).json()["items"]}
        self.ids["key_id"] = self._sent("keys", {"name": f"agent:k{len(names)}", "scopes": ["read"]})["id"]

    def scanned(self) -> None:
        self.waited(self._sent("videos/scan", {"path": "footage"})["job_id"])
        self.ids["video_id"] = self.client.get("videos").json()["items"][0]["id"]

    def rendered(self, **more: Any) -> None:
        """A finished render."""
        wanted = {"project_id": PROJECT, "quality": "draft", "overwrite": True, **more}
        self.ids["job_id"] = self._sent("render", wanted)["job_id"]
        self.waited(self.ids["job_id"])

    def batched(self) -> None:
        """A batch, under way or at rest."""
        wanted = {"items": [{"project_id": PROJECT, "quality": "draft"}] * 3}
        self.ids["batch_id"] = self._sent("render/batch", wanted)["batch_id"]

    def waited(self, job_id: str) -> None:
        job = self.client.get(f"jobs/{job_id}/wait").json()
        assert "completed" == job["status"], json.dumps(job)

    def _sent(self, path: str, body: Any) -> Any:
        answer = self.client.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()


REFUSED = {
    "cancel_job": 409, "cancel_render": 409, "retry_job": 409, "retry_render": 409,
    "undo_batch": 409, "redo_batch": 409,
}  # fmt: skip
"""Examples that the prepared service has a reason to refuse: the job is finished, nothing was done yet."""

QUERIES: Mapping[str, Mapping[str, str | int]] = {
    "search_library": {"q": "interview"},
    "search_videos": {"q": "interview"},
    "compare_revisions": {"from": 1},
    "wait_for_job": {"timeout": 1},
    "read_timeline": {"detail": "true"},
    "upload_video": {"filename": "again.mp4"},
}


def test_every_operation_answers_as_it_says(server: Server, media: MediaMaker) -> None:
    """Its example is taken, and the answer is of the shape that is declared, with nothing beside it."""
    with httpx.Client(base_url=server.url, timeout=60) as root, server.client() as client:
        schema = root.get("/openapi.json").json()
        closed = strict(schema)
        prepared = Prepared(client)
        prepared.scanned()
        prepared.again()
        prepared.rendered()
        film = media.make(Source(frames=15)).read_bytes()
        found: list[str] = []
        for path, method, operation in operations(schema):
            prepared.again()
            if "{job_id}" in path:
                prepared.rendered(**({"output": "watch/index.m3u8"} if "{name}" in path else {}))
            if "{batch_id}" in path:
                prepared.batched()
            name = operation["operationId"]
            body = operation.get("requestBody", {}).get("content", {})
            example = body.get("application/json", {}).get("example")
            headers = {"If-Match": '"1"'} if name == "patch_project" else {}
            answer = root.request(
                method,
                path.format_map(prepared.ids),
                params=QUERIES.get(name),
                headers=headers,
                **({"json": example} if example is not None else {"content": film} if body else {}),
            )
            if name == "delete_video":
                prepared.scanned()
            found += wrong(closed, operation, name, answer)
    assert [] == found, "\n".join(found)


def wrong(
    schema: Mapping[str, Any], operation: Mapping[str, Any], name: str, answer: httpx.Response
) -> list[str]:
    """What the answer has that is not declared, or lacks."""
    expected = REFUSED.get(name, int(next(iter(operation["responses"]))))
    if expected != answer.status_code:
        return [f"{name}: {answer.status_code} is not {expected}: {answer.text[:500]}"]
    declared = resolved(schema, operation["responses"][str(expected)])
    for header, one in declared.get("headers", {}).items():
        needed = resolved(schema, one).get("required")
        if needed and header not in answer.headers:
            return [f"{name}: the header {header} is missing"]
    kind = answer.headers.get("content-type", "").partition(";")[0]
    content = declared.get("content", {})
    if not content:
        return [] if not answer.content else [f"{name}: a body that is not declared"]
    shape = content.get(kind) or content.get(f"{kind.partition('/')[0]}/*")
    if shape is None:
        return [f"{name}: {kind} is not among {list(content)}"]
    if "json" not in kind:
        return []
    errors = validator(schema, shape["schema"]).iter_errors(answer.json())
    return [f"{name}: {error.json_path}: {error.message[:300]}" for error in errors]


def test_the_page_needs_nothing_else(server: Server) -> None:
    """`/docs` is one page: no script, nothing from another host, every operation and shape on it."""
    with httpx.Client(base_url=server.url) as client:
        answer = client.get("/docs")
        schema = client.get("/openapi.json").json()
    assert "text/html; charset=utf-8" == answer.headers["content-type"]
    page = answer.text
    assert [] == re.findall(r"<script|<link|<img|src=|url\(|@import", page)
    assert "style-src 'self' 'unsafe-inline'" in answer.headers["content-security-policy"]
    for path, _, operation in operations(schema):
        assert f"id={operation['operationId']}>" in page and f"<code>{path}</code>" in page
    for name in schema["components"]["schemas"]:
        assert f"id='{name}'" in page


def test_the_page_can_be_left_away(tmp_path: Path) -> None:
    """Without the feature there is no page."""
    app = create(Studio(Settings(data_dir=tmp_path, features=("metrics",))))
    assert "/docs" not in {getattr(route, "path", "") for route in app.routes}
