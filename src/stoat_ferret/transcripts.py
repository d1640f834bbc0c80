"""The captions of a project as a file would have them, without a render."""

from __future__ import annotations

from stoat_ferret.config import Settings
from stoat_ferret.errors import RequestError
from stoat_ferret.model.document import Document
from stoat_ferret.model.plan import CaptionFile, Target
from stoat_ferret.rendering import prepare

__all__ = ["captions_of"]


async def captions_of(
    document: Document, settings: Settings, *, track: str | None = None, frames: str | None = None
) -> CaptionFile:
    """The captions of a track, or of the only one that has any; `frames` is a range, `START:END`.

    Raises `RequestError` with everything that is wrong with the document, the range and the track.
    """
    target = Target(format="mp4", captions="file")
    return _chosen((await prepare(document, target, settings, frames=frames)).plan.captions, track)


def _chosen(captions: tuple[CaptionFile, ...], track: str | None) -> CaptionFile:
    """The track that is meant; without a name, the only one."""
    found = [one for one in captions if track in (None, one.track)]
    if len(found) == 1:
        return found[0]
    names = tuple(one.track for one in captions)
    if not names:
        raise RequestError.because(
            "captions.no_track",
            "No track holds captions that are shown.",
            hint='Mark a text track with its language, such as "captions": "eng".',
            path="/track",
        )
    message = f"{len(names)} tracks hold captions." if track is None else f"{track!r} holds no captions."
    raise RequestError.because(
        "captions.track", message, hint="Name one of these as the track.", path="/track", allowed=names
    )
