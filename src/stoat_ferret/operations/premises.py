"""What the service is to stand on, looked at before it starts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from stoat_ferret.config import Settings
from stoat_ferret.errors import FFmpegMissing, Problem, SettingsRefused
from stoat_ferret.media.capabilities import find_ffmpeg

__all__ = ["require"]


def require(settings: Settings) -> None:
    """Raise `SettingsRefused` with every setting that names what is not there, or cannot be used."""
    if problems := tuple(_problems(settings)):
        raise SettingsRefused(problems=problems)


def _problems(settings: Settings) -> Iterator[Problem]:
    if settings.ffmpeg is not None:
        try:
            find_ffmpeg(settings)
        except FFmpegMissing:
            yield Problem(
                code="settings.invalid",
                path="STOAT_FFMPEG",
                message=f"There is no program {settings.ffmpeg}.",
                hint="Name an ffmpeg of version 5.1 or newer, or take STOAT_FFMPEG away for the one that "
                "comes with the package.",
            )
    if settings.output_dir is not None:
        try:
            settings.output_dir.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=settings.output_dir):
                pass
        except OSError as error:
            yield Problem(
                code="settings.invalid",
                path="STOAT_OUTPUT_DIR",
                message=f"Nothing can be written to {settings.output_dir}: {error.strerror or error}.",
                hint="Name a folder that you may write to, or one that can be made.",
            )
    page = settings.gui_static_path
    if page is not None and not page.is_dir():
        yield Problem(
            code="settings.invalid",
            path="STOAT_GUI_STATIC_PATH",
            message=f"{page} is not a folder.",
            hint="Name the folder of the built page, or take STOAT_GUI_STATIC_PATH away.",
        )
