"""The typical edit with MoviePy 2."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from benchmarks.peers.edit import Edit
from benchmarks.peers.peer import Peer

PEER = Peer(
    name="MoviePy",
    module="moviepy",
    variable="BENCH_MOVIEPY",
    program=sys.executable,
    question=("-c", "import moviepy; from importlib.metadata import version; print(version('moviepy'))"),
    install="python3 -m venv /tmp/moviepy && /tmp/moviepy/bin/pip install moviepy, "
    "then BENCH_MOVIEPY=/tmp/moviepy/bin/python",
    lacks="music is not ducked",
)


def make(edit: Edit, output: str) -> None:
    """Compose frame by frame, and pipe the frames to an ffmpeg of MoviePy's own."""
    moviepy: Any = importlib.import_module("moviepy")
    effects, sounds = moviepy.vfx, moviepy.afx
    rate, cross = edit.rate, edit.crossfade / edit.rate
    layers: list[Any] = []
    for number, path in enumerate(edit.clips):
        start, length = edit.in_points[number] / rate, edit.length / rate
        clip = moviepy.VideoFileClip(path).subclipped(start, start + length)
        if number > 0:
            clip = clip.with_effects([effects.CrossFadeIn(cross), sounds.AudioFadeIn(cross)])
        if number < len(edit.clips) - 1:
            clip = clip.with_effects([sounds.AudioFadeOut(cross)])
        layers.append(clip.with_start(edit.start(number) / rate))
    # Without a margin, what lies below the base line is cut off.
    letters = {"font": edit.font, "font_size": edit.text_size, "margin": (0, edit.text_size // 2)}
    title = moviepy.TextClip(text=edit.text, color="white", **letters)
    fade = edit.title_fade / rate
    title = (
        title.with_start(edit.title_start / rate)
        .with_duration((edit.title_end - edit.title_start) / rate)
        .with_position("center")
        .with_effects([effects.CrossFadeIn(fade), effects.CrossFadeOut(fade)])
    )
    logo = moviepy.ImageClip(edit.logo).resized((edit.logo_width, edit.logo_height))
    logo = logo.with_duration(edit.total / rate).with_position((edit.logo_left, edit.logo_top))
    picture = moviepy.CompositeVideoClip([*layers, title, logo], size=(edit.width, edit.height))
    music = moviepy.AudioFileClip(edit.music).subclipped(0, edit.total / rate)
    music = music.with_effects([sounds.MultiplyVolume(edit.music_volume)])
    whole = picture.with_audio(moviepy.CompositeAudioClip([picture.audio, music]))
    whole.with_duration(edit.total / rate).write_videofile(
        output,
        fps=rate,
        codec="libx264",
        preset=edit.preset,
        audio_codec="aac",
        audio_fps=48000,
        audio_bitrate=f"{edit.audio_kbits}k",
        temp_audiofile=str(Path(output).with_suffix(".m4a")),
        pixel_format="yuv420p",
        ffmpeg_params=[
            *["-crf", str(edit.crf), "-vf", "scale=out_color_matrix=bt709:out_range=tv"],
            *["-color_range", "tv", "-colorspace", "bt709"],
            *["-color_primaries", "bt709", "-color_trc", "bt709"],
        ],
        logger=None,
    )


if __name__ == "__main__":
    make(Edit.read(Path(sys.argv[1])), sys.argv[2])
