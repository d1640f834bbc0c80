"""`stoat look`."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from stoat_ferret import config, looking
from stoat_ferret.cli.answer import Answer, printable
from stoat_ferret.cli.app import usage
from stoat_ferret.cli.rendering import write_notices
from stoat_ferret.model.document import read_document
from stoat_ferret.model.sizes import parse_size
from stoat_ferret.signals import run_until_signalled


def look(
    project: Path,
    *,
    output: Path,
    at: str | None,
    every: str | None,
    times: str | None,
    columns: int | None,
    size: str | None,
    overwrite: bool,
) -> Answer:
    """One frame, or a contact sheet."""
    if sum(choice is not None for choice in (at, every, times)) != 1:
        raise usage(
            "Exactly one of --at, --every and --times says what to show.", hint="Try --at 1.5 or --every 2s."
        )
    settings = config.load()
    document = read_document(project)
    pixels = parse_size(size)
    if at is not None:
        work = looking.look_at(
            document, at, output=output, settings=settings, size=pixels, overwrite=overwrite
        )
    else:
        work = looking.contact_sheet(
            document,
            output=output,
            settings=settings,
            every=every,
            times=[time for time in (times or "").split(",") if time.strip()],
            columns=columns,
            size=pixels,
            overwrite=overwrite,
        )
    sight = run_until_signalled(work)

    def text(out: TextIO) -> None:
        shown = ", ".join(moment.timecode for moment in sight.moments[:8])
        more = f" and {len(sight.moments) - 8} more" if len(sight.moments) > 8 else ""
        print(f"made {printable(str(sight.output))} ({sight.width}x{sight.height}): {shown}{more}", file=out)
        write_notices(sight.to_json(), out)

    return Answer(data=sight.to_json(), text=text)
