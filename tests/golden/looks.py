"""The colour tables that the effect `lut` is defined with, as the text of `.cube` files."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Colors = NDArray[np.float64]
"""A row of red, green and blue for each colour, 0 to 1."""


def house(colors: Colors) -> Colors:
    """Blue-green shadows, orange lights, and a little more contrast."""
    luma = (colors @ np.array([0.2126, 0.7152, 0.0722]))[:, None]
    bent = colors + 0.15 * np.sin(2 * np.pi * (colors - 0.5)) / np.pi
    tinted = bent + (1 - luma) * np.array([-0.05, 0.04, 0.08]) + luma * np.array([0.08, 0.01, -0.1])
    mixed: Colors = luma + 1.1 * (tinted - luma)
    return mixed


def turned(colors: Colors) -> Colors:
    """Red is what green was, green what blue was, blue what red was."""
    return colors[:, [1, 2, 0]]


def same(colors: Colors) -> Colors:
    """Every colour as it is."""
    return colors


def brighter(colors: Colors) -> Colors:
    """A curve that lifts the middle; nowhere steep, so that it makes no rounding larger than twice itself."""
    lifted: Colors = 1 - (1 - colors) ** 2
    return lifted


def negative(colors: Colors) -> Colors:
    """Black is white."""
    return 1 - colors


def corner(colors: Colors) -> Colors:
    """All black but white: between the two, ways of interpolation differ most."""
    return np.repeat(colors.prod(axis=1, keepdims=True), 3, axis=1)


def cube(look: Callable[[Colors], Colors], size: int) -> str:
    """A cube of this size; red changes first."""
    axis = np.linspace(0, 1, size)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    return _text("LUT_3D_SIZE", size, look(np.stack([red, green, blue], axis=-1).reshape(-1, 3)))


def curve(look: Callable[[Colors], Colors], size: int) -> str:
    """Curves of this many points."""
    return _text("LUT_1D_SIZE", size, look(np.repeat(np.linspace(0, 1, size)[:, None], 3, axis=1)))


def _text(keyword: str, size: int, colors: Colors) -> str:
    rows = (" ".join(f"{part:.6f}" for part in color) for color in colors)
    return "\n".join([f"{keyword} {size}", *rows, ""])


LOOKS = {
    "house": cube(house, 9),
    "same": cube(same, 17),
    "turned": cube(turned, 2),
    "corner": cube(corner, 2),
    "brighter": curve(brighter, 256),
    "negative": curve(negative, 2),
}
"""The tables by their names, without `.cube`."""
