"""`stoat cache`: what renders have kept."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from stoat_ferret import config
from stoat_ferret.caching import RenderCache
from stoat_ferret.cli.answer import FAILED, Answer, printable
from stoat_ferret.rendering import cache_folder

_MIB = 1 << 20


def measure(cache_dir: Path | None) -> Answer:
    """How much is kept."""
    cache = _cache(cache_dir)
    entries = cache.entries()
    size = sum(one.size for one in entries)
    data = {
        "folder": str(cache.folder),
        "entries": len(entries),
        "size": size,
        "limit": cache.most_bytes,
        "oldest_use": min((one.used for one in entries), default=None),
    }

    def text(out: TextIO) -> None:
        print(
            f"{len(entries)} parts, {_mib(size)} of {_mib(cache.most_bytes)}, in "
            f"{printable(str(cache.folder))}",
            file=out,
        )

    return Answer(data=data, text=text)


def prune(cache_dir: Path | None, to: int | None) -> Answer:
    """Take out what was not used for longest; `to` MiB may stay."""
    cache = _cache(cache_dir)
    data = cache.prune(None if to is None else to * _MIB)

    def text(out: TextIO) -> None:
        print(
            f"{data['removed']} parts taken out, {_mib(data['freed'])}; {data['entries']} stay, "
            f"{_mib(data['size'])}",
            file=out,
        )

    return Answer(data={"folder": str(cache.folder), **data}, text=text)


def verify(cache_dir: Path | None) -> Answer:
    """Take out what is damaged."""
    cache = _cache(cache_dir)
    data = cache.verify()

    def text(out: TextIO) -> None:
        print(f"{data['entries']} parts are whole, {_mib(data['size'])}", file=out)
        for key in data["damaged"]:
            print(f"damaged, and taken out: {key}", file=out)

    return Answer(
        data={"folder": str(cache.folder), **data}, text=text, exit_code=FAILED if data["damaged"] else 0
    )


def _cache(cache_dir: Path | None) -> RenderCache:
    settings = config.load()
    folder = cache_folder(settings) if cache_dir is None else cache_dir.absolute()
    return RenderCache(folder, most_bytes=settings.render_cache_mib * _MIB)


def _mib(size: float) -> str:
    return f"{size / _MIB:.1f} MiB"
