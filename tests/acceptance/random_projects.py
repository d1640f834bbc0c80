"""Random projects of small sources: everything that the picture can be made of, together."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

from stoat_ferret.testing.documents import Document, clip, document, keyframes, track
from stoat_ferret.testing.media import Sound, Source

__all__ = ["FOOTAGE", "NTSC", "STILL", "Timing", "projects"]

NTSC = Fraction(30000, 1001)
SIZES = [(64, 36), (96, 54), (160, 90), (90, 160)]
RATES = [Fraction(30), Fraction(25), NTSC, Fraction(24000, 1001), Fraction(60), Fraction(12)]
FOOTAGE = [
    Source(width=96, height=54, frames=60),
    Source(width=64, height=64, frames=50, rate=Fraction(25), codec="h264-open-gop", first=100),
    Source(width=80, height=60, frames=60, rate=NTSC, codec="vp9", ending="webm", sound=Sound(codec="opus")),
    Source(width=64, height=36, frames=60, codec="vp9", ending="webm", alpha=True, sound=None, first=300),
    Source(width=96, height=54, frames=40, rate=Fraction(120), variable=True, first=400),
    Source(width=96, height=54, frames=48, rate=Fraction(24000, 1001), codec="hevc", rotation=90, first=500),
    Source(
        width=64, height=48, frames=20, rate=Fraction(10), codec="gif", ending="gif", sound=None, first=600
    ),
]
STILL = Source(width=64, height=48, frames=1, codec="png", ending="png", alpha=True, sound=None, first=700)
TRANSITIONS = [
    "fade",
    "wipeleft",
    "dissolve",
    "pixelize",
    "circleopen",
    "slideup",
    "fadeblack",
    "radial",
    "hblur",
]


class Timing(NamedTuple):
    """The grid of a project."""

    rate: Fraction

    def seconds(self, frames: int) -> float:
        """Give the time of a frame."""
        return float(frames / self.rate)


@st.composite
def _transforms(draw: st.DrawFn, length: float, fit: str) -> Document:
    def moving(low: float, high: float, *, still: bool = False) -> Any:
        start, end = (draw(st.floats(low, high).map(lambda value: round(value, 3))) for _ in range(2))
        if still or draw(st.booleans()):
            return start
        easing = draw(st.sampled_from(["linear", "ease", "ease_in", "ease_out", "hold"]))
        return keyframes((0, start), (length, end), easing=easing)

    parts: Document = {}
    if draw(st.booleans()):
        parts |= {"x": moving(0.2, 0.8), "y": moving(0.2, 0.8)}
    if draw(st.booleans()):
        # A box that changes its shape cannot be filled by cutting.
        parts |= {side: moving(0.3, 1.0, still=fit == "cover") for side in ("width", "height")}
    if draw(st.booleans()):
        parts["opacity"] = moving(0.0, 1.0)
    growing = any(isinstance(parts.get(side), dict) for side in ("width", "height"))
    if draw(st.integers(0, 3)) == 0 and not growing:
        parts["rotation"] = moving(-90, 90)
    if draw(st.integers(0, 3)) == 0:
        parts["crop"] = {"x": 0.1, "y": 0.2, "width": 0.75, "height": 0.5}
    return parts


@st.composite
def _effects(draw: st.DrawFn, length: float) -> list[Document]:
    half = round(length / 2, 3)
    fading = {
        "fade_type": draw(st.sampled_from(["in", "out"])),
        "duration": half,
        "alpha": draw(st.booleans()),
    }
    text = {
        "text": draw(st.sampled_from(["Hi", "it's 5%", "a\nb"])),
        "fontsize": 14,
        "fade_in": half,
        "start": 0.1,
    }
    known: list[Document] = [
        {"type": "blur", "params": {"radius": 2}},
        {"type": "color", "params": {"contrast": 1.3, "saturation": 0.4}},
        {"type": "color", "params": {"brightness": keyframes((0, -0.2), (length, 0.2))}},
        {"type": "crop", "params": {"x": 0.1, "y": 0.1, "width": 0.6, "height": 0.8}},
        {"type": "video_fade", "params": fading},
        {"type": "text_overlay", "params": text},
    ]
    return draw(st.lists(st.sampled_from(known), max_size=2))


@st.composite
def _clips(draw: st.DrawFn, timing: Timing, paths: list[Path], still: Path) -> tuple[Document, int, int]:
    """Draw a clip without its place: itself, how many frames it lasts, and its room for transitions."""
    count = draw(st.integers(3, 20))
    length = timing.seconds(count)
    fit = draw(st.sampled_from(["contain", "cover", "stretch"]))
    common: Document = {
        "effects": draw(_effects(length)),
        "transform": draw(_transforms(length, fit)),
        "fit": fit,
    }
    generators: list[Any] = [
        {"generator": "color", "color": draw(st.sampled_from(["#ff0000", "#123456"]))},
        {"generator": "testsrc"},
        {"generator": "title", "text": "Title", "fontsize": 16},
        still,
    ]
    if draw(st.integers(0, 3)) == 0:
        made = draw(st.sampled_from(generators))
        if isinstance(made, dict) and made["generator"] == "title":
            # A text is placed by its own parameters.
            common["transform"] = {k: v for k, v in common["transform"].items() if k == "opacity"}
        return clip(made, 0, 0, length, **common), count, count
    factor = draw(st.sampled_from([1, 1, 1, 2, 0.5, 1.5]))
    if factor != 1:
        common["effects"].append({"type": "speed_control", "params": {"factor": factor}})
    number = draw(st.integers(0, len(paths) - 1))
    room = float(FOOTAGE[number].duration) - length * factor
    begin = round(draw(st.floats(0, max(0.0, room - 0.001))), 4)
    if room < 0:
        count = max(1, int(float(FOOTAGE[number].duration) / factor * float(timing.rate)) - 1)
        begin, length = 0.0, timing.seconds(count)
    return clip(paths[number], 0, begin, begin + length * factor, **common), count, count


@st.composite
def _tracks(
    draw: st.DrawFn, timing: Timing, paths: list[Path], still: Path, name: str
) -> tuple[Document, int]:
    """Draw a track of clips with cuts, gaps and transitions between them; and the frame at which it ends."""
    clips, transitions, end, free = [], [], draw(st.integers(0, 4)), 0
    for number in range(draw(st.integers(1, 3))):
        made, count, room = draw(_clips(timing, paths, still))
        lapse = min(free, room - 1, draw(st.integers(2, 8)))
        if number and lapse >= 2 and draw(st.booleans()):
            kind = draw(st.sampled_from(TRANSITIONS))
            edge = {"type": kind, "duration": timing.seconds(lapse)}
            transitions.append({**edge, "from": f"{name}{number - 1}", "to": f"{name}{number}"})
            end -= lapse
        else:
            lapse = 0
            end += draw(st.sampled_from([0, 0, 3])) if number else 0
        made |= {"id": f"{name}{number}", "timeline_start": timing.seconds(end)}
        clips.append(made)
        end += count
        free = count - lapse - 1
    return track(*clips, transitions=transitions), end


@st.composite
def projects(draw: st.DrawFn, paths: list[Path], still: Path) -> tuple[Document, int]:
    """Draw a project, and the number of its frames."""
    timing = Timing(draw(st.sampled_from(RATES)))
    width, height = draw(st.sampled_from(SIZES))
    made = [draw(_tracks(timing, paths, still, name)) for name in draw(st.sampled_from(["a", "ab", "abc"]))]
    end = max(end for _, end in made)
    fade = {"type": "fade_out", "params": {"duration": timing.seconds(max(1, end // 2))}}
    return (
        document(
            *[one for one, _ in made],
            width=width,
            height=height,
            fps=timing.rate,
            background=draw(st.sampled_from(["#000000", "#336699"])),
            global_effects=[fade] if draw(st.integers(0, 3)) == 0 else [],
        ),
        end,
    )
