"""`stoat captions`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from stoat_ferret import config
from stoat_ferret.captioning import caption_text
from stoat_ferret.cli.answer import Answer, printable
from stoat_ferret.cli.app import usage
from stoat_ferret.errors import RequestError
from stoat_ferret.media import files
from stoat_ferret.model.document import read_document
from stoat_ferret.placing import place_problems, publish
from stoat_ferret.signals import run_until_signalled
from stoat_ferret.sourcing import files_of
from stoat_ferret.transcripts import captions_of

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
    chosen = run_until_signalled(captions_of(document, settings, track=track, frames=frames))
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
