"""Looks into the library's files over HTTP: frames, strips and waveforms, measured on what they show."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from stoat_ferret.testing.measure import (
    decode_pictures,
    decode_sound,
    frame_numbers,
    picture_lag,
    psnr,
    shown_numbers,
    wrong_frames,
)
from stoat_ferret.testing.media import MediaMaker, Sound, Source, frame_times
from stoat_ferret.testing.server import Server

REAL = Path(__file__).parents[3] / "shared" / "media"
"""Real footage, in a folder beside the repository where there is one."""

NTSC = Fraction(30000, 1001)
OPUS = Sound(codec="opus")
FILMS = {
    "long-gop": Source(frames=520),
    "open-gop": Source(frames=120, rate=NTSC, codec="h264-open-gop"),
    "hevc": Source(frames=100, rate=Fraction(25), codec="hevc"),
    "variable": Source(frames=72, rate=Fraction(120), variable=True),
    "late": Source(frames=100, rate=Fraction(25), codec="mpeg2", ending="ts"),
    "late-h264": Source(frames=100, rate=Fraction(25), codec="h264-open-gop", ending="ts"),
    "streamed": Source(frames=120, rate=NTSC, codec="vp9", ending="webm", sound=OPUS, streamed=True),
    "prores": Source(frames=48, rate=Fraction(24), codec="prores", ending="mov", sound=None),
    "turned": Source(frames=30, rotation=90),
    "clear": Source(frames=30, codec="vp9", ending="webm", alpha=True, sound=None),
    "gif": Source(frames=30, rate=Fraction(10), codec="gif", ending="gif", sound=None),
}
"""Films by the names of their files; the one in a GIF has times of whole hundredths."""

TONE = 440
PATTERN = ((0.5, 1.0, 0.5), (2.0, 2.5, 0.25))
"""When it sounds and how loud: first on the left, then on the right; of three seconds."""


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """A service whose library holds what the tests look at."""

    server: Server
    root: Path
    http: httpx.Client

    def scan(self) -> None:
        job = self.http.post("videos/scan", json={"path": str(self.root), "recursive": True}).json()
        done = self.http.get(f"jobs/{job['job_id']}/wait", params={"timeout": 55}).json()
        assert "completed" == done["status"], done

    def video(self, name: str) -> dict[str, Any]:
        items = self.http.get("videos", params={"limit": 1000}).json()["items"]
        return next(item for item in items if item["filename"] == name)

    def get(self, name: str, view: str, accept: str = "image/png", **params: Any) -> httpx.Response:
        url = f"videos/{self.video(name)['id']}/{view}"
        return self.http.get(url, params=params, headers={"Accept": accept})

    def picture(self, name: str, view: str, accept: str = "image/png", **params: Any) -> Image.Image:
        answer = self.get(name, view, accept, **params)
        assert 200 == answer.status_code, answer.text
        image = Image.open(io.BytesIO(answer.content))
        assert image.format is not None
        assert answer.headers["content-type"] == f"image/{image.format.lower()}"
        return image

    def number(self, name: str, t: str, **params: Any) -> int | None:
        """The number of the frame at a time."""
        return numbers(self.picture(name, "frame", t=t, **params), 1)[0]

    def peaks(self, name: str, points: int) -> dict[str, Any]:
        answer = self.get(name, "waveform", points=points)
        assert 200 == answer.status_code, answer.text
        shape: dict[str, Any] = answer.json()
        return shape


def ffmpeg(*arguments: str | Path) -> None:
    """Run the packaged ffmpeg."""
    words = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-y", "-v", "error", *map(str, arguments)]
    subprocess.run(words, check=True)


def patterned(path: Path, *arguments: str) -> Path:
    """Three seconds of stereo that follow `PATTERN`, coded as the arguments say."""
    left, right = (f"{loud}*sin({2 * TONE}*PI*t)*between(t,{a},{b - 1e-6})" for a, b, loud in PATTERN)
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc='{left}|{right}':s=48000:d=3", *arguments, path)
    return path


def numbers(picture: Image.Image, count: int) -> list[int | None]:
    """The numbers that so many pictures side by side carry."""
    pixels = np.asarray(picture.convert("RGB").convert("L"))
    parts = np.stack(np.split(pixels, count, axis=1))
    return frame_numbers(parts, contrast=40)


def problem(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, code and place of a refusal."""
    assert "application/problem+json" == answer.headers["content-type"], answer.text
    body = answer.json()
    return answer.status_code, body["code"], body["problems"][0]["path"]


