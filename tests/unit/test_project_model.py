"""The pydantic models say the document that the specification shows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from stoat_ferret.demo import project
from stoat_ferret.model import project as models
from stoat_ferret.model.project import Project

WHOLE: dict[str, Any] = {
    "schema": "stoat.project/1",
    "id": "prj_1",
    "name": "My Video Project",
    "created_at": "2026-01-15T10:30:00Z",
    "modified_at": "2026-01-15T14:22:00Z",
    "output": {
        "width": 1920,
        "height": 1080,
        "fps": "30000/1001",
        "sample_rate": 48000,
        "channels": 2,
        "background": "#000000",
    },
    "tracks": [
        {
            "id": "video-main",
            "type": "video",
            "name": "Main",
            "volume": 1.0,
            "effects": [],
            "clips": [
                {
                    "id": "clip-1",
                    "source": "media/interview.mp4",
                    "in_point": 10.5,
                    "out_point": "00:00:25:00",
                    "timeline_start": "0f",
                    "timeline_end": 14.5,
                    "fit": "contain",
                    "volume": "-6dB",
                    "transform": {
                        "x": 0.5,
                        "opacity": {
                            "keyframes": [{"time": 0, "value": 0, "easing": "ease"}, {"time": 1, "value": 1}]
                        },
                        "crop": None,
                    },
                    "effects": [{"id": "fx-1", "type": "text_overlay", "params": {"text": "Hello"}}],
                },
                {
                    "id": "clip-2",
                    "source": {"generator": "title", "text": "Hello", "fontsize": 48},
                    "out_point": 3,
                },
            ],
            "transitions": [
                {
                    "id": "tr-1",
                    "type": "dissolve",
                    "duration": 1.0,
                    "from": "clip-1",
                    "to": "clip-2",
                    "audio": None,
                }
            ],
        },
        {
            "type": "audio",
            "clips": [{"source": {"generator": "tone", "frequency": 440}, "out_point": 1}],
            "ducking": {"under": ["video-main"], "threshold": 0.02, "ratio": 8, "attack": 20, "release": 300},
        },
    ],
    "global_effects": [{"type": "fade_out", "params": {"duration": 1.0}}],
    "markers": [{"id": "mk-1", "time": 12.0, "name": "Chapter 2", "chapter": True}],
    "metadata": {"title": "…"},
}


@pytest.mark.parametrize("document", [WHOLE, project(), {}], ids=["whole", "demo", "empty"])
def test_a_document_is_read_and_written_without_loss(document: dict[str, Any]) -> None:
    """What is given comes out again; what is left out stays out."""
    read = Project.model_validate_json(json.dumps(document))
    again = read.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert document == again
    assert read == Project.model_validate(document)


@pytest.mark.parametrize(
    ("at", "value"),
    [
        ("/unknown", 1),
        ("/tracks/0/unknown", 1),
        ("/tracks/0/clips/0/unknown", 1),
        ("/tracks/0/clips/0/fit", "zoom"),
        ("/tracks/0/clips/0/in_point", "soon"),
        ("/tracks/0/clips/0/muted", "yes"),
        ("/tracks/0/clips/0/source", {"generator": "magic"}),
        ("/tracks/0/type", "subtitle"),
        ("/output/width", "1920"),
        ("/output/width", True),
        ("/schema", "stoat.project/2"),
    ],
)
def test_what_is_unknown_or_of_another_kind_is_refused(at: str, value: Any) -> None:
    """Nothing is converted silently, nothing is passed over."""
    document = json.loads(json.dumps(WHOLE))
    *parents, last = at.strip("/").split("/")
    place: Any = document
    for part in parents:
        place = place[int(part) if part.isdigit() else part]
    place[last] = value
    with pytest.raises(ValidationError):
        Project.model_validate_json(json.dumps(document))


def test_values_are_frozen() -> None:
    """A change returns a new document."""
    with pytest.raises(ValidationError):
        Project().name = "other"  # type: ignore[misc]


def test_the_schema_says_what_every_field_means() -> None:
    """A model without a docstring or a field without a meaning is of no use to a client."""
    schema = Project.model_json_schema()
    bare = [name for name, part in schema["$defs"].items() if not part.get("description")]
    assert [] == bare
    kinds = [kind for kind in vars(models).values() if isinstance(kind, type) and issubclass(kind, BaseModel)]
    assert kinds and all(kind.__doc__ for kind in kinds)
