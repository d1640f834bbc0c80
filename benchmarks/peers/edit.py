"""The typical edit in plain numbers, as every editor can read it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from xml.sax.saxutils import escape

__all__ = ["Edit", "font_configuration"]


@dataclass(frozen=True, kw_only=True)
class Edit:
    """Clips that dissolve into one another, a title, a logo over everything, and music.

    Times are frames of the output, counted from its start unless said otherwise; places are pixels of it.
    """

    width: int
    height: int
    rate: int
    """Frames per second, of the output and of every clip."""
    clips: tuple[str, ...]
    """Paths of the sources, in order."""
    in_points: tuple[int, ...]
    """The frame of its source at which each clip starts."""
    length: int
    """Frames that are shown of each clip."""
    crossfade: int
    """Frames that a clip and the next have in common."""
    text: str
    font: str
    """Path of the title's font."""
    text_size: int
    title_start: int
    title_end: int
    """The first frame without the title."""
    title_fade: int
    """Frames in which the title comes, and goes."""
    logo: str
    logo_left: int
    logo_top: int
    logo_width: int
    logo_height: int
    music: str
    music_volume: float
    """1 leaves the music as it is."""
    preset: str
    """Of x264."""
    crf: int
    """Of x264."""
    audio_kbits: int
    """Thousands of bits per second of the AAC sound."""

    @property
    def total(self) -> int:
        """Frames of the output."""
        return len(self.clips) * self.length - (len(self.clips) - 1) * self.crossfade

    def start(self, number: int) -> int:
        """The first frame that shows clip `number`."""
        return number * (self.length - self.crossfade)

    def write(self, path: Path) -> None:
        """Keep it as JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Edit:
        """What `write` has kept."""
        fields = json.loads(path.read_text(encoding="utf-8"))
        fields.update({name: tuple(fields[name]) for name in ("clips", "in_points")})
        return cls(**fields)


def font_configuration(edit: Edit, folder: Path) -> Path:
    """Tell fontconfig where the title's font is, by the file that `FONTCONFIG_FILE` is to name."""
    path = folder / "fonts.conf"
    place = escape(str(Path(edit.font).parent))
    cache = escape(str(folder / "fonts"))
    path.write_text(
        f"<fontconfig><dir>{place}</dir><cachedir>{cache}</cachedir></fontconfig>", encoding="utf-8"
    )
    return path
