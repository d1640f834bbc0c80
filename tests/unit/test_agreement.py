"""The pydantic models and the Rust core have the same idea of what a project document is."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from generated import Schema, objects, places
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from stoat_ferret import compile as core
from stoat_ferret.errors import Problem
from stoat_ferret.model.project import Project

CATALOGUE = core.catalogue()

SHAPE = ("document.", "time.", "volume.", "color.", "output.", "source.", "metadata.", "text.", "keyframes.")
"""Codes of what a value alone is; other problems are of the document as a whole."""

TIME = st.one_of(
    st.integers(0, 3600),
    st.floats(0, 3600, allow_subnormal=False),
    st.integers(0, 99999).map("{}f".format),
    st.integers(0, 3599).map(lambda s: f"00:{s // 60:02}:{s % 60:02}:00"),
)

COLOR = st.sampled_from(["#102030", "#10203040", "0xfff", "#abc@0.25", "white", "Orange@1", "none@0"]).filter(
    lambda name: not name.startswith("none")
)

RATE = st.sampled_from([24, 25, 30, 29.97, 59.94, 120, "30000/1001", "24", "23.976", "1/2", 0.5, 1000])


def effect_of(place: str) -> st.SearchStrategy[Any]:
    """An effect of the catalogue, with its example."""
    fitting = [item for item in CATALOGUE["effects"] if place in item["targets"]]
    return st.sampled_from(fitting).flatmap(
        lambda item: st.fixed_dictionaries(
            {"type": st.just(item["type"])},
            optional={"enabled": st.booleans(), "id": st.integers(0, 10**9).map(str)},
        ).map(lambda effect: {**effect, "params": copy.deepcopy(item["example"])})
    )


SCHEMA = Project.model_json_schema(by_alias=True)


def definition(name: str, **special: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values of one of the models."""
    common = {
        "id": st.one_of(st.none(), st.integers(0, 10**12).map("id-{}".format)),
        "time": TIME,
        "in_point": TIME,
        "out_point": st.one_of(st.none(), TIME),
        "timeline_start": st.one_of(st.none(), TIME),
        "timeline_end": st.one_of(st.none(), TIME),
        "color": COLOR,
        "colors": st.lists(COLOR, min_size=2, max_size=8),
        "background": COLOR,
        "fps": RATE,
        "crop": st.none(),
    }
    schema = {**SCHEMA, **(SCHEMA if name == "Project" else SCHEMA["$defs"][name])}
    return Schema(schema, {**common, **special}).values()


CLIP = definition("Clip", effects=st.lists(effect_of("clip"), max_size=2))
TRANSITION = definition(
    "Transition",
    type=st.sampled_from([item["type"] for item in CATALOGUE["transitions"]]),
    duration=TIME,
)
TRACK = definition(
    "Track",
    effects=st.lists(effect_of("track"), max_size=1),
    clips=st.lists(CLIP, max_size=2),
    transitions=st.lists(TRANSITION, max_size=1),
)


def distinct(document: dict[str, Any]) -> dict[str, Any]:
    """Give a second use of an id another one."""
    seen: set[str] = set()
    for part in objects(document, closed=frozenset({"params", "metadata"})):
        if isinstance(part.get("id"), str):
            if part["id"] in seen:
                part["id"] += f"+{len(seen)}"
            seen.add(part["id"])
    return document


DOCUMENT = definition(
    "Project",
    tracks=st.lists(TRACK, max_size=2),
    global_effects=st.lists(effect_of("project"), max_size=1),
).map(distinct)

SLOW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def refused_by_core(document: Any) -> list[Problem]:
    """What is wrong with the shape."""
    return [one for one in core.check(json.dumps(document)) if one.code.startswith(SHAPE)]


def refused_by_model(document: Any) -> list[str]:
    """The same, as the model says it."""
    try:
        Project.model_validate_json(json.dumps(document))
    except ValidationError as error:
        return [f"{one['loc']}: {one['msg']}" for one in error.errors()]
    return []


@SLOW
@given(DOCUMENT)
def test_what_the_model_describes_has_a_shape_that_the_core_accepts(document: dict[str, Any]) -> None:
    """Generated from the model, written canonically, read by the core."""
    canonical = Project.model_validate_json(json.dumps(document)).model_dump_json(by_alias=True)
    assert [] == refused_by_core(json.loads(canonical))
    unset = Project.model_validate_json(json.dumps(document)).model_dump_json(
        by_alias=True, exclude_unset=True
    )
    assert [] == refused_by_core(json.loads(unset))


