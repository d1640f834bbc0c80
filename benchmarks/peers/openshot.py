"""The typical edit with libopenshot."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from benchmarks.peers.edit import Edit
from benchmarks.peers.peer import Peer

PEER = Peer(
    name="libopenshot",
    module="openshot",
    variable="BENCH_OPENSHOT",
    program="/usr/bin/python3",
    question=("-c", "import openshot; print(openshot.OPENSHOT_VERSION_FULL)"),
    install="apt-get install python3-openshot",
    lacks="music is not ducked, no B-frames, colours as in BT.601",
)


class Openshot:
    """The library, one timeline, and whatever Python must keep alive for both."""

    def __init__(self, edit: Edit) -> None:
        self.library: Any = importlib.import_module("openshot")
        self._edit = edit
        self._kept: list[Any] = []
        fraction = self.library.Fraction(edit.rate, 1)
        self.timeline = self.library.Timeline(
            edit.width, edit.height, fraction, 48000, 2, self.library.LAYOUT_STEREO
        )

    def add(self, reader: Any, layer: int, start: int, length: int, first: int = 0) -> Any:
        """Show `length` frames of a source, from its frame `first`, at frame `start` of the output."""
        rate = self._edit.rate
        clip = self.library.Clip(reader)
        clip.Layer(layer)
        clip.Position(start / rate)
        clip.Start(first / rate)
        clip.End((first + length) / rate)
        self._kept += [reader, clip]
        return clip

    def ramp(self, *points: tuple[int, float]) -> Any:
        """A value that goes in lines from frame to frame; frames count from 1 in a clip's source."""
        frames = self.library.Keyframe()
        for frame, value in points:
            frames.AddPoint(self.library.Point(frame + 1, value, self.library.LINEAR))
        self._kept.append(frames)
        return frames

    def place(self, clip: Any) -> None:
        """Show a clip once it is as it should be."""
        self.timeline.AddClip(clip)


def compose(edit: Edit) -> Openshot:
    """The whole edit."""
    made = Openshot(edit)
    library, cross, length = made.library, edit.crossfade, edit.length
    for number, path in enumerate(edit.clips):
        first = edit.in_points[number]
        clip = made.add(library.FFmpegReader(path), number, edit.start(number), length, first)
        loud = []
        if number > 0:
            # The clip comes over the one below, which stays as it is.
            clip.alpha = made.ramp((first, 0.0), (first + cross, 1.0))
            loud += [(first, 0.0), (first + cross, 1.0)]
        if number < len(edit.clips) - 1:
            loud += [(first + length - cross, 1.0), (first + length, 0.0)]
        clip.volume = made.ramp(*loud)
        made.place(clip)
    logo = made.add(library.QtImageReader(edit.logo), 20, 0, edit.total)
    logo.gravity = library.GRAVITY_TOP_LEFT
    logo.scale = library.SCALE_FIT
    # A logo that fits the picture is as wide as the picture.
    logo.scale_x = library.Keyframe(edit.logo_width / edit.width)
    logo.scale_y = library.Keyframe(edit.logo_width / edit.width)
    logo.location_x = library.Keyframe(edit.logo_left / edit.width)
    logo.location_y = library.Keyframe(edit.logo_top / edit.height)
    made.place(logo)
    shown = edit.title_end - edit.title_start
    title = made.add(_title(library, edit), 30, edit.title_start, shown)
    fade = edit.title_fade
    title.alpha = made.ramp((0, 0.0), (fade, 1.0), (shown - fade, 1.0), (shown, 0.0))
    made.place(title)
    music = made.add(library.FFmpegReader(edit.music), 0, 0, edit.total)
    music.volume = library.Keyframe(edit.music_volume)
    made.place(music)
    return made


def _title(library: Any, edit: Edit) -> Any:
    place = (edit.width, edit.height, 0, 0, library.GRAVITY_CENTER)
    return library.TextReader(*place, edit.text, edit.font, float(edit.text_size), "white", "transparent")


def make(edit: Edit, output: str) -> None:
    """Write frame after frame."""
    made = compose(edit)
    library = made.library
    writer = library.FFmpegWriter(output)
    one = library.Fraction(1, 1)
    bits = edit.audio_kbits * 1000
    writer.SetAudioOptions(True, "aac", 48000, 2, library.LAYOUT_STEREO, bits)
    rate = library.Fraction(edit.rate, 1)
    writer.SetVideoOptions(True, "libx264", rate, edit.width, edit.height, one, False, False, 0)
    writer.PrepareStreams()
    # As x264 has it where nothing is said: this library says otherwise.
    writer.SetOption(library.VIDEO_STREAM, "g", "250")
    writer.SetOption(library.VIDEO_STREAM, "preset", edit.preset)
    writer.SetOption(library.VIDEO_STREAM, "crf", str(edit.crf))
    made.timeline.Open()
    writer.Open()
    writer.WriteFrame(made.timeline, 1, edit.total)
    writer.Close()
    made.timeline.Close()


if __name__ == "__main__":
    make(Edit.read(Path(sys.argv[1])), sys.argv[2])
