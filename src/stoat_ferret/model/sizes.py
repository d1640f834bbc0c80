"""Sizes of pictures as people write them."""

from __future__ import annotations

import re

from stoat_ferret.errors import RequestError

__all__ = ["parse_size"]

_SIZE = re.compile(r"^(\d{1,7})x(\d{1,7})$", re.ASCII | re.IGNORECASE)


def parse_size(text: str | None) -> tuple[int, int] | None:
    """`1280x720` as numbers, nothing as nothing; raises `RequestError`."""
    if text is None:
        return None
    if found := _SIZE.match(text):
        return int(found[1]), int(found[2])
    raise RequestError.because("usage", f"{text!r} is no size.", hint="Write it as 1280x720.", path="/size")
