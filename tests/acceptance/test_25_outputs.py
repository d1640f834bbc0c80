"""What can be delivered: what platforms take, pictures that move, folders of pictures, and stems."""

import json
import os
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from stoat_ferret.testing.command import Finished, Stoat
from stoat_ferret.testing.documents import clip, document, track
from stoat_ferret.testing.measure import (
    decode_pictures,
    decode_sound,
    frame_numbers,
    psnr,
    shown_numbers,
    streams,
    wrong_frames,
)
from stoat_ferret.testing.media import MediaMaker, Source


def bits_of_picture(path: Path) -> float:
    """Bits a second of the coded picture."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
        assert stream.average_rate is not None
        return float(sum(packet.size for packet in packets) * 8 * stream.average_rate / len(packets))


def film(media: MediaMaker, seconds: float = 1, **output: Any) -> dict[str, Any]:
    return document(track(clip(media.make(Source()), 0, 0, seconds)), **output)


@pytest.fixture(scope="session")
def own(shared_folder: Path) -> Path:
    """Give a folder of profiles of a user's own, one of them broken."""
    folder = shared_folder / "profiles"
    folder.mkdir(exist_ok=True)
    lobby = """
description = "The lobby"
format = "mp4"
size = "200x120"
max_fps = 30
bitrate = "200k"
audio_bitrate = "96k"
sample_rate = 44100
"""
    (folder / "lobby.toml").write_text(lobby)
    (folder / "broken.toml").write_text('description = "A"\nformat = "mp4"\nsize = "15x15"\n')
    return folder


def test_a_profile_decides_what_is_left_open(
    stoat: Stoat, own: Path, media: MediaMaker, tmp_path: Path
) -> None:
    """Size, bit rate and sample rate are the profile's, measured on the file."""
    with_own = Stoat(
        ffmpeg=stoat.environment["STOAT_FFMPEG"],
        data=Path(stoat.environment["STOAT_DATA_DIR"]),
        environment={"STOAT_PROFILES_DIR": str(own)},
    )
    out = with_own.render(film(media, 3), tmp_path / "out.mp4", profile="lobby", no_copy=True)
    picture, sound = streams(out)
    assert (200, 120, 44100) == (picture["width"], picture["height"], sound["sample_rate"])
    assert 3 * 44100 == len(decode_sound(out).samples)
    assert 140_000 < bits_of_picture(out) < 260_000
    smaller = with_own.render(
        film(media, 3), tmp_path / "less.mp4", profile="lobby", no_copy=True, bitrate="80k", size="320x180"
    )
    assert 320 == streams(smaller)[0]["width"]
    assert bits_of_picture(smaller) < 110_000


@pytest.mark.parametrize(
    ("name", "ending", "picture", "sound"),
    [
        ("web_small", "mp4", ("h264", 854, 480), ("aac", 44100)),
        ("instagram_square", "mp4", ("h264", 1080, 1080), ("aac", 48000)),
        ("podcast_audio", "mp3", None, ("mp3", 44100)),
    ],
)
def test_profiles_of_the_package(
    stoat: Stoat, media: MediaMaker, tmp_path: Path, name: str, ending: str, picture: Any, sound: Any
) -> None:
    """What the data says comes out, with sound exact to the sample."""
    quick = {"preset": "ultrafast"} if picture else {}
    out = stoat.render(film(media), tmp_path / f"out.{ending}", profile=name, **quick)
    found = {stream["type"]: stream for stream in streams(out)}
    if picture:
        assert picture == (found["video"]["codec"], found["video"]["width"], found["video"]["height"])
    assert sound[0] in found["audio"]["codec"] and sound[1] == found["audio"]["sample_rate"]
    assert sound[1] == len(decode_sound(out).samples)