OPEN = frozenset({"params", "metadata"})
"""What the core's catalogue describes, and what may have any name."""

DESCRIBED = frozenset({"bars", "countdown", "gradient", "noise", "shape", "title"})
"""Generators with parameters of the core's catalogue: which of these there are the model does not say."""

OTHER: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, "soon", -1, -0.5, 10**7 + 1, 1e17, 0, 3, 2.0, 0.0001, [], [1], {}, {"keyframes": []}, ""]
)


@SLOW
@given(document=DOCUMENT, data=st.data())
def test_one_change_is_refused_by_both_or_by_neither(document: dict[str, Any], data: st.DataObject) -> None:
    """An unknown field, another type, a number out of range, something missing."""
    change = data.draw(st.sampled_from(["unknown", "other", "missing"]))
    if change == "unknown":
        holders = [one for one in objects(document, closed=OPEN) if one.get("generator") not in DESCRIBED]
        name = data.draw(st.sampled_from(["Colour", "id_", "from_", "schema_", "Width", "type ", "xyz"]))
        data.draw(st.sampled_from(holders))[name] = data.draw(OTHER)
    else:
        everywhere = [
            (holder, name)
            for holder, name in places(document, closed=OPEN)
            if not (
                isinstance(holder, dict)
                and holder.get("generator") in DESCRIBED
                and name not in ("text", "colors", "shape")
            )
        ]
        if not everywhere:
            return
        holder, name = data.draw(st.sampled_from(everywhere))
        if change == "missing":
            del holder[name]
        else:
            holder[name] = data.draw(OTHER)
        note(f"{change} {name}")
    model, said = refused_by_model(document), core.check(json.dumps(document))
    # What a name means is for the core's catalogue: the model leaves those words open.
    words = ("effect.unknown", "effect.not_here", "keyframes.order", "color.invalid", "document.not_allowed")
    of_catalogue = [one for one in said if one.code.startswith(words)]
    shape = [one for one in said if one.code.startswith(SHAPE) and one not in of_catalogue]
    if not of_catalogue:
        assert bool(model) == bool(shape), (model, said)


@pytest.mark.parametrize("value", [-1, 10**10, "x", True, [], {}, 0, 1, 2.5, None, "1f", ""])
@pytest.mark.parametrize(
    "at",
    [
        *(f"/output/{name}" for name in ("width", "height", "fps", "sample_rate", "channels", "background")),
        *(
            f"/tracks/0/clips/0/{name}"
            for name in ("name", "in_point", "timeline_end", "fit", "volume", "muted", "transform", "effects")
        ),
        *(
            f"/tracks/0/clips/0/transform/{name}"
            for name in ("x", "width", "anchor", "rotation", "opacity", "crop")
        ),
        *(f"/tracks/0/clips/0/transform/crop/{name}" for name in ("x", "width")),
        *(f"/tracks/0/clips/0/source/{name}" for name in ("generator", "frequency", "amplitude")),
        *(f"/tracks/0/transitions/0/{name}" for name in ("type", "duration", "from", "audio")),
        *(f"/tracks/0/ducking/{name}" for name in ("under", "threshold", "ratio", "attack", "release")),
        *(f"/tracks/0/{name}" for name in ("type", "volume", "locked", "clips", "ducking", "id")),
        *(f"/markers/0/{name}" for name in ("time", "name", "chapter")),
        *(f"/{name}" for name in ("schema", "name", "created_at", "output", "tracks", "markers", "metadata")),
    ],
)
def test_every_field_has_the_same_range_on_both_sides(at: str, value: Any) -> None:
    """Systematically what the property finds by chance."""
    audio = {"curve1": "tri", "curve2": "qsin"}
    document: Any = {
        "output": {},
        "markers": [{"time": 1}],
        "tracks": [
            {
                "type": "video",
                "clips": [{"id": "a", "source": {"generator": "tone"}, "transform": {"crop": {}}}],
                "transitions": [{"duration": 1, "from": "a", "to": "b", "audio": audio}],
                "ducking": {"under": ["v"]},
            }
        ],
    }
    place = document
    *parents, last = at.strip("/").split("/")
    for part in parents:
        place = place[int(part) if isinstance(place, list) else part]
    place[last] = value
    said = core.check(json.dumps(document))
    wrong = [one for one in said if one.code.startswith((*SHAPE, "ducking.nothing"))]
    if isinstance(value, str) and at.endswith(("/transitions/0/type", "/transitions/0/from", "/background")):
        return  # What these words mean is for the core alone.
    assert bool(refused_by_model(document)) == bool(wrong), (refused_by_model(document), wrong)