def heard(shape: dict[str, Any]) -> list[tuple[float, float, float]]:
    """From when until when a waveform is loud, in seconds, and how loud."""
    high = np.array([max(-low, high) for low, high in shape["peaks"]])
    edges = np.flatnonzero(np.diff(np.concatenate([[False], high > 0.1, [False]]).astype(int)))
    step = shape["seconds_per_point"]
    return [(a * step, b * step, float(high[a:b].max())) for a, b in edges.reshape(-1, 2)]


@pytest.fixture(scope="module")
def shelf(media: MediaMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """Give a library of films, pictures and sounds."""
    folder = tmp_path_factory.mktemp("viewing")
    root = folder / "root"
    root.mkdir()
    for name, source in FILMS.items():
        shutil.copy(media.make(source), root / f"{name}.{source.ending}")
    shutil.copy(media.make(Source(frames=30, width=640, height=360)), root / "large.mp4")
    wide = Source(frames=30, width=180, height=180, sample_aspect=Fraction(16, 9), sound=None)
    shutil.copy(media.make(wide), root / "wide.mp4")
    shutil.copy(media.make(Source(frames=1, codec="png", ending="png", sound=None)), root / "still.png")
    patterned(root / "pattern.wav")
    with Server(folder / "data", media_root=root, rate_limit="0") as server, server.client() as http:
        given = Shelf(server=server, root=root, http=http)
        given.scan()
        yield given
        assert "Traceback" not in server.log.read_text()


def moments(source: Source, lag: Fraction) -> list[Fraction]:
    """The start, both sides of key frames and of the middles between frames, odd moments, the last frame."""
    times = [time + lag for time in frame_times(source)]
    found = [Fraction(0), times[0], times[1], times[23], times[24], times[25], times[-2], times[-1]]
    for before in (0, 6, 24, len(times) - 2):
        middle = (times[before] + times[before + 1]) / 2
        found += [middle - Fraction(1, 400), middle + Fraction(1, 400)]
    found += [Fraction(text) for text in ("0.71", "0.9", "1.2345", "0.333333")]
    end = lag + source.duration
    return [moment for moment in found if moment < end]


@pytest.mark.parametrize("name", FILMS)
def test_a_frame_is_the_one_that_a_clip_begins_with(shelf: Shelf, name: str) -> None:
    """The nearest to the time, counted from the file's start, wherever that is and however it is coded."""
    source = FILMS[name]
    lag = picture_lag(shelf.root / f"{name}.{source.ending}")
    for moment in moments(source, lag):
        expected = shown_numbers(source, in_point=moment - lag, count=1, rate=source.rate)
        shown = shelf.number(f"{name}.{source.ending}", f"{float(moment):.9f}")
        assert [] == wrong_frames([shown], expected), moment


def test_after_a_long_way_the_frame_is_exact(shelf: Shelf) -> None:
    """Ten times in a film with key frames far between, backwards."""
    for number in range(515, 0, -53):
        assert number == shelf.number("long-gop.mp4", f"{number}f")


def test_a_frame_looks_as_in_a_project(shelf: Shelf, tmp_path: Path) -> None:
    """The same picture with the same colours, said or not: as near as the two ways of drawing allow."""
    colours = "testsrc2=s={size}:r=25:d=2"
    said = "scale=out_color_matrix=bt709,setparams=colorspace=bt709"
    h264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
    files = {
        "said.mp4": ("1280x720", ("-vf", said, *h264)),
        "unsaid.mp4": ("1280x720", h264),
        "small.mp4": ("320x180", h264),
        "moving.webp": ("320x180", ("-c:v", "libwebp_anim", "-lossless", "1", "-loop", "0")),
    }
    for name, (size, arguments) in files.items():
        ffmpeg("-f", "lavfi", "-i", colours.format(size=size), *arguments, shelf.root / name)
    shelf.scan()
    for name, (size, _) in files.items():
        width, height = (int(side) for side in size.split("x"))
        output = {"width": width, "height": height, "fps": 25}
        project = shelf.http.post("projects", json={"name": name, "output": output}).json()["id"]
        clip = {"op": "add_clip", "track_id": "$0", "source": shelf.video(name)["id"]}
        clip |= {"in_point": 1.2, "out_point": 2}
        edits = [{"op": "create_track", "type": "video"}, clip]
        assert 200 == shelf.http.post(f"projects/{project}/edits", json={"edits": edits}).status_code
        place = tmp_path / f"{name}.png"
        place.write_bytes(shelf.http.get(f"projects/{project}/frame", params={"t": "0"}).content)
        rendered = decode_pictures(place, colour="rgb")[0]

        def likeness(t: str, name: str = name, rendered: Any = rendered) -> float:
            shown = shelf.picture(name, "frame", t=t).convert("RGB")
            return psnr(rendered, np.asarray(shown))

        assert likeness("1.2") > 28, name
        assert likeness("1.2") > max(likeness("1.16"), likeness("1.24")) + 3, name


@pytest.mark.parametrize(
    ("name", "t", "number"),
    [
        ("long-gop.mp4", "1.5", 45),
        ("long-gop.mp4", "1.5s", 45),
        ("long-gop.mp4", "45f", 45),
        ("long-gop.mp4", "00:00:01:15", 45),
        ("open-gop.mp4", "45f", 45),
        ("open-gop.mp4", "00:00:01;15", 45),
        ("prores.mov", "00:00:01:02", 26),
        ("turned.mp4", "00:00:00:29", 29),
    ],
)
def test_times_are_written_in_three_ways(shelf: Shelf, name: str, t: str, number: int) -> None:
    """Seconds, frames of the file, and timecode, at its own rate."""
    assert number == shelf.number(name, t)


def test_a_frame_is_of_the_kind_and_size_that_is_asked_for(shelf: Shelf) -> None:
    """PNG, or JPEG by Accept; turned, with square pixels, no wider than asked for and never enlarged."""
    assert ("PNG", (640, 360)) == kind_and_size(shelf.picture("large.mp4", "frame"))
    jpeg = shelf.picture("large.mp4", "frame", "image/jpeg", t="7f", width=320)
    assert ("JPEG", (320, 180)) == kind_and_size(jpeg)
    assert [7] == numbers(jpeg, 1)
    assert (640, 360) == shelf.picture("large.mp4", "frame", width=2000).size
    assert (180, 320) == shelf.picture("turned.mp4", "frame").size
    assert (90, 160) == shelf.picture("turned.mp4", "frame", width=90).size
    assert (320, 180) == shelf.picture("wide.mp4", "frame").size
    clear = np.asarray(shelf.picture("clear.webm", "frame", t="20f"))
    assert (0, 255) == (clear[-5, 5, 3], clear[5, 5, 3])
    assert 0.4 < clear[-5, -5, 3] / 255 < 0.6
    covered = np.asarray(shelf.picture("clear.webm", "frame", "image/jpeg", t="20f"))
    assert covered[-20:, :20].max() < 16


def kind_and_size(picture: Image.Image) -> tuple[str | None, tuple[int, int]]:
    return picture.format, picture.size


def test_a_still_picture_is_the_same_at_any_time(shelf: Shelf) -> None:
    """There is no time outside of it."""
    for t in ("0", "3.5", "1000f", "00:10:00:00"):
        assert 0 == shelf.number("still.png", t)
    assert [0] * 4 == numbers(shelf.picture("still.png", "strip", count=4), 4)


def test_what_was_seen_is_not_sent_again(shelf: Shelf) -> None:
    """304 while the file is as it was, for each kind and time by itself."""
    path = shelf.root / "seen.mp4"
    shutil.copy(shelf.root / "turned.mp4", path)
    shelf.scan()
    url = f"videos/{shelf.video('seen.mp4')['id']}"

    def asked(view: str, tag: str = "", accept: str = "image/png") -> httpx.Response:
        return shelf.http.get(f"{url}/{view}", headers={"If-None-Match": tag, "Accept": accept})

    views = ("frame?t=3f", "frame?t=4f", "frame?t=3f&width=64", "strip", "waveform", "waveform?format=png")
    tags = [asked(view).headers["etag"] for view in views]
    assert len(views) == len(set(tags))
    for view, tag in zip(views, tags, strict=True):
        again = asked(view, f'"other", {tag}')
        assert (304, b"", tag) == (again.status_code, again.content, again.headers["etag"])
    assert 200 == asked(views[0], tags[1]).status_code
    assert 200 == asked(views[0], tags[0], "image/jpeg").status_code
    shutil.copy(shelf.root / "large.mp4", path)
    shelf.scan()
    anew = asked(views[0], tags[0])
    assert (200, (640, 360)) == (anew.status_code, Image.open(io.BytesIO(anew.content)).size)


@pytest.mark.parametrize("name", ["long-gop", "open-gop", "variable", "late", "streamed", "prores"])
def test_a_strip_shows_the_middles_of_equal_parts(shelf: Shelf, name: str) -> None:
    """As many pictures as asked for, each the frame that is shown at its time, also between key frames."""
    source = FILMS[name]
    file = f"{name}.{source.ending}"
    lag = picture_lag(shelf.root / file)
    for start, end, count in ((None, None, 9), ("0.5", "1.4", 6), ("20f", "30f", 5)):
        given = {key: value for key, value in (("start", start), ("end", end)) if value is not None}
        strip = shelf.picture(file, "strip", count=count, **given)
        assert ("JPEG", (160 * count, 90)) == kind_and_size(strip)
        rate = Fraction(str(shelf.video(file)["fps"])).limit_denominator(1001)
        since = Fraction(0) if start is None else in_seconds(start, rate)
        until = lag + source.duration if end is None else in_seconds(end, rate)
        for number, shown in enumerate(numbers(strip, count)):
            at = since + (until - since) * Fraction(2 * number + 1, 2 * count)
            near = [
                shown_numbers(source, in_point=at - lag + slip, count=1, rate=source.rate)[0]
                for slip in (Fraction(-1, 500), Fraction(0), Fraction(1, 500))
            ]
            assert shown in set().union(*near), (start, number)


def test_a_strip_from_late_in_a_film_is_as_right(shelf: Shelf) -> None:
    """The way there is not through all that lies before."""
    strip = shelf.picture("long-gop.mp4", "strip", count=5, start="500f", end="510f")
    assert [501, 503, 505, 507, 509] == numbers(strip, 5)


def in_seconds(text: str, rate: Fraction) -> Fraction:
    return Fraction(text[:-1]) / rate if text.endswith("f") else Fraction(text)


def test_a_strip_has_the_width_that_is_asked_for(shelf: Shelf) -> None:
    """Turned films stand; one picture is a strip as well as a hundred."""
    assert (3 * 90, 160) == shelf.picture("turned.mp4", "strip", count=3, width=90).size
    assert (320, 180) == shelf.picture("large.mp4", "strip", count=1, width=320).size
    assert (100 * 16, 9) == shelf.picture("large.mp4", "strip", count=100, width=16).size


@pytest.mark.parametrize(
    ("name", "late", "arguments"),
    [
        ("pcm.wav", 0, ()),
        ("flac.flac", 0, ("-ar", "44100")),
        ("mp3.mp3", 0, ("-c:a", "libmp3lame", "-b:a", "192k")),
        ("vorbis.ogg", 0, ("-c:a", "libvorbis", "-q:a", "6")),
        ("opus.webm", 0, ("-c:a", "libopus", "-b:a", "160k")),
        ("aac.mp4", 0, ("-c:a", "aac", "-b:a", "192k")),
        ("mono.wav", 0, ("-af", "pan=mono|c0=c0+c1", "-ar", "22050")),
        ("eight.wav", 0, ("-c:a", "pcm_u8")),
        ("shifted.mkv", 1.25, ("-c:a", "flac")),
        ("shifted.mp4", 1.25, ("-c:a", "aac", "-b:a", "192k")),
        ("shifted.ts", 1.25, ("-c:a", "mp2", "-b:a", "256k")),
    ],
)
def test_a_waveform_is_loud_where_it_sounds(
    shelf: Shelf, tmp_path: Path, name: str, late: float, arguments: tuple[str, ...]
) -> None:
    """The tones on either side are found at their times and as loud as they are, however they are coded."""
    path = shelf.root / name
    if late:
        sound = patterned(tmp_path / "sound.wav")
        picture = ("-f", "lavfi", "-i", "color=black:s=64x64:r=25:d=4.25", "-c:v", "mpeg2video")
        ffmpeg("-itsoffset", str(late), "-i", sound, *picture, *arguments, path)
    else:
        patterned(path, *arguments)
    shelf.scan()
    shape = shelf.peaks(name, points=1000)
    assert (1000, 1000) == (shape["points"], len(shape["peaks"]))
    assert pytest.approx(3 + late, abs=0.1) == shape["duration"]
    assert shape["duration"] / 1000 == shape["seconds_per_point"]
    assert (1 if name == "mono.wav" else 2) == shape["channels"]
    # Codes of few bits swell a little before and after a sound.
    slack = 0.004 if name.endswith((".wav", ".flac", ".mkv")) else 0.012
    # A transport stream begins with its picture, a little after its clock.
    expected = [(a + late, b + late, loud) for a, b, loud in PATTERN]
    found = heard(shape)
    assert len(expected) == len(found), found
    for wanted, got in zip(expected, found, strict=True):
        assert pytest.approx(wanted[0], abs=slack + shape["seconds_per_point"]) == got[0]
        assert pytest.approx(wanted[1], abs=slack + shape["seconds_per_point"]) == got[1]
        assert pytest.approx(wanted[2], rel=0.12) == got[2]


def test_a_waveform_knows_above_from_below(shelf: Shelf) -> None:
    """The lowest and the highest of all channels together; silence is nothing at all."""
    below, above = "-0.25*between(t,0.25,0.5)-0.5*between(t,1,1.0005)", "0.75*between(t,0.25,0.5)"
    ffmpeg(
        "-f", "lavfi", "-i", f"aevalsrc='{below}|{above}':s=8000:d=1.5",
        "-c:a", "pcm_f32le", shelf.root / "sides.wav",
    )  # fmt: skip
    shelf.scan()
    peaks = shelf.peaks("sides.wav", points=12)["peaks"]
    assert [[0.0, 0.0]] * 2 == peaks[:2]
    assert [-0.25, 0.75] == peaks[3]
    assert [[0.0, 0.0]] * 3 == peaks[5:8]
    assert [-0.5, 0.0] == peaks[8]
    assert [[0.0, 0.0]] * 3 == peaks[9:]


def test_fewer_samples_than_points_fill_the_whole_width(shelf: Shelf) -> None:
    """A very short sound keeps its shape: its second half is where it belongs."""
    ffmpeg(
        "-f", "lavfi", "-i", "aevalsrc='if(gte(t,0.005),0.5,0)':s=8000:d=0.01",
        "-c:a", "pcm_f32le", shelf.root / "short.wav",
    )  # fmt: skip
    shelf.scan()
    shape = shelf.peaks("short.wav", points=1000)
    high = [pair[1] for pair in shape["peaks"]]
    assert (0.0, 0.5) == (max(high[:490]), min(high[510:]))
    assert pytest.approx(0.01) == shape["duration"]


def test_a_waveform_is_drawn(shelf: Shelf) -> None:
    """One column for each part, about its middle, on nothing; as high as it is loud."""
    picture = shelf.picture("pattern.wav", "waveform", format="png", points=600, height=101)
    assert ("PNG", (600, 101)) == kind_and_size(picture)
    drawn = np.asarray(picture.convert("RGBA"))[:, :, 3] > 0
    assert drawn[50].all()
    heights = drawn.sum(axis=0)
    assert {1} == set(heights[:99]) | set(heights[202:398]) | set(heights[502:])
    assert 51 == heights[102:198].max()
    assert 26 == pytest.approx(heights[402:498].max(), abs=1)
    rows = np.flatnonzero(drawn[:, 100:200].any(axis=1))
    assert (25, 75) == (rows.min(), rows.max())
    assert (1000, 128) == shelf.picture("pattern.wav", "waveform", format="png").size


@pytest.mark.parametrize(
    ("name", "view", "params", "expected"),
    [
        ("pattern.wav", "frame", {}, (422, "source.no_picture", "/path/video_id")),
        ("pattern.wav", "strip", {}, (422, "source.no_picture", "/path/video_id")),
        ("prores.mov", "waveform", {}, (422, "source.no_sound", "/path/video_id")),
        ("prores.mov", "waveform", {"format": "png"}, (422, "source.no_sound", "/path/video_id")),
        ("still.png", "waveform", {}, (422, "source.no_sound", "/path/video_id")),
        ("prores.mov", "frame", {"t": "2"}, (422, "time.outside", "/query/t")),
        ("prores.mov", "frame", {"t": "48f"}, (422, "time.outside", "/query/t")),
        ("prores.mov", "frame", {"t": "soon"}, (422, "time.invalid", "/query/t")),
        ("prores.mov", "frame", {"t": "-1"}, (422, "time.invalid", "/query/t")),
        ("prores.mov", "frame", {"t": "00:00:00:24"}, (422, "time.invalid", "/query/t")),
        ("prores.mov", "strip", {"start": "soon"}, (422, "time.invalid", "/query/start")),
        ("prores.mov", "strip", {"end": "2.1"}, (422, "time.outside", "/query/end")),
        ("prores.mov", "strip", {"start": "1", "end": "1"}, (422, "range.empty", "/query/end")),
        ("prores.mov", "strip", {"start": "3"}, (422, "time.outside", "/query/start")),
        ("prores.mov", "strip", {"count": "101"}, (422, "request.out_of_range", "/query/count")),
        ("prores.mov", "frame", {"width": "0"}, (422, "request.out_of_range", "/query/width")),
        ("pattern.wav", "waveform", {"points": "0"}, (422, "request.out_of_range", "/query/points")),
        ("pattern.wav", "waveform", {"format": "svg"}, (422, "request.not_allowed", "/query/format")),
    ],
)
def test_what_cannot_be_seen_is_refused_by_name(
    shelf: Shelf, name: str, view: str, params: dict[str, str], expected: tuple[int, str, str]
) -> None:
    """What the file lacks, and times outside of it, at the parameter that asks for it."""
    assert expected == problem(shelf.get(name, view, **params))


def test_the_last_moment_is_inside(shelf: Shelf) -> None:
    """A time belongs to the film until its last frame has ended."""
    assert 47 == shelf.number("prores.mov", "1.999999")
    assert 519 == shelf.number("long-gop.mp4", "519f")


def test_files_that_went_away_or_changed_are_told(shelf: Shelf) -> None:
    """Unknown, vanished, written anew, and found unreadable by the scan: each by its own name."""
    path = shelf.root / "fleeting.mp4"
    shutil.copy(shelf.root / "turned.mp4", path)
    shelf.scan()
    url = f"videos/{shelf.video('fleeting.mp4')['id']}"
    views = ("frame", "strip", "waveform")

    def codes() -> set[tuple[int, str]]:
        return {problem(shelf.http.get(f"{url}/{view}"))[:2] for view in views}

    assert {200} == {shelf.http.get(f"{url}/{view}").status_code for view in views}
    tag = {"If-None-Match": shelf.http.get(f"{url}/frame").headers["etag"]}
    path.unlink()
    assert {(422, "media.missing")} == codes()
    assert (422, "media.missing") == problem(shelf.http.get(f"{url}/frame", headers=tag))[:2]
    shutil.copy(shelf.root / "large.mp4", path)
    assert {(409, "media.changed")} == codes()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    shelf.scan()
    assert {(422, "media.truncated")} == codes()
    unknown = {problem(shelf.http.get(f"videos/vid_none/{view}"))[:2] for view in views}
    assert {(404, "video.unknown")} == unknown


def test_damage_in_the_middle_is_passed_over(shelf: Shelf) -> None:
    """What is whole is seen and heard, what is not is told or shown as far as it goes; nothing falls over."""
    path = shelf.root / "damaged.mp4"
    data = bytearray((shelf.root / "open-gop.mp4").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = b"\x55" * 4000
    path.write_bytes(data)
    shelf.scan()
    assert "ready" == shelf.video("damaged.mp4")["status"]
    assert (3, 117) == (shelf.number("damaged.mp4", "3f"), shelf.number("damaged.mp4", "117f"))
    for number in range(40, 80, 5):
        assert shelf.get("damaged.mp4", "frame", t=f"{number}f").status_code in (200, 422)
    shown = numbers(shelf.picture("damaged.mp4", "strip", count=12), 12)
    assert [5, 15, 105, 115] == shown[:2] + shown[-2:]
    assert 1000 == len(shelf.peaks("damaged.mp4", points=1000)["peaks"])


def readers(server: Server) -> list[int]:
    """The processes of a service that look into files."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    tasks = children.parents[1].glob("*/children")
    pids = [int(pid) for task in tasks for pid in task.read_text().split()]
    return [pid for pid in pids if b"media.demux" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def lives(pid: int) -> bool:
    """Whether any thread of a process that was killed still ends."""
    return len(os.listdir(f"/proc/{pid}/task")) > 1 or ") Z " not in Path(f"/proc/{pid}/stat").read_text()


def test_a_reader_that_dies_meanwhile_is_no_files_fault(shelf: Shelf) -> None:
    """The next look starts another process, and answers as ever."""
    assert 5 == shelf.number("hevc.mp4", "5f")
    before = readers(shelf.server)
    assert before
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    while any(lives(pid) for pid in before):
        assert 200 == shelf.http.get("videos").status_code
    assert 6 == shelf.number("hevc.mp4", "6f")
    assert set(before).isdisjoint(readers(shelf.server))


REAL_FRAMES = {"bbb_0_30.webm": 24, "chaplin.mp4": 25, "talk.mp4": 30, "smpte-2997.mp4": 25}
"""Frames per second of real films."""


def test_real_footage(tmp_path: Path) -> None:
    """Frames of files that nobody made for this program are those that ffmpeg decodes there."""
    there = [path for path in sorted(REAL.glob("*.*")) if path.suffix != ".md"]
    root = tmp_path / "root"
    root.mkdir()
    for path in there:
        shutil.copy(path, root / path.name)
    with Server(tmp_path / "data", media_root=root, rate_limit="0") as server, server.client() as http:
        real = Shelf(server=server, root=root, http=http)
        real.scan()
        for path in there:
            video = real.video(path.name)
            if video["width"] is not None:
                strip = real.picture(path.name, "strip", count=7, width=64)
                assert 7 * 64 == strip.width
            if path.name in REAL_FRAMES:
                compare_with_ffmpeg(real, path, REAL_FRAMES[path.name], tmp_path)
            compare_sound(real, path)
        assert "Traceback" not in server.log.read_text()


def compare_with_ffmpeg(real: Shelf, path: Path, rate: int, folder: Path) -> None:
    """A frame in the middle is that one, and not one of those beside it."""
    number = int(real.video(path.name)["duration"] * rate * 0.6)
    wanted = folder / f"{path.name}.png"
    for shown in (number, 0):
        ffmpeg("-i", path, "-vf", f"select=eq(n\\,{shown}),scale=320:-2", "-frames:v", "1", wanted)
        expected = decode_pictures(wanted)[0]
        seen = real.picture(path.name, "frame", t=f"{shown}f", width=320).convert("L")
        likeness = psnr(expected, np.asarray(seen.resize(expected.shape[::-1])))
        assert likeness > 26, (path, shown)


def compare_sound(real: Shelf, path: Path) -> None:
    """The waveform has the outline of what ffmpeg decodes."""
    shape = real.peaks(path.name, points=200)
    sound = decode_sound(path)
    whole = np.zeros((round(shape["duration"] * sound.rate), shape["channels"]))
    heard_there = np.clip(sound.samples, -1, 1)[: len(whole)]
    whole[: len(heard_there)] = heard_there
    peaks = np.array(shape["peaks"])
    assert pytest.approx((whole.min(), whole.max()), abs=0.01) == (peaks.min(), peaks.max())
    parts = [np.abs(part).max() for part in np.array_split(whole, 200)]
    assert np.abs(np.abs(peaks).max(axis=1) - parts).mean() < 0.01, path
