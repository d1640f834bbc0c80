"""Layouts and fits as the Python library offers them."""

from typing import Literal

import pytest

from stoat_ferret_core import fit_picture, layout_names, layout_rects, rect_to_pixels


def test_every_layout_lies_within_the_output() -> None:
    """All rectangles become boxes inside the picture."""
    for name in layout_names():
        for rect in layout_rects(name):
            x, y, width, height = rect_to_pixels(rect, 1920, 1080)
            assert 0 <= x < x + width <= 1920
            assert 0 <= y < y + height <= 1080


def test_the_small_picture_stands_over_the_whole() -> None:
    """The first rectangle of a picture-in-picture layout is the output."""
    rects = layout_rects("pip_bottom_right", size=0.25, margin=0.125)
    assert [(0.0, 0.0, 1.0, 1.0), (0.625, 0.625, 0.25, 0.25)] == rects


@pytest.mark.parametrize(
    ("name", "size", "message"),
    [("grid2x2", 0.25, "did you mean `grid_2x2`"), ("pip_top_left", 2.0, "`size` is 2")],
)
def test_a_layout_that_cannot_be_is_refused(name: str, size: float, message: str) -> None:
    """The refusal names what is wrong and what is near."""
    with pytest.raises(ValueError, match=message):
        layout_rects(name, size=size)


def test_a_rectangle_beyond_the_output_is_refused() -> None:
    """The edge that is crossed is named."""
    with pytest.raises(ValueError, match="beyond the right edge"):
        rect_to_pixels((0.75, 0.0, 0.5, 1.0), 1920, 1080)


@pytest.mark.parametrize(
    ("fit", "scale", "crop", "pad"),
    [
        ("contain", (608, 1080), (0, 0), (656, 0)),
        ("cover", (1920, 3414), (0, 1166), (0, 0)),
        ("stretch", (1920, 1080), (0, 0), (0, 0)),
    ],
)
def test_phone_footage_fits_as_seen(
    fit: Literal["contain", "cover", "stretch"],
    scale: tuple[int, int],
    crop: tuple[int, int],
    pad: tuple[int, int],
) -> None:
    """A turned picture is fitted after the turn."""
    fitted = fit_picture(640, 360, 1920, 1080, fit=fit, rotation=90)
    assert scale == (fitted.scale_width, fitted.scale_height)
    assert crop == (fitted.crop_x, fitted.crop_y)
    assert pad == (fitted.pad_x, fitted.pad_y)


def test_long_pixels_count() -> None:
    """An anamorphic picture is as wide as it is seen."""
    fitted = fit_picture(1440, 1080, 1920, 1080, sar=(4, 3))
    assert (1920, 1080) == (fitted.width, fitted.height)


def test_a_picture_without_area_is_refused() -> None:
    """There is nothing to scale."""
    with pytest.raises(ValueError, match="no area"):
        fit_picture(0, 10, 20, 20)
