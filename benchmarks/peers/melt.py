"""The typical edit with melt, the program of MLT."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from benchmarks.peers.edit import Edit, font_configuration
from benchmarks.peers.peer import Peer

PEER = Peer(
    name="melt",
    module="melt",
    variable="BENCH_MELT",
    program="melt",
    question=("--version",),
    install="apt-get install melt",
    python=sys.executable,
    lacks="music is not ducked",
)


def timeline(edit: Edit) -> str:
    """The edit as MLT's XML: clips in turns on two tracks, below the logo, the title and the music."""
    root = ET.Element("mlt", {"producer": "whole"})
    size = {"width": str(edit.width), "height": str(edit.height), "progressive": "1", "colorspace": "709"}
    shape = {"display_aspect_num": str(edit.width), "display_aspect_den": str(edit.height)}
    square = {"sample_aspect_num": "1", "sample_aspect_den": "1"}
    rate = {"frame_rate_num": str(edit.rate), "frame_rate_den": "1"}
    ET.SubElement(root, "profile", {**size, **shape, **square, **rate})
    tracks = [ET.Element("playlist", {"id": f"track-{side}"}) for side in range(2)]
    ends = [0, 0]
    for number, path in enumerate(edit.clips):
        _producer(root, f"clip-{number}", resource=path, mlt_service="avformat")
        side, start = number % 2, edit.start(number)
        if start > ends[side]:
            ET.SubElement(tracks[side], "blank", {"length": str(start - ends[side])})
        first = edit.in_points[number]
        _entry(tracks[side], f"clip-{number}", first, first + edit.length - 1)
        ends[side] = start + edit.length
    still = {"length": str(edit.total), "out": str(edit.total - 1)}
    _producer(root, "logo", resource=edit.logo, mlt_service="pixbuf", **still)
    _producer(
        root,
        "title",
        mlt_service="pango",
        resource="",
        text=edit.text,
        family="Roboto",
        size=str(edit.text_size),
        weight="400",
        fgcolour="#ffffffff",
        bgcolour="#00000000",
        **still,
    )
    _producer(root, "music", resource=edit.music, mlt_service="avformat")
    last = edit.total - 1
    for name, end in (("logo", last), ("title", edit.title_end - edit.title_start - 1), ("music", last)):
        track = ET.Element("playlist", {"id": f"track-{name}"})
        if name == "title" and edit.title_start:
            ET.SubElement(track, "blank", {"length": str(edit.title_start)})
        entry = _entry(track, name, 0, end)
        if name == "music":
            _properties(ET.SubElement(entry, "filter"), mlt_service="volume", gain=str(edit.music_volume))
        tracks.append(track)
    root.extend(tracks)
    whole = ET.SubElement(root, "tractor", {"id": "whole", "in": "0", "out": str(last)})
    multitrack = ET.SubElement(whole, "multitrack")
    for track in tracks:
        ET.SubElement(multitrack, "track", {"producer": track.attrib["id"]})
    _transitions(whole, edit)
    return ET.tostring(root, encoding="unicode")


def _transitions(whole: ET.Element, edit: Edit) -> None:
    for number in range(1, len(edit.clips)):
        start, sides = edit.start(number), (f"{(number + 1) % 2}", f"{number % 2}")
        _transition(whole, "luma", start, start + edit.crossfade, *sides)
        _transition(whole, "mix", start, start + edit.crossfade, *sides, start="-1")
    # Of the upper track alone the picture is shown, but no sound is heard.
    for number in range(1, len(edit.clips), 2):
        last = number == len(edit.clips) - 1
        start = edit.start(number)
        end = start + edit.length - (0 if last else edit.crossfade)
        _transition(whole, "mix", start + edit.crossfade, end, "0", "1", start="1")
    place = f"{edit.logo_left} {edit.logo_top} {edit.logo_width} {edit.logo_height} 1"
    scaled = {"geometry": place, "distort": "1", "progressive": "1"}
    _transition(whole, "composite", 0, edit.total, "0", "2", **scaled)
    full = f"0 0 {edit.width} {edit.height}"
    length, fade = edit.title_end - edit.title_start, edit.title_fade
    fading = f"0={full} 0;{fade}={full} 1;{length - fade}={full} 1;{length}={full} 0"
    centred = {"geometry": fading, "halign": "centre", "valign": "middle", "progressive": "1"}
    _transition(whole, "composite", edit.title_start, edit.title_end, "0", "3", **centred)
    _transition(whole, "mix", 0, edit.total, "0", "4", sum="1")


def _transition(
    whole: ET.Element, service: str, first: int, end: int, below: str, above: str, /, **more: str
) -> None:
    """What two tracks become together, from one frame to the one before another."""
    element = ET.SubElement(whole, "transition", {"in": str(first), "out": str(end - 1)})
    _properties(element, mlt_service=service, a_track=below, b_track=above, **more)


def _producer(root: ET.Element, name: str, **properties: str) -> None:
    out = {"out": properties.pop("out")} if "out" in properties else {}
    _properties(ET.SubElement(root, "producer", {"id": name, "in": "0", **out}), **properties)


def _entry(track: ET.Element, producer: str, first: int, last: int) -> ET.Element:
    return ET.SubElement(track, "entry", {"producer": producer, "in": str(first), "out": str(last)})


def _properties(element: ET.Element, **properties: str) -> None:
    for name, value in properties.items():
        ET.SubElement(element, "property", {"name": name}).text = value


def make(edit: Edit, output: str) -> None:
    """Become melt: nothing of this process is measured beside it."""
    project = Path(output).with_suffix(".mlt")
    project.write_text(timeline(edit), encoding="utf-8")
    encoder = [
        *["vcodec=libx264", f"preset={edit.preset}", f"crf={edit.crf}", "pix_fmt=yuv420p", "g=250", "bf=3"],
        *["acodec=aac", f"ab={edit.audio_kbits}k", "ar=48000", "channels=2", "f=mp4", "movflags=+faststart"],
    ]
    # Below zero means that no frame is dropped.
    consumer = ["-consumer", f"avformat:{output}", "real_time=-1", "terminate_on_pause=1", *encoder]
    os.environ["FONTCONFIG_FILE"] = str(font_configuration(edit, Path(output).parent))
    program = PEER.chosen
    os.execvp(program, [program, "-silent", str(project), *consumer])


if __name__ == "__main__":
    make(Edit.read(Path(sys.argv[1])), sys.argv[2])
