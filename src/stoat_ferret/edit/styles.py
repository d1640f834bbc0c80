"""Styles of captions, as data: what each gives to the texts of a track."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

__all__ = ["LENGTHS", "OF_THE_FILE", "STYLES", "Style"]

LENGTHS = frozenset({"fontsize", "border_width", "box_padding", "margin"})
"""Parameters that a style gives as parts of the picture's height."""


@dataclass(frozen=True, kw_only=True)
class Style:
    """How captions look."""

    generator: str
    """What draws them: `title`, or `caption`, whose words light up."""
    description: str
    params: Mapping[str, Any]
    """Of the generator."""


_PLAIN: Mapping[str, Any] = {
    "position": "bottom_center",
    "fontsize": 0.05,
    "border_width": 0.003,
    "margin": 0.06,
}
_LIT: Mapping[str, Any] = {**_PLAIN, "fontsize": 0.07, "border_width": 0.004}
_LINES: Mapping[str, Any] = {"width": 0.9, "align": "center"}
"""Of titles, whose lines else neither break nor stand below one another's middle."""
_BOX: Mapping[str, Any] = {
    **_LINES,
    "position": "bottom_center",
    "fontsize": 0.045,
    "box": True,
    "box_color": "#000000b3",
    "box_padding": 0.012,
    "margin": 0.06,
}

STYLES: Mapping[str, Style] = MappingProxyType(
    {
        "classic": Style(
            generator="title",
            description="White with a black outline, below.",
            params={**_PLAIN, **_LINES},
        ),
        "box": Style(generator="title", description="White in a dark box, below.", params=_BOX),
        "top": Style(
            generator="title",
            description="White with a black outline, above.",
            params={**_PLAIN, **_LINES, "position": "top_center"},
        ),
        "highlight": Style(
            generator="caption",
            description="The word that is said is yellow.",
            params={**_LIT, "highlight": "word"},
        ),
        "karaoke": Style(
            generator="caption",
            description="Words turn yellow as they are said, and stay so.",
            params={**_LIT, "highlight": "spoken"},
        ),
    }
)
"""Every style, by its name."""

OF_THE_FILE = Style(
    generator="title",
    description="What a file says of the size of its captions goes before all but where lines break.",
    params={"position": "bottom_center", **_LINES},
)
"""Of captions whose file says how they look."""
