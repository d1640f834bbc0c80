"""Show where effects differ from the pictures that define them, and ask before one changes: `make golden`.

A difference is shown as a picture in out/golden: what defines it, what it is now,
and eight times the difference.
The exit code is 1 while anything differs that was not accepted.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from PIL import Image
from seeing import AS_PINNED, CASES, GOLDEN, Picture, Seer, difference, golden, side_by_side

SHOWN = Path("out/golden")


def main() -> int:
    """Go through the cases that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="cases; all of them by default")
    parser.add_argument("--accept", action="store_true", help="take what differs without asking")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in CASES]
    if unknown:
        parser.error(f"there is no case {', '.join(unknown)}; hint: {', '.join(CASES)}")
    seer = Seer(Path(imageio_ffmpeg.get_ffmpeg_exe()), SHOWN)
    left = 0
    GOLDEN.mkdir(exist_ok=True)
    for name in given.names or CASES:
        seen, defined = seer.seen(CASES[name]), golden(name)
        if defined is not None:
            found = difference(defined, seen)
            if found.levels <= AS_PINNED:
                continue
            print(f"{name}: up to {found.levels} levels differ, similarity {found.similarity:.4f}", end=" ")
        else:
            print(f"{name}: nothing defines it yet", end=" ")
        place = _show(name, defined, seen)
        print(f"-> {place}")
        if given.accept or _agreed():
            Image.fromarray(seen).save(GOLDEN / f"{name}.png", optimize=True)
        else:
            left += 1
    if not given.names:
        left += _without_case()
    return 1 if left else 0


def _without_case() -> int:
    """Pictures that define nothing any more."""
    lost = [path.name for path in GOLDEN.glob("*.png") if path.stem not in CASES]
    for name in lost:
        print(f"{name}: there is no such case; hint: remove the picture")
    return len(lost)


def _show(name: str, defined: Picture | None, seen: Picture) -> Path:
    """Write what there is to see, and say where."""
    pictures = [seen] if defined is None else [defined, seen]
    if defined is not None and defined.shape == seen.shape:
        off = np.abs(defined.astype(int) - seen.astype(int)) * 8
        pictures.append(np.clip(off, 0, 255).astype(np.uint8))
    SHOWN.mkdir(parents=True, exist_ok=True)
    place = SHOWN / f"{name}.png"
    Image.fromarray(side_by_side(pictures)).save(place)
    return place


def _agreed() -> bool:
    """Whether a person says yes; where there is none, nothing changes."""
    if not sys.stdin.isatty():
        return False
    return input("Take it as the definition? [y/N] ").strip().lower() in ("y", "yes")


if __name__ == "__main__":
    sys.exit(main())
