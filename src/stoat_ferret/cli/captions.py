"""`stoat captions`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from stoat_ferret import config, rendering
from stoat_ferret.captioning import caption_text
from stoat_ferret.cli.answer import Answer, printable
from stoat_ferret.cli.app import usage
from stoat_ferret.errors import RequestError
from stoat_ferret.media import files
from stoat_ferret.model.document import read_document
from stoat_ferret.model.plan import CaptionFile, Target
from stoat_ferret.placing import place_problems, publish
from stoat_ferret.signals import run_until_signalled
from stoat_ferret.sourcing import files_of

ENDINGS = (".srt", ".vtt")


def write(project: Path, *, output: Path, track: str | None, frames: str | None, overwrite: bool) -> Answer:
    """Write the captions of a track to a file."""
    settings = config.load()
    document = read_document(project)
    output = Path(os.path.abspath(output))
    if output.suffix.lower() not in ENDINGS:
        raise usage(
            f"{output.name} is no file of captions.", hint="Let it end in .srt or .vtt.", path="/output"
        )
    if problems := place_problems(output, overwrite=overwrite, sources=files_of(document, settings)):
        raise RequestError(problems=tuple(problems))
    target = Target(format="mp4", captions="file")
    plan = run_until_signalled(rendering.prepare(document, target, settings, frames=frames)).plan
    chosen = _chosen(plan.captions, track)
    with files.written(output), tempfile.TemporaryDirectory(prefix=".stoat-", dir=output.parent) as folder:
        made = Path(folder) / output.name
        made.write_text(caption_text(output, chosen), encoding="utf-8")
        publish(made, output, overwrite=overwrite)
    data = {
        "output": str(output),
        "track": chosen.track,
        "language": chosen.language,
        "captions": len(chosen.cues),
    }
    count = len(chosen.cues)
    said = f"{count} caption" if count == 1 else f"{count} captions"
    told = f"made {printable(str(output))}: {said} of {printable(chosen.track)}"
    return Answer(data=data, text=lambda out: print(told, file=out))


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
        "captions.track", message, hint="Choose one with --track.", path="/track", allowed=names
    )
