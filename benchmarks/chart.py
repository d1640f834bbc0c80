"""A bar chart as SVG, without any library."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from benchmarks.section import Bar

__all__ = ["chart"]

WIDTH = 760
LEFT = 270
"""Where bars begin; what they are stands before it."""
RIGHT = 70
"""What is kept free for the value behind the longest bar."""
ROW = 24
BAR = 16
TOP = 44

OURS = "#2563a8"
OTHERS = "#9aa3ad"
INK = "#1f2328"


def chart(title: str, groups: Sequence[tuple[str, Sequence[Bar]]]) -> str:
    """Groups of bars below one another, all on one scale that begins at 0."""
    values = [bar.value for _, bars in groups for bar in bars if bar.value is not None]
    scale = (WIDTH - LEFT - RIGHT) / max([*values, 1.0])
    lines: list[str] = []
    at = TOP
    for name, bars in groups:
        lines.append(_text(16, at + 14, name, weight="bold"))
        at += ROW
        for bar in bars:
            lines += _bar(bar, at, scale)
            at += ROW
        at += ROW // 2
    one = LEFT + scale
    ends = f'x1="{one:.1f}" y1="{TOP}" x2="{one:.1f}" y2="{at - ROW // 2}"'
    size = f'width="{WIDTH}" height="{at}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {at}" {size}'
            ' font-family="system-ui, sans-serif" font-size="13" role="img">',
            f"<title>{escape(title)}</title>",
            f'<rect {size} fill="#ffffff"/>',
            _text(16, 24, title, size=15),
            f'<line {ends} stroke="{INK}" stroke-dasharray="3 3"/>',
            *lines,
            "</svg>\n",
        ]
    )


def _bar(bar: Bar, top: int, scale: float) -> list[str]:
    name = _text(LEFT - 10, top + 13, bar.what, anchor="end")
    if bar.value is None:
        return [name, _text(LEFT + 6, top + 13, bar.note, style="italic")]
    length = max(bar.value * scale, 1.0)
    color = OURS if bar.ours else OTHERS
    drawn = f'<rect x="{LEFT}" y="{top}" width="{length:.1f}" height="{BAR}" rx="2" fill="{color}"/>'
    return [name, drawn, _text(LEFT + length + 6, top + 13, f"{bar.value:.2f}")]


def _text(
    x: float, y: float, text: str, *, anchor: str = "", weight: str = "", style: str = "", size: int = 0
) -> str:
    given = {"text-anchor": anchor, "font-weight": weight, "font-style": style, "font-size": size or ""}
    more = "".join(f' {name}="{value}"' for name, value in given.items() if value)
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{INK}"{more}>{escape(text)}</text>'