def test_another_shape_is_told(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Before anything is rendered: what is fitted into it has bars; the same shape is no matter."""
    project = tmp_path / "film.project.json"
    for size, profile, told in (
        ({}, "tiktok", ["target.shape"]),
        ({"width": 180, "height": 320}, "tiktok", []),
        ({}, "web_small", []),
        ({}, "podcast_audio", []),
    ):
        project.write_text(json.dumps(film(media, **size)))
        plan = bundled_stoat.run("plan", str(project), "--profile", profile, "--json").answer
        notices = [one for one in plan["notices"] if one["code"].startswith("target.")]
        assert told == [one["code"] for one in notices], (size, profile, notices)


@pytest.mark.parametrize(
    ("ending", "rate", "told"),
    [("webm", 44100, 48000), ("mp4", 12345, 16000), ("mp4", 44100, 0), ("wav", 12345, 0)],
)
def test_another_sample_rate_is_told(
    bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path, ending: str, rate: int, told: int
) -> None:
    """Where the format has no sound like that, and only there."""
    project = tmp_path / "film.project.json"
    project.write_text(json.dumps(film(media, sample_rate=rate)))
    plan = bundled_stoat.run("plan", str(project), "--format", ending, "--json").answer
    notices = [one["message"] for one in plan["notices"] if one["code"] == "target.sample_rate"]
    assert bool(told) == bool(notices)
    assert all(f"made with {told}" in message for message in notices)


def test_profiles_that_cannot_be_followed(
    bundled_stoat: Stoat, own: Path, media: MediaMaker, tmp_path: Path
) -> None:
    """Unknown, broken and contradicted ones are refused by name, with what would do."""
    with_own = Stoat(
        ffmpeg=bundled_stoat.environment["STOAT_FFMPEG"],
        data=Path(bundled_stoat.environment["STOAT_DATA_DIR"]),
        environment={"STOAT_PROFILES_DIR": str(own)},
    )

    def refused(made: dict[str, Any], to: str, **options: Any) -> dict[str, Any]:
        done = with_own.try_render(made, tmp_path / to, **options)
        assert (2, False) == (done.code, (tmp_path / to).exists()), done.output
        (problem, *_) = done.problems
        return problem

    unknown = refused(film(media), "a.mp4", profile="youtube_1081p")
    assert ("profile.unknown", "youtube_1080p") == (unknown["code"], unknown["allowed"][0])
    assert "youtube_1080p" in unknown["hint"]
    broken = refused(film(media), "a.mp4", profile="broken")
    assert "profile.invalid" == broken["code"] and "size" in broken["message"]
    assert str(own) not in broken["message"]
    assert "profile.format" == refused(film(media), "a.webm", profile="lobby")["code"]
    assert "profile.format" == refused(film(media), "%05d.png", profile="lobby")["code"]
    assert "profile.rate" == refused(film(media, fps=60), "a.mp4", profile="lobby")["code"]
    # Where another format is asked for in so many words, the codec and the bit rates are that format's.
    out = with_own.render(film(media), tmp_path / "b.webm", profile="lobby", format="webm", quality="draft")
    assert ("vp9", 200) == (streams(out)[0]["codec"], streams(out)[0]["width"])
    planned = with_own.run(
        "plan", str(tmp_path / "b.webm.project.json"), "--profile", "podcast_audio", "--json"
    )
    assert "mp3" == planned.answer["format"], json.dumps(planned.answer)[:500]


def moving(path: Path) -> tuple[list[float], int, list[np.ndarray[Any, Any]]]:
    """Seconds at which each picture begins, and the last one ends; how often all plays; the pictures."""
    starts, pictures = [0.0], []
    with Image.open(path) as opened:
        for number in range(getattr(opened, "n_frames", 1)):
            opened.seek(number)
            opened.load()
            starts.append(starts[-1] + opened.info.get("duration", 0) / 1000)
            pictures.append(np.asarray(opened.convert("RGB")))
        return starts, opened.info.get("loop", -1), pictures


def still(path: Path, seed: int, *, at: float) -> dict[str, Any]:
    """A second of a picture with soft colours, as photos have them."""
    rough = np.random.default_rng(seed).integers(0, 256, (4, 6, 3), np.uint8)
    Image.fromarray(rough).resize((320, 180), Image.Resampling.BICUBIC).save(path)
    return {"source": str(path), "timeline_start": at, "out_point": 1}


def red(seconds: float, **output: Any) -> dict[str, Any]:
    return document(
        track(
            {"source": {"generator": "color", "color": "#c80000"}, "timeline_start": 0, "out_point": seconds}
        ),
        **output,
    )


@pytest.mark.parametrize("ending", ["gif", "webp"])
def test_pictures_that_move(stoat: Stoat, media: MediaMaker, tmp_path: Path, ending: str) -> None:
    """Every frame is there, at its time, for ever and ever; several spans are no matter."""
    out = stoat.render(film(media, 2.9, fps=12), tmp_path / f"out.{ending}")
    starts, loops, pictures = moving(out)
    grey = np.stack([picture.mean(axis=2) for picture in pictures])
    expected = shown_numbers(Source(), in_point=Fraction(0), count=35, rate=Fraction(12))
    assert (35, 0) == (len(pictures), loops)
    assert [] == wrong_frames(frame_numbers(grey), expected)
    assert [pytest.approx(number / 12, abs=0.0051) for number in range(35)] == starts[:-1]
    # A GIF counts in hundredths of a second, and rounds up to one in the end.
    assert pytest.approx(35 / 12, abs=0.0101) == starts[-1]


@pytest.mark.parametrize(("ending", "off"), [("gif", 6), ("webp", 8)])
def test_colours_of_pictures_that_move(stoat: Stoat, tmp_path: Path, ending: str, off: int) -> None:
    """Red is the red that was asked for: the file's own colour matrix is minded."""
    out = stoat.render(red(0.5, fps=10), tmp_path / f"out.{ending}")
    _, _, pictures = moving(out)
    assert np.abs(pictures[0].astype(int) - [200, 0, 0]).max() <= off, pictures[0][0, 0]


def test_a_gif_has_the_colours_of_its_film(
    stoat: Stoat, media: MediaMaker, tmp_path: Path, record_property: Any
) -> None:
    """A palette of the film's own is far nearer to it than the one that ffmpeg takes for all."""
    made = document(track(*(still(tmp_path / f"{seed}.png", seed, at=seed) for seed in range(2))), fps=10)
    exact = decode_pictures(stoat.render(made, tmp_path / "out.mkv"), colour="rgb")
    own = decode_pictures(stoat.render(made, tmp_path / "out.gif"), colour="rgb")
    plain = tmp_path / "plain.gif"
    subprocess.run(
        [stoat.environment["STOAT_FFMPEG"], "-v", "error", "-i", tmp_path / "out.mkv", plain], check=True
    )
    likeness = psnr(exact, own), psnr(exact, decode_pictures(plain, colour="rgb"))
    record_property("psnr", likeness)
    assert likeness[0] > likeness[1] + 6, likeness


def test_a_webp_keeps_what_it_is_asked_to(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """More quality is more like the film; no lossless mode, and no more frames than browsers show."""
    made = film(media, 0.5, fps=10)
    exact = decode_pictures(bundled_stoat.render(made, tmp_path / "out.mkv"), colour="rgb")
    likeness = []
    for quality in ("draft", "high"):
        out = bundled_stoat.render(made, tmp_path / f"{quality}.webp", quality=quality)
        likeness.append(psnr(exact, np.stack(moving(out)[2])))
    assert sorted(set(likeness)) == likeness and likeness[0] > 25
    for asked, options, code in (
        (made, {"quality": "lossless"}, "target.quality"),
        (film(media, 1, fps=100), {}, "target.rate"),
        (film(media, 1, fps=10), {"crf": 101}, "target.option"),
    ):
        done = bundled_stoat.try_render(asked, tmp_path / "no.webp", **options)
        assert (2, [code]) == (done.code, [problem["code"] for problem in done.problems])


def test_a_webp_that_stands_still(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """Frames that are alike are one picture; what changes late is there at its time."""
    assert 1 == len(moving(bundled_stoat.render(red(1), tmp_path / "still.webp"))[2])
    blue = {"source": {"generator": "color", "color": "blue"}, "timeline_start": 1.5, "out_point": 0.5}
    made = red(1.5)
    made["tracks"][0]["clips"].append(blue)
    starts, _, pictures = moving(bundled_stoat.render(made, tmp_path / "late.webp"))
    assert 2 == len(pictures)
    assert [pytest.approx(1.5, abs=0.002), pytest.approx(2, abs=0.002)] == starts[1:]


def shown(folder: Path, colour: str = "L") -> np.ndarray[Any, Any]:
    """The pictures of a folder in order of their names."""
    pictures = []
    for file in sorted(folder.iterdir()):
        with Image.open(file) as opened:
            pictures.append(np.asarray(opened.convert(colour)))
    return np.stack(pictures)


def render_to(stoat: Stoat, made: dict[str, Any], to: Path, **options: Any) -> Finished:
    """Render to a name that is none of one file."""
    project = next(folder for folder in to.parents if folder.name.startswith("test_")) / "film.project.json"
    project.write_text(json.dumps(made))
    words = [word for name, value in options.items() for word in (f"--{name}", value) if word is not True]
    return stoat.run("render", str(project), "-o", str(to), "--json", *words)


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "tiff"])
def test_a_folder_of_pictures(stoat: Stoat, media: MediaMaker, tmp_path: Path, ending: str) -> None:
    """A file for each frame, numbered from 0, of the size and colours that were asked for."""
    # Of a folder's name nothing stands for a number.
    folder = tmp_path / "100%d" / "frames"
    folder.parent.mkdir()
    made = red(0.5, fps=12)
    made["tracks"][0]["clips"].append(clip(media.make(Source()), 0.5, 0, 2.5))
    done = render_to(stoat, made, folder / f"shot-%04d.{ending}")
    assert 0 == done.code, done.output
    assert [f"shot-{number:04}.{ending}" for number in range(36)] == sorted(os.listdir(folder))
    assert ["frames"] == os.listdir(folder.parent)
    assert (36, 180, 320) == shown(folder).shape
    expected = shown_numbers(Source(), in_point=Fraction(0), count=30, rate=Fraction(12))
    assert [] == wrong_frames(frame_numbers(shown(folder)[6:]), expected)
    colour = shown(folder, "RGB")[:6].astype(int)
    assert np.abs(colour - [200, 0, 0]).max() <= 8, colour[0, 0, 0]
    assert sum(path.stat().st_size for path in folder.iterdir()) == done.answer["size"]


def test_folders_of_pictures_are_complete_or_as_before(
    bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path
) -> None:
    """What is there is replaced when that is asked for, where it has nothing but such pictures."""
    folder = tmp_path / "frames"
    out = folder / "%03d.png"
    folder.mkdir()
    made = film(media, 1, fps=10)

    def refused(code: str, to: Path = out, **options: Any) -> None:
        before = sorted(path.name for path in folder.iterdir())
        done = render_to(bundled_stoat, made, to, **options)
        assert (2, [code]) == (done.code, [problem["code"] for problem in done.problems]), done.output
        assert before == sorted(path.name for path in folder.iterdir())

    assert 0 == render_to(bundled_stoat, made, out).code
    assert 10 == len(os.listdir(folder))
    refused("output.exists")
    made = film(media, 0.5, fps=10)
    assert 0 == render_to(bundled_stoat, made, out, overwrite=True).code
    assert [f"{number:03}.png" for number in range(5)] == sorted(os.listdir(folder))
    assert ["film.project.json", "frames"] == sorted(os.listdir(tmp_path))
    refused("output.folder_has_others", folder / "%03d.jpg", overwrite=True)
    (folder / "notes.txt").write_text("mine")
    refused("output.folder_has_others", overwrite=True)
    made = film(media, 1.1, fps=10)
    refused("output.too_few_digits", tmp_path / "other" / "%01d.png")
    refused("output.folder_missing", tmp_path / "no" / "frames" / "%03d.png")
    refused("target.option", tmp_path / "other" / "%03d.png", crf="5")


def voices(**more: Any) -> dict[str, Any]:
    """Three tracks that are heard, one that is muted, one that is seen alone, none too loud."""

    def tone(name: str, frequency: int, at: float, until: float, **more: Any) -> dict[str, Any]:
        source = {"generator": "tone", "frequency": frequency}
        once = {"source": source, "timeline_start": at, "out_point": until - at}
        return track(once, type="audio", id=name, volume=0.2, **more)

    return document(
        track({"source": {"generator": "color", "color": "red"}, "timeline_start": 0, "out_point": 2.5}),
        tone("music", 220, 0, 2, **more),
        tone("voice", 440, 0.5, 1.5),
        tone("a/b", 880, 1, 2.5),
        tone("off", 660, 0, 2, muted=True),
    )


@pytest.mark.parametrize("ending", ["wav", "flac"])
@pytest.mark.parametrize("ducked", [False, True], ids=["plain", "ducked"])
def test_stems_are_the_mix_in_parts(stoat: Stoat, tmp_path: Path, ending: str, ducked: bool) -> None:
    """A file for each track that is heard, as long as the mix, which is their sum to 16 bits."""
    ducking = {"ducking": {"under": ["voice"]}} if ducked else {}
    stoat.render(voices(**ducking), tmp_path / f"mix.{ending}", stems=True, range="0.25:2.45")
    parts = {path.name: decode_sound(path).samples for path in tmp_path.glob(f"mix.*.{ending}")}
    assert [f"mix.{name}.{ending}" for name in ("a_b", "music", "voice")] == sorted(parts)
    mix = decode_sound(tmp_path / f"mix.{ending}").samples
    assert {mix.shape} == {part.shape for part in parts.values()} and round(2.2 * 48000) == len(mix)
    assert all(np.abs(part).max() > 0.01 for part in parts.values())
    assert np.abs(sum(parts.values()) - mix).max() <= 4 / 32768
    music = parts[f"mix.music.{ending}"]
    alone, beside = (np.abs(music[int(at * 48000) :][:4800]).max() for at in (0.1, 1.0))
    assert ducked == (beside < 0.8 * alone), (alone, beside)


def test_stems_that_cannot_be_made(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """Formats that change the sound are refused, and names that are taken, before anything is made."""
    for name, code in (
        ("mix.mp4", "stems.format"),
        ("mix.m4a", "stems.format"),
        ("mix.wav", "output.exists"),
    ):
        (tmp_path / "mix.voice.wav").write_bytes(b"mine")
        done = bundled_stoat.try_render(voices(), tmp_path / name, stems=True)
        assert (2, [code]) == (done.code, [problem["code"] for problem in done.problems])
        assert not (tmp_path / name).exists()
    assert b"mine" == (tmp_path / "mix.voice.wav").read_bytes()
    explained = bundled_stoat.try_render(voices(), tmp_path / "other.wav", stems=True, explain=True)
    assert (2, "usage") == (explained.code, explained.problems[0]["code"])


@pytest.mark.parametrize("playlist", ["index.m3u8", "film.mpd"])
def test_a_package_of_segments(stoat: Stoat, media: MediaMaker, tmp_path: Path, playlist: str) -> None:
    """HLS and DASH name the same segments of 4 to 6 s; together they are the film, frame by frame."""
    folder = tmp_path / "100%d"
    made = document(track(*(clip(media.make(Source()), at, 0, 3) for at in (0, 3, 6, 9))))
    done = render_to(stoat, made, folder / playlist)
    assert 0 == done.code, done.output
    name = playlist.partition(".")[0]
    names = set(os.listdir(folder))
    assert {f"{name}.m3u8", f"{name}.mpd", "media_0.m3u8", "media_1.m3u8", "init-0.m4s", "init-1.m4s"} < names
    told = (folder / "media_0.m3u8").read_text().splitlines()
    assert not any("DATE-TIME" in line for line in told)
    seconds = [float(line[8:].partition(",")[0]) for line in told if line.startswith("#EXTINF:")]
    assert 12 == pytest.approx(sum(seconds), abs=0.001) and all(3.9 < one < 6.1 for one in seconds[:-1])
    assert {line for line in told if line.endswith(".m4s")} < names
    pictures = decode_pictures(folder / f"{name}.m3u8")
    assert [*range(90)] * 4 == frame_numbers(pictures)
    assert 12 * 48000 <= len(decode_sound(folder / f"{name}.m3u8").samples) < 12 * 48000 + 1024
    again = render_to(stoat, made, folder / playlist)
    assert (2, "output.exists") == (again.code, again.problems[0]["code"])


def test_a_package_of_one_segment(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """As any other; and no folder takes the name of a file."""
    made = film(media, 1.5)
    done = render_to(stoat, made, tmp_path / "short" / "index.m3u8")
    assert 0 == done.code, done.output
    assert [*range(45)] == frame_numbers(decode_pictures(tmp_path / "short" / "index.m3u8"))
    (tmp_path / "taken").write_text("mine")
    for name in ("index.m3u8", "%05d.png"):
        refused = render_to(stoat, made, tmp_path / "taken" / name, overwrite=True)
        assert (2, "output.not_a_folder") == (refused.code, refused.problems[0]["code"])
    asked = render_to(stoat, made, tmp_path / "film.mp4", format="stream")
    assert (2, "output.format", True) == (
        asked.code,
        asked.problems[0]["code"],
        "film/index.m3u8" in asked.problems[0]["hint"],
    )
