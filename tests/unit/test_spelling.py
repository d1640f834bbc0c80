"""Other spellings that edits and documents may use are those that the core reads, and mean the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stoat_ferret import compile as core
from stoat_ferret import edit
from stoat_ferret.model.spelling import FIELDS, WORDS


def document(**clip: Any) -> dict[str, Any]:
    """One clip of a generator."""
    shown = {"id": "a", "source": {"generator": "testsrc"}, "out_point": 2, **clip}
    return {"tracks": [{"id": "t", "type": "video", "clips": [shown]}]}


def faded(**params: Any) -> dict[str, Any]:
    """A clip with a fade of its sound."""
    fade = {"type": "audio_fade", "params": {"fade_type": "in", "duration": 1, **params}}
    return document(effects=[fade])


def placed(name: str, spelled: str) -> dict[str, Any]:
    """A document that uses a word of a kind."""
    keys = [{"time": 0, "value": 1, "easing": spelled}]
    text = {"type": "text_overlay", "params": {"text": "A", "position": spelled}}
    sources = {"color": {"color": "red"}, "title": {"text": "A"}}
    made = {"generator": spelled, **sources.get(WORDS["generator"].get(spelled, spelled), {})}
    return {
        "anchor": lambda: document(transform={"anchor": spelled}),
        "curve": lambda: faded(curve=spelled),
        "easing": lambda: document(volume={"keyframes": keys}),
        "fade_type": lambda: faded(fade_type=spelled),
        "fit": lambda: document(fit=spelled),
        "generator": lambda: document(source=made),
        "position": lambda: document(effects=[text]),
        "transition": lambda: document(
            effects=[{"type": "xfade", "params": {"transition": spelled, "duration": 0}}], enabled=False
        ),
    }[name]()


@pytest.mark.parametrize(
    ("kind", "spelled", "word"),
    [(kind, spelled, word) for kind, words in WORDS.items() for spelled, word in words.items()],
)
def test_words(kind: str, spelled: str, word: str) -> None:
    """The core reads the other spelling, and settling writes the canonical one."""
    loose, plain = placed(kind, spelled), placed(kind, word)
    assert [] == core.check(json.dumps(loose))
    assert edit.settle(plain, {}) == edit.settle(loose, {})


@pytest.mark.parametrize(
    ("spelled", "name", "value"),
    [(spelled, name, 1) for spelled, name in FIELDS["clip"].items() if spelled != "out"]
    + [("out", "out_point", 3)],
)
def test_fields_of_a_clip(spelled: str, name: str, value: float) -> None:
    """Another name of a field is the field."""
    loose, plain = document(), document()
    for one, key in ((loose, spelled), (plain, name)):
        clip = one["tracks"][0]["clips"][0]
        if name == "out_point":
            del clip["out_point"]
        clip[key] = value
    assert [] == core.check(json.dumps(loose))
    assert edit.settle(plain, {}) == edit.settle(loose, {})
