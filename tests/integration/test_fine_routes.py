"""The founding design's routes: what they take and answer, and where they say that something is wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from running_service import Service, service

pytestmark = pytest.mark.anyio

Json = dict[str, Any]
TEST = {"generator": "testsrc"}
WIDE = """
description = "Wide"
hint = "In stereo."
targets = ["clip", "project"]
[[effects]]
type = "stereo_width"
params.width = 1.5
"""
TIMED = """
description = "In"
hint = "At 30 frames a second."
targets = ["clip"]
[[effects]]
type = "video_fade"
params = { fade_type = "in", duration = "00:00:00:29" }
"""


@pytest.fixture(scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    folder = tmp_path_factory.mktemp("fine")
    (folder / "media").mkdir()
    (folder / "media" / "latin.srt").write_bytes("1\n00:00:01,000 --> 00:00:02,000\nÜ\n".encode("latin-1"))
    (folder / "presets").mkdir()
    (folder / "presets" / "wide.toml").write_text(WIDE)
    (folder / "presets" / "timed.toml").write_text(TIMED)
    (folder / "presets" / "broken.toml").write_text(WIDE.replace("1.5", "99"))
    settings = {"media_roots": (folder / "media",), "presets_dir": folder / "presets"}
    async with service(folder / "data", **settings) as running:
        yield running


@pytest.fixture
async def project(api: Service) -> str:
    """A project at revision 2: on the track v1 the clips c0 (0-4 s) and c1 (4-8 s), on v2 nothing."""
    made: str = (await api.post("projects", {"name": "Test", "output": {"width": 64, "height": 36}}))["id"]
    clips = [
        {"op": "add_clip", "id": name, "track_id": "v1", "source": TEST, "out_point": 4}
        for name in ("c0", "c1")
    ]
    tracks = [{"op": "create_track", "id": name, "type": "video"} for name in ("v1", "v2")]
    await api.edit(made, *tracks, *clips)
    return made


async def _clip(api: Service, project: str, clip_id: str) -> Json:
    found: Json = await api.get(f"projects/{project}/clips/{clip_id}")
    return found


async def _box(api: Service, project: str, clip_id: str) -> tuple[float, ...]:
    transform = (await _clip(api, project, clip_id))["transform"]
    return tuple(round(transform[name], 6) for name in ("x", "y", "width", "height"))


# Composition


async def test_presets_show_their_rectangles(api: Service) -> None:
    """Each name with what it gives."""
    found = {one["name"]: one["rectangles"] for one in (await api.get("compose/presets"))["items"]}
    assert {"x": 0.7, "y": 0.05, "width": 0.25, "height": 0.25} == found["pip_top_right"][1]
    assert [2, 4] == [len(found[name]) for name in ("side_by_side", "grid_2x2")]


async def test_a_picture_in_picture_is_the_inset(api: Service, project: str) -> None:
    """Alone it goes into its corner, and what lies below stays; named, that fills the output."""
    base = {"project_id": project, "position": "top_right"}
    await api.post("compose/pip", {**base, "clip_id": "c1"})
    assert (0.825, 0.175, 0.25, 0.25) == await _box(api, project, "c1")
    assert "transform" not in await _clip(api, project, "c0")
    await api.post("compose/pip", {**base, "clip_id": "c1", "under": "c0", "scale": 0.4})
    assert (0.75, 0.25, 0.4, 0.4) == await _box(api, project, "c1")
    assert (0.5, 0.5, 1.0, 1.0) == await _box(api, project, "c0")
    await api.post("compose/pip", {"project_id": project, "clip_id": "c1", "scale": 0.5})
    assert (0.7, 0.7, 0.5, 0.5) == await _box(api, project, "c1")
    unknown = await api.send("POST", "compose/pip", {**base, "clip_id": "nobody"})
    assert (422, "/clip_id") == (unknown.status_code, unknown.json()["problems"][0]["path"])


# Names


@pytest.mark.parametrize(
    "names",
    [
        {"at": 10},
        {"timeline_start": 10},
        {"at": 10, "timeline_start": 10},
        {"at": 10, "timeline_start": None},
    ],
)
async def test_a_clip_is_placed_by_either_name(api: Service, project: str, names: Json) -> None:
    """`timeline_start`, as clips say it, is `at`."""
    made = await api.post(f"projects/{project}/clips", {"source": TEST, "out_point": 1, **names})
    assert 10.0 == made["timeline_start"]


@pytest.mark.parametrize(
    ("route", "body", "where"),
    [
        ("clips", {"source": TEST, "out_point": 1, "at": 10, "timeline_start": 11}, "/timeline_start"),
        ("effects/transition", {"from": "c0", "to": "c1", "duration": 1, "length": 2}, "/length"),
        (
            "effects/transition",
            {"from": "c0", "to": "c1", "type": "fade", "transition": "wipe"},
            "/transition",
        ),
        ("clips/c0/effects", {"effect_type": "blur", "type": "color", "parameters": {}}, "/type"),
    ],
)
async def test_two_names_that_differ_are_refused(
    api: Service, project: str, route: str, body: Json, where: str
) -> None:
    """It is not guessed which of them is meant."""
    refused = await api.send("POST", f"projects/{project}/{route}", body)
    assert (422, where) == (refused.status_code, refused.json()["problems"][0]["path"])


async def test_transitions_and_effects_take_the_names_of_edits(api: Service, project: str) -> None:
    """`length` and `transition`; `type` and `params`."""
    base = f"projects/{project}"
    edge = await api.post(
        f"{base}/effects/transition", {"from": "c0", "to": "c1", "length": 0.5, "transition": "wipeleft"}
    )
    assert ("wipeleft", 0.5) == (edge["type"], edge["duration"])
    blur = {"type": "blur", "params": {"radius": 3}}
    made = await api.post(f"{base}/clips/c0/effects", blur)
    assert ("blur", {"radius": 3}) == (made["effect_type"], made["parameters"])
    changed = await api.send("PATCH", f"{base}/clips/c0/effects/{made['id']}", {"params": {"radius": 4}})
    assert {"radius": 4} == changed.json()["parameters"]
    assert "gblur=sigma=3:steps=2" == (await api.post("effects/preview", blur))["filter_string"]


# Effects


async def test_an_effect_is_read_where_its_location_says(api: Service, project: str) -> None:
    """Each 201 names an address that answers the same, with the revision as its ETag."""
    base = f"projects/{project}/clips/c0/effects"
    asked = [
        {"effect_type": "blur", "parameters": {"radius": 3}},
        {"effect_type": "xfade", "parameters": {"transition": "dissolve", "duration": 1, "offset": 3}},
        {"effect_type": "audio_ducking", "parameters": {"ratio": 4}},
        {"effect_type": "audio_mix", "parameters": {"inputs": 2}},
    ]
    became = []
    for one in asked:
        made = await api.send("POST", base, one)
        assert 201 == made.status_code, made.text
        body = made.json()
        found = await api.http.get(made.headers["Location"].removeprefix("/api/v1/"))
        assert (200, f'"{body["revision"]}"', body) == (
            found.status_code,
            found.headers["etag"],
            found.json(),
        )
        assert one == {"effect_type": body["effect_type"], "parameters": body["parameters"]}
        became.append(body.get("became"))
    assert [None, "transition", "ducking", "mix"] == became
    unknown = await api.http.get(f"{base}/nothing")
    assert (404, "effect.not_found") == (unknown.status_code, unknown.json()["code"])
    assert "/path/effect_id" == unknown.json()["problems"][0]["path"]


async def test_an_offset_that_disagrees_is_refused(api: Service, project: str) -> None:
    """It is not echoed as if it counted."""
    wrong = {"effect_type": "xfade", "parameters": {"transition": "dissolve", "duration": 1, "offset": 5}}
    refused = await api.send("POST", f"projects/{project}/clips/c0/effects", wrong)
    problem = refused.json()["problems"][0]
    assert (422, "transition.offset", "/parameters/offset") == (
        refused.status_code,
        problem["code"],
        problem["path"],
    )
    await api.post(f"projects/{project}/edits", {"edits": problem["fixes"][0]["edits"]})


# Places


@pytest.mark.parametrize(
    ("method", "route", "body", "code", "where"),
    [
        ("POST", "clips", {"source": TEST, "out_point": 1, "at": 3}, "clip.overlap", "/at"),
        (
            "POST", "clips", {"source": TEST, "out_point": 1, "timeline_start": 3},
            "clip.overlap", "/timeline_start",
        ),
        ("POST", "clips", {"source": TEST, "out_point": 1, "track_id": "v9"}, "track.unknown", "/track_id"),
        ("POST", "clips", {"source": "no.mp4", "out_point": 1}, "media.missing", "/source"),
        ("POST", "clips/c0/effects", {"effect_type": "blr"}, "effect.unknown", "/effect_type"),
        ("POST", "clips/c0/effects", {"type": "blr"}, "effect.unknown", "/type"),
        (
            "POST", "clips/c0/effects", {"effect_type": "blur", "parameters": {"radius": -1}},
            "document.out_of_range", "/parameters/radius",
        ),
        (
            "POST", "clips/c0/effects", {"type": "blur", "params": {"radius": -1}},
            "document.out_of_range", "/params/radius",
        ),
        ("POST", "clips/c0/split", {"at": 30}, "clip.split_outside", "/at"),
        ("PATCH", "clips/c0", {"out_point": 9}, "clip.overlap", "/out_point"),
        ("PATCH", "clips/c0", {"volume": -1}, "edit.field_invalid", "/volume"),
        ("PATCH", "clips/c0", {"track_id": "v9"}, "track.unknown", "/track_id"),
        ("POST", "effects/transition", {"from": "c0", "to": "c9"}, "clip.unknown", "/to"),
        (
            "POST", "effects/transition", {"from": "c0", "to": "c1", "length": 9},
            "transition.too_long", "/length",
        ),
    ],
)  # fmt: skip
async def test_places_are_those_of_the_request(
    api: Service, project: str, method: str, route: str, body: Json, code: str, where: str
) -> None:
    """A pointer leads into the body that was sent, not into edits that nobody sent."""
    refused = await api.send(method, f"projects/{project}/{route}", body)
    problem = refused.json()["problems"][0]
    assert (422, code, where) == (refused.status_code, problem["code"], problem["path"])
    assert "of the document" not in problem["message"]


async def test_places_of_a_projects_own_fields(api: Service, project: str) -> None:
    """A change of the project is an edit, too, of which nobody knows who sent its fields."""
    refused = await api.send("PATCH", f"projects/{project}", {"output": {"fps": "fast"}}, If_Match="*")
    assert ["/output/fps"] == [one["path"] for one in refused.json()["problems"]]


async def test_what_only_its_filters_refuse_is_told_at_the_edit(api: Service, project: str) -> None:
    """The compiler speaks of the document; whoever edits knows the edit."""
    grows = {"keyframes": [{"time": 0, "value": 0.5}, {"time": 1, "value": 1.0}]}
    turned = {"transform": {"width": grows, "rotation": 10}}
    edits = [{"op": "add_marker", "time": 1}, {"op": "update_clip", "clip_id": "c1", **turned}]
    for method, route, body, where in (
        ("POST", "edits", {"edits": edits}, "/edits/1/transform"),
        ("PATCH", "clips/c1", turned, "/transform"),
    ):
        refused = await api.send(method, f"projects/{project}/{route}", body)
        problem = refused.json()["problems"][0]
        assert ("transform.unsupported", where) == (problem["code"], problem["path"])


async def test_places_of_what_the_address_names(api: Service, project: str) -> None:
    """A clip on a locked track is told at the part of the address that names it."""
    await api.edit(project, {"op": "update_track", "track_id": "v1", "locked": True})
    for method, route, body in (
        ("POST", "clips/c0/split", {"at": 1}),
        ("POST", "clips/c0/effects", {"effect_type": "blur", "parameters": {"radius": 3}}),
        ("DELETE", "clips/c0", {}),
        ("PATCH", "clips/c0", {"volume": 0.5}),
    ):
        refused = await api.send(method, f"projects/{project}/{route}", body)
        problem = refused.json()["problems"][0]
        assert ("track.locked", "/path/clip_id") == (problem["code"], problem["path"]), route


async def test_places_of_a_text(api: Service, project: str) -> None:
    """Its parameters are fields of the body themselves."""
    words = {"project_id": project, "clip_id": "c0", "text": "Hi", "font_size": -4}
    refused = await api.send("POST", "effects/text", words)
    assert ["/font_size"] == [one["path"] for one in refused.json()["problems"]]
    join = {"project_id": project, "from": "c0", "to": "c1", "type": "desolve"}
    refused = await api.send("POST", "effects/transition", join)
    assert ["/type"] == [one["path"] for one in refused.json()["problems"]]
    layout = {"project_id": project, "clip_ids": ["c0", "c9"], "layout": "side_by_side"}
    refused = await api.send("POST", "compose/layout", layout)
    assert ["/clip_ids/1"] == [one["path"] for one in refused.json()["problems"]]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("sub/nope.srt", "media.missing"),
        ("latin.srt", "media.not_text"),
        ("/etc/hosts.srt", "media.outside_roots"),
    ],
)
async def test_captions_that_cannot_be_read(api: Service, project: str, source: str, code: str) -> None:
    """They are told at the edit that names them, with what is wrong besides, and in its words alone."""
    edits = [{"op": "import_captions", "source": source}, {"op": "remove_clip", "clip_id": "c9"}]
    refused = await api.send("POST", f"projects/{project}/edits", {"edits": edits})
    problems = refused.json()["problems"]
    assert 422 == refused.status_code
    assert [(code, "/edits/0/source"), ("clip.unknown", "/edits/1/clip_id")] == [
        (one["code"], one["path"]) for one in problems
    ]
    assert source.rpartition("/")[2] in problems[0]["message"]
    assert str(api.studio.settings.data_dir.parent) not in refused.text


@pytest.mark.parametrize("name", ["·Ĭ", "a b", "50%", "what?#"])
async def test_ids_of_any_letters_can_be_found_again(api: Service, name: str) -> None:
    """Headers take ASCII alone: the place of what was made is written as addresses are."""
    document = {"schema": "stoat.project/1", "id": f"{name}-project", "name": "Letters"}
    made = await api.http.post("projects", json={"document": document})
    assert 201 == made.status_code
    found = await api.http.get(made.headers["Location"].removeprefix("/api/v1/"))
    assert (200, f"{name}-project") == (found.status_code, found.json()["id"])


# Presets


async def test_a_preset_is_put_on_a_clip(api: Service, project: str) -> None:
    """All of its effects, in their order, in one batch that one undo takes back; sent twice, done once."""
    where = f"projects/{project}/clips/c0"
    await api.post(f"{where}/effects", {"effect_type": "blur", "parameters": {"radius": 2}})
    await api.post(f"{where}/presets", {"preset": "cinematic", "index": 0}, Idempotency_Key="look")
    await api.post(f"{where}/presets", {"preset": "cinematic", "index": 0}, Idempotency_Key="look")
    names = [effect["type"] for effect in (await _clip(api, project, "c0"))["effects"]]
    listed = (await api.get("presets/cinematic"))["effects"]
    assert [*(effect["type"] for effect in listed), "blur"] == names
    await api.post(f"projects/{project}/undo")
    assert ["blur"] == [effect["type"] for effect in (await _clip(api, project, "c0"))["effects"]]


async def test_the_edits_of_a_preset_can_be_posted(api: Service, project: str) -> None:
    """On a track and on the project; without a target there are none."""
    listed = await api.get("presets")
    assert {"telephone", "cinematic"} <= {preset["name"] for preset in listed["items"]}
    assert len(listed["items"]) == listed["total"]
    assert ["'broken.toml'"] == [problem["message"].split()[2] for problem in listed["problems"]]
    assert None is (await api.get("presets/telephone"))["edits"]
    for preset, target in (("telephone", "v1"), ("cinematic", "project")):
        edits = (await api.get(f"presets/{preset}", target=target))["edits"]
        await api.edit(project, *edits)
    document = (await api.get(f"projects/{project}"))["document"]
    assert ["highpass", "lowpass", "compressor"] == [one["type"] for one in document["tracks"][0]["effects"]]
    assert 5 == len(document["global_effects"])


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("clips/c0", {"preset": "cinematik"}, (404, "preset.not_found", "/preset")),
        ("clips/c0", {"preset": "broken"}, (422, "preset.invalid", "/preset")),
        ("clips/c9", {"preset": "cinematic"}, (404, "clip.not_found", "/path/clip_id")),
        ("clips/c0", {"preset": "cinematic", "index": 100_000}, (422, "edit.field_invalid", "/index")),
        ("clips/c0", {}, (422, "request.missing", "/preset")),
    ],
)
async def test_a_preset_is_refused_where_it_is_wrong(
    api: Service, project: str, path: str, body: Json, expected: tuple[int, str, str]
) -> None:
    """Each at its place in the request."""
    answer = await api.send("POST", f"projects/{project}/{path}/presets", body)
    problem = answer.json()["problems"][0]
    assert expected == (answer.status_code, problem["code"], problem["path"])


async def test_a_preset_is_not_put_on_what_it_is_not_for(api: Service) -> None:
    """A telephone is one voice, not the programme."""
    answer = await api.send("GET", "presets/telephone?target=project")
    assert (422, "preset.not_here") == (answer.status_code, answer.json()["problems"][0]["code"])


async def test_a_preset_that_a_project_cannot_take_is_refused(api: Service, project: str) -> None:
    """Where the project refuses an effect, the request's own field is named, and nothing is changed."""
    await api.edit(project, {"op": "update_project", "output": {"fps": 24, "channels": 1}})
    for preset, code, path in (
        ("wide", "effect.unsupported", ""),
        ("timed", "time.invalid", "/preset"),
    ):
        answer = await api.send("POST", f"projects/{project}/clips/c0/presets", {"preset": preset})
        problem = answer.json()["problems"][0]
        assert (422, code, path) == (answer.status_code, problem["code"], problem["path"])
    await api.edit(project, {"op": "update_track", "track_id": "v1", "locked": True})
    answer = await api.send("POST", f"projects/{project}/clips/c0/presets", {"preset": "cinematic"})
    problem = answer.json()["problems"][0]
    assert ("track.locked", "/path/clip_id") == (problem["code"], problem["path"])
    assert "effects" not in await _clip(api, project, "c0")
