"""The typical edit with GStreamer Editing Services."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks.peers.edit import Edit, font_configuration
from benchmarks.peers.peer import Peer

PEER = Peer(
    name="GES",
    module="ges",
    variable="BENCH_GES",
    program="/usr/bin/python3",
    question=(
        "-c",
        "import gi; gi.require_version('GES', '1.0'); from gi.repository import GES; "
        "v = GES.version(); print(f'{v.major}.{v.minor}.{v.micro}')",
    ),
    install="apt-get install python3-gi gir1.2-ges-1.0 gstreamer1.0-libav "
    "gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly",
    lacks="music is not ducked",
)

_CRF = 5
"""x264enc's name for constant quality as x264 means it."""


class Ges:
    """The libraries of GStreamer, and the times of one edit in its unit."""

    def __init__(self, edit: Edit) -> None:
        gi: Any = importlib.import_module("gi")

        def library(name: str, version: str = "1.0") -> Any:
            gi.require_version(name, version)
            return importlib.import_module(f"gi.repository.{name}")

        self.gst, self.ges = library("Gst"), library("GES")
        self.pbutils, self.controller = library("GstPbutils"), library("GstController")
        self._objects = library("GObject", "2.0")
        self.gst.init(None)
        self.ges.init()
        self._rate = edit.rate

    def time(self, frames: int) -> int:
        """Nanoseconds, rounded up: a frame that begins at this moment is never counted to what is before."""
        return -(-frames * 1_000_000_000 // self._rate)

    def unsigned(self, value: int) -> Any:
        """A number that is not to be taken for a signed one."""
        return self._objects.Value(self._objects.TYPE_UINT, value)

    def add(self, layer: Any, clip: Any, start: int, end: int, first: int = 0) -> Any:
        """Show a clip from one frame of the output to another, from frame `first` of its source."""
        clip.set_start(self.time(start))
        clip.set_inpoint(self.time(first))
        clip.set_duration(self.time(end) - self.time(start))
        assert layer.add_clip(clip)
        return clip

    def add_file(self, layer: Any, path: str, start: int, end: int, first: int = 0) -> Any:
        """The same for a file."""
        return self.add(layer, self.ges.UriClip.new(Path(path).as_uri()), start, end, first)

    def ramp(self, clip: Any, kind: Any, name: str, *points: tuple[int, float]) -> None:
        """Let a property go in lines, from 0 to 1, over frames of the clip's source."""
        (element,) = [child for child in clip.get_children(False) if child.get_track_type() == kind]
        values = self.controller.InterpolationControlSource.new()
        values.props.mode = self.controller.InterpolationMode.LINEAR
        for frame, value in points:
            values.set(self.time(frame), value)
        assert element.set_control_source(values, name, "direct")


def timeline(ges: Ges, edit: Edit) -> Any:
    """From above: the title, the logo, every second clip, the other clips, and the music."""
    whole = ges.ges.Timeline.new_audio_video()
    for track in whole.get_tracks():
        video = track.props.track_type == ges.ges.TrackType.VIDEO
        picture = (
            f"video/x-raw,width={edit.width},height={edit.height},framerate={edit.rate}/1"
            ",pixel-aspect-ratio=1/1,colorimetry=bt709"
        )
        sound = "audio/x-raw,rate=48000,channels=2"
        track.set_restriction_caps(ges.gst.Caps.from_string(picture if video else sound))
    titles, logos, upper, lower, musics = (whole.append_layer() for _ in range(5))
    _add_title(ges, titles, edit)
    logo = ges.add_file(logos, edit.logo, 0, edit.total)
    place = {"posx": edit.logo_left, "posy": edit.logo_top}
    for name, value in {**place, "width": edit.logo_width, "height": edit.logo_height}.items():
        logo.set_child_property(name, value)
    for number, path in enumerate(edit.clips):
        start = edit.start(number)
        layer = upper if number % 2 else lower
        clip = ges.add_file(layer, path, start, start + edit.length, edit.in_points[number])
        _dissolve(ges, clip, edit, number)
    music = ges.add_file(musics, edit.music, 0, edit.total)
    music.set_child_property("volume", edit.music_volume)
    whole.commit()
    return whole


def _dissolve(ges: Ges, clip: Any, edit: Edit, number: int) -> None:
    """Let a clip come and go: the automatic transitions of this editor darken the picture on their way."""
    begin, end, cross = edit.in_points[number], edit.in_points[number] + edit.length, edit.crossfade
    comes = ((begin, 0.0), (begin + cross, 1.0)) if number > 0 else ((begin, 1.0),)
    goes = ((end - cross, 1.0), (end, 0.0)) if number < len(edit.clips) - 1 else ((end, 1.0),)
    # Only the upper of two clips is seen through.
    if number % 2:
        ges.ramp(clip, ges.ges.TrackType.VIDEO, "alpha", *comes, *goes)
    # A volume goes from 0 to 10, and what controls it from 0 to 1.
    loud = [(frame, value / 10) for frame, value in (*comes, *goes)]
    ges.ramp(clip, ges.ges.TrackType.AUDIO, "volume", *loud)


def _add_title(ges: Ges, layer: Any, edit: Edit) -> None:
    title = ges.ges.TitleClip.new()
    ges.add(layer, title, edit.title_start, edit.title_end)
    # Pango counts in points of 1/72 inch, 96 pixels are one inch, and this element draws for a width of 640.
    points = edit.text_size * 72 / 96 * 640 / edit.width
    title.set_child_property("font-desc", f"Roboto {points:g}")
    title.set_child_property("text", edit.text)
    title.set_child_property("draw-shadow", False)
    for name, color in (("color", 0xFFFFFFFF), ("outline-color", 0), ("foreground-color", 0)):
        title.set_child_property(name, ges.unsigned(color))
    title.set_child_property("halignment", ges.ges.TextHAlign.CENTER)
    title.set_child_property("valignment", ges.ges.TextVAlign.CENTER)
    length, fade = edit.title_end - edit.title_start, edit.title_fade
    fading = ((0, 0.0), (fade, 1.0), (length - fade, 1.0), (length, 0.0))
    ges.ramp(title, ges.ges.TrackType.VIDEO, "alpha", *fading)


def profile(ges: Ges, edit: Edit) -> Any:
    """An MP4 file with x264 and AAC."""
    caps = ges.gst.Caps.from_string
    whole = ges.pbutils.EncodingContainerProfile.new("mp4", None, caps("video/quicktime,variant=iso"), None)
    video = ges.pbutils.EncodingVideoProfile.new(
        caps("video/x-h264,profile=high"), None, caps("video/x-raw,format=I420"), 0
    )
    video.set_preset_name("x264enc")
    audio = ges.pbutils.EncodingAudioProfile.new(
        caps("audio/mpeg,mpegversion=4"), None, caps("audio/x-raw,rate=48000,channels=2"), 0
    )
    whole.add_profile(video)
    whole.add_profile(audio)
    return whole


def _set_up(edit: Edit, element: Any) -> None:
    """Give an encoder its settings as soon as it is there."""
    name = element.get_factory().get_name() if element.get_factory() else ""
    if name == "x264enc":
        element.set_property("speed-preset", edit.preset)
        element.set_property("pass", _CRF)
        element.set_property("quantizer", edit.crf)
        # Without a buffer there is no greatest bit rate.
        element.set_property("vbv-buf-capacity", 0)
        # What the element writes over the preset's own settings.
        element.set_property("key-int-max", 250)
        element.set_property("option-string", "bframes=3")
    if name.endswith("aacenc") or name == "avenc_aac":
        element.set_property("bitrate", edit.audio_kbits * 1000)


def make(edit: Edit, output: str) -> None:
    """Run the pipeline to its end."""
    os.environ["FONTCONFIG_FILE"] = str(font_configuration(edit, Path(output).parent))
    ges = Ges(edit)
    pipeline = ges.ges.Pipeline.new()
    pipeline.connect("deep-element-added", lambda _, __, element: _set_up(edit, element))
    assert pipeline.set_timeline(timeline(ges, edit))
    assert pipeline.set_render_settings(Path(output).absolute().as_uri(), profile(ges, edit))
    assert pipeline.set_mode(ges.ges.PipelineFlags.RENDER)
    pipeline.set_state(ges.gst.State.PLAYING)
    kinds = ges.gst.MessageType.EOS | ges.gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(ges.gst.CLOCK_TIME_NONE, kinds)
    pipeline.set_state(ges.gst.State.NULL)
    if message.type == ges.gst.MessageType.ERROR:
        error, details = message.parse_error()
        sys.exit(f"{error.message}\n{details}")


if __name__ == "__main__":
    make(Edit.read(Path(sys.argv[1])), sys.argv[2])