TITLE = {"generator": "title", "text": "x"}
PARTS: dict[str, Any] = {
    "output": {"output": {}},
    "clip": {"tracks": [{"type": "video", "clips": [{"source": TITLE, "out_point": 3}]}]},
    "effect": {
        "tracks": [{"type": "video", "clips": [{"source": TITLE, "out_point": 3, "effects": [{}]}]}],
    },
    "transition": {
        "tracks": [
            {
                "type": "video",
                "clips": [
                    {"id": "a", "source": TITLE, "out_point": 3},
                    {"id": "b", "source": TITLE, "out_point": 3, "timeline_start": 2},
                ],
                "transitions": [{"from": "a", "to": "b"}],
            }
        ]
    },
}


def part_of(document: Any, name: str) -> dict[str, Any]:
    """Where the part of `PARTS` is."""
    places: dict[str, list[Any]] = {
        "output": ["output"],
        "clip": ["tracks", 0, "clips", 0],
        "effect": ["tracks", 0, "clips", 0, "effects", 0],
        "transition": ["tracks", 0, "transitions", 0],
    }
    for step in places[name]:
        document = document[step]
    assert isinstance(document, dict)
    return document


@pytest.mark.parametrize(
    ("part", "alias", "name", "value", "beside"),
    [
        ("output", "frame_rate", "fps", 25, {}),
        ("clip", "in", "in_point", 1, {}),
        ("clip", "out", "out_point", 2, {}),
        ("clip", "start", "timeline_start", 0, {}),
        ("clip", "at", "timeline_start", 0, {}),
        ("effect", "effect_type", "type", "blur", {}),
        ("effect", "parameters", "params", {"radius": 2}, {"type": "blur"}),
        ("transition", "transition", "type", "fade", {"duration": 1}),
        ("transition", "length", "duration", 1, {}),
    ],
)
def test_other_names_are_read_by_the_core_and_never_beside_the_canonical_one(
    part: str, alias: str, name: str, value: Any, beside: dict[str, Any]
) -> None:
    """The model knows the canonical name only; giving both names is a problem at the other one."""
    document = copy.deepcopy(PARTS[part])
    place = part_of(document, part)
    place.update(beside)
    place.pop(name, None)
    place[alias] = value
    assert [] == core.check(json.dumps(document))
    assert refused_by_model(document)
    place[name] = value
    (problem,) = core.check(json.dumps(document))
    assert "document.given_twice" == problem.code
    assert problem.path.endswith(f"/{alias}") and name in problem.message and problem.hint


@pytest.mark.parametrize(
    ("at", "word"),
    [
        ({"fit": "fill"}, "fit"),
        ({"transform": {"anchor": "middle"}}, "anchor"),
        ({"transform": {"anchor": "centre"}}, "anchor"),
        ({"in_point": "500ms"}, "time"),
        ({"in_point": "0.5s"}, "time"),
        ({"in_point": "0:01"}, "time"),
        ({"source": {"generator": "text", "text": "x"}}, "generator"),
        ({"source": {"generator": "colour", "color": "red"}}, "generator"),
        ({"source": {"generator": "title", "content": "x", "font_size": 20}}, "title"),
    ],
)
def test_other_words_are_read_by_the_core(at: dict[str, Any], word: str) -> None:
    """What people write instead of the canonical word."""
    document = copy.deepcopy(PARTS["clip"])
    part_of(document, "clip").update(at)
    assert [] == core.check(json.dumps(document)), word
    assert refused_by_model(document)


@pytest.mark.parametrize("effect", CATALOGUE["effects"], ids=lambda item: item["type"])
def test_every_alias_of_the_catalogue_is_read(effect: dict[str, Any]) -> None:
    """Effects say their aliases; each is accepted for its parameter, and refused beside it."""
    from stoat_ferret_core import effect_preview

    for name, shape in effect["parameter_schema"]["properties"].items():
        for alias in shape.get("x-aliases", ()):
            usual = shape.get("default", "Roboto" if name == "font" else shape.get("enum", [1])[0])
            value = effect["example"].get(name, usual)
            others = {key: given for key, given in effect["example"].items() if key != name}
            assert "filter" in effect_preview(effect["type"], json.dumps({**others, alias: value})), alias
            both = json.loads(
                effect_preview(effect["type"], json.dumps({**others, alias: value, name: value}))
            )
            assert ["document.given_twice"] == [one["code"] for one in both["problems"]]
