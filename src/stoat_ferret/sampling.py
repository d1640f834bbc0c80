"""The smallest project that shows what one effect does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from stoat_ferret import compile as core
from stoat_ferret.model.document import Document, parse_document

__all__ = ["document", "place"]

_OUTPUT = {"width": 640, "height": 360, "fps": 30}
_SECONDS = 4
_EFFECT = re.compile(r"/(?:tracks/0/(?:clips/0/)?effects|global_effects)/0(?=/|$)")


def document(effect_type: str, parameters: Mapping[str, Any]) -> Document:
    """A test picture of four seconds, 640 by 360, with the effect on it."""
    effects = [{"id": "effect", "type": effect_type, "params": dict(parameters)}]
    clip: dict[str, Any] = {
        "id": "sample",
        "source": {"generator": "testsrc"},
        "in_point": 0,
        "out_point": _SECONDS,
        "timeline_start": 0,
    }
    track: dict[str, Any] = {"id": "picture", "type": "video", "clips": [clip]}
    whole: dict[str, Any] = {"schema": "stoat.project/1", "output": _OUTPUT, "tracks": [track]}
    match _target(effect_type):
        case "clip":
            clip["effects"] = effects
        case "track":
            track["effects"] = effects
        case _:
            whole["global_effects"] = effects
    # A file that the effect names lies in a media root, and is named as clients name it.
    return replace(parse_document(orjson.dumps(whole), base=Path("/")), library={})


def place(path: str) -> str:
    """Where the request for a sample has the cause of a problem of that project."""
    if path == "/at":
        return "/t"
    found = _EFFECT.match(path)
    if found is None:
        return path
    return "/parameters" + path.removeprefix(found[0]).removeprefix("/params")


@cache
def _target(effect_type: str) -> str:
    """What the effect is put on: the smallest thing that takes it."""
    targets = next(item["targets"] for item in core.catalogue()["effects"] if item["type"] == effect_type)
    return next(target for target in ("clip", "track", "project") if target in targets)
