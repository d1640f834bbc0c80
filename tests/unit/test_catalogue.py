"""The catalogue's schemas tell the truth: what they accept the core accepts, what they refuse it refuses."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from generated import Schema, colors, curves, objects, places, times
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from stoat_ferret import compile as core
from stoat_ferret_core import effect_preview

EFFECTS = {item["type"]: item for item in core.catalogue()["effects"]}
GENERATORS = {item["generator"]: item for item in core.catalogue()["generators"]}
DESCRIBED = {**EFFECTS, **{f"generator {name}": item for name, item in GENERATORS.items()}}
"""What has parameters: effects by their names, generators by theirs behind `generator`."""

COLOR = st.sampled_from(["#102030", "#10203040", "0xfff", "white", "Orange", "red@0.5"])
TIME = st.one_of(st.integers(0, 50), st.floats(0, 50, allow_subnormal=False), st.just("45f"))
SPECIAL = {
    **dict.fromkeys(colors(item["parameter_schema"] for item in DESCRIBED.values()), COLOR),
    "colors": st.lists(COLOR, min_size=2, max_size=8),
    **dict.fromkeys(("master", "red", "green", "blue"), curves()),
    # Fonts are found by name where they are installed.
    "font": st.just("Roboto"),
    **dict.fromkeys(times(item["parameter_schema"] for item in DESCRIBED.values()), TIME),
}

OFTEN = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def validator(name: str) -> Draft202012Validator:
    """Checks parameters by the schema."""
    return Draft202012Validator(DESCRIBED[name]["parameter_schema"])


def problems(name: str, parameters: Any) -> list[dict[str, Any]]:
    """What the core says of parameters, in a document of their own."""
    if name.startswith("generator "):
        source = {**parameters, "generator": name.removeprefix("generator ")}
        made = {"tracks": [{"type": "video", "clips": [{"source": source, "out_point": 10}]}]}
        return [one.to_json() for one in core.check(json.dumps(made))]
    effect = {"type": name, "params": parameters}
    clip = {"source": {"generator": "testsrc"}, "out_point": 10}
    tracks: list[dict[str, Any]] = [{"type": "video", "clips": [dict(clip)]} for _ in range(3)]
    document: dict[str, Any] = {"tracks": tracks}
    if "clip" in EFFECTS[name]["targets"]:
        tracks[0]["clips"][0]["effects"] = [effect]
    else:
        document["global_effects"] = [effect]
    return [one.to_json() for one in core.check(json.dumps(document))]


def refused(name: str, parameters: Any) -> list[dict[str, Any]]:
    """What is wrong with the parameters themselves, not with where they stand."""
    return [
        one
        for one in problems(name, parameters)
        if ("/params" in one["path"] or "/source" in one["path"])
        and one["code"]
        not in (
            "captions.position",
            "captions.words",
            "crop.outside",
            "effect.unsupported",
            "generator.invalid",
            "mix.inputs",
            "mix.weights",
            "transition.offset",
        )
    ]


@pytest.mark.parametrize("name", DESCRIBED)
def test_every_schema_is_sound_and_its_example_fits(name: str) -> None:
    """JSON Schema 2020-12; the example is accepted by schema and core, and so is every default."""
    item = DESCRIBED[name]
    schema = item["parameter_schema"]
    Draft202012Validator.check_schema(schema)
    validator(name).validate(item["example"])
    assert [] == problems(name, item["example"]) or name in ("xfade", "acrossfade")
    if name in EFFECTS:
        assert "filter" in json.loads(effect_preview(name, json.dumps(item["example"])))
    for parameter, shape in schema["properties"].items():
        assert shape["description"]
        if "default" in shape:
            Draft202012Validator(shape).validate(shape["default"])
            assert [] == refused(name, {**item["example"], parameter: shape["default"]})


@pytest.mark.parametrize("name", DESCRIBED)
@OFTEN
@given(data=st.data())
def test_what_the_schema_accepts_the_core_accepts(name: str, data: st.DataObject) -> None:
    """Parameters made from the schema alone."""
    parameters = data.draw(Schema(DESCRIBED[name]["parameter_schema"], SPECIAL).values())
    validator(name).validate(parameters)
    assert [] == refused(name, parameters)


OTHER = st.sampled_from(
    [True, "soon?", -2000, 10**9, -0.5, 0, 3, [], [1], ["x"], {}, {"keyframes": []}, {"x": 0.5}, 1e-6]
)


@pytest.mark.parametrize("name", DESCRIBED)
@OFTEN
@given(data=st.data())
def test_what_the_schema_refuses_the_core_refuses(name: str, data: st.DataObject) -> None:
    """One thing changed: an unknown name, another type, a number out of range, something missing."""
    parameters = copy.deepcopy(data.draw(Schema(DESCRIBED[name]["parameter_schema"], SPECIAL).values()))
    change = data.draw(st.sampled_from(["unknown", "other", "missing"]))
    everywhere = list(places(parameters))
    if change == "unknown":
        holder = data.draw(st.sampled_from(objects(parameters)))
        holder[data.draw(st.sampled_from(["nonsense", "Volume", "x_", " text"]))] = data.draw(OTHER)
    elif everywhere:
        place, key = data.draw(st.sampled_from(everywhere))
        if change == "missing":
            del place[key]
        else:
            place[key] = data.draw(OTHER)
    fits, said = validator(name).is_valid(parameters), refused(name, parameters)
    if fits:
        # A schema cannot say what a colour, a time or a font is called.
        assert {one["code"] for one in said} <= {
            "color.invalid",
            "time.invalid",
            "keyframes.order",
            "curve.invalid",
        }
    else:
        assert said


@pytest.mark.parametrize("name", DESCRIBED)
@pytest.mark.parametrize("value", [-(10**9), 10**9, "soon?", True, [], {}, -0.001, {"keyframes": []}, "", 1])
def test_every_parameter_has_the_same_range_in_both(name: str, value: Any) -> None:
    """Systematically what the property finds by chance."""
    item = DESCRIBED[name]
    for parameter in item["parameter_schema"]["properties"]:
        parameters = {**item["example"], parameter: value}
        said = refused(name, parameters)
        words = {one["code"] for one in said} & {"color.invalid", "effect.unsupported"}
        if not words:
            assert bool(said) != validator(name).is_valid(parameters), (parameter, said)


@pytest.mark.parametrize(
    ("source", "param"),
    [
        ({"generator": "gradient", "colors": ["red", "blue"], "positions": [0, 0.5, 1]}, "positions"),
        ({"generator": "gradient", "colors": ["red", "blue"], "positions": [0.5, 0]}, "positions"),
        ({"generator": "shape", "shape": "arrow", "from_x": 0.75}, "to_x"),
    ],
)
def test_parameters_of_a_generator_that_do_not_go_together_are_refused(source: Any, param: str) -> None:
    """At the one that is to change, with what to do."""
    made = {"tracks": [{"type": "video", "clips": [{"source": source, "out_point": 1}]}]}
    (problem,) = core.check(json.dumps(made))
    assert ("generator.invalid", f"/tracks/0/clips/0/source/{param}") == (problem.code, problem.path)
    assert problem.hint


@pytest.mark.parametrize(
    ("name", "tracks"), [("bars", "va"), ("noise", "va"), ("shape", "v"), ("gradient", "v")]
)
def test_a_generator_stands_where_it_is_seen_or_heard(name: str, tracks: str) -> None:
    """On an audio track only what has a sound."""
    source = {**GENERATORS[name]["example"], "generator": name}
    for kind in ("video", "audio"):
        said = core.check(
            json.dumps({"tracks": [{"type": kind, "clips": [{"source": source, "out_point": 1}]}]})
        )
        assert (kind[0] in tracks) == (said == [])


@pytest.mark.parametrize("decibels", ["-120dB", "20dB", "-6.5db", " +3 DB ", "-0dB", "19.99dB", "-119.5dB"])
def test_decibels_in_range_are_accepted(decibels: str) -> None:
    """Sign, spaces and decimals."""
    assert validator("volume").is_valid({"volume": decibels})
    assert [] == refused("volume", {"volume": decibels})


@pytest.mark.parametrize(
    "decibels", ["-121dB", "-120.1dB", "20.5dB", "100dB", "--6dB", "6", "loud", "-6 d B"]
)
def test_decibels_out_of_range_are_refused(decibels: str) -> None:
    """By the schema as by the core."""
    assert not validator("volume").is_valid({"volume": decibels})
    assert ["volume.invalid"] == [one["code"] for one in refused("volume", {"volume": decibels})]
