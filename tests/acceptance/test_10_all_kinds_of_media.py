"""What people have on their disks: turned, squeezed, HDR, deep, still, mono, surround, without a duration."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageOps

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import Document, clip, document, track
from stoat_ferret.testing.measure import (
    beeps,
    contained,
    decode_pictures,
    decode_sound,
    flashes,
    frame_numbers,
    level,
    peak,
    picture_times,
    psnr,
    shown_numbers,
    streams,
    wrong_frames,
)
from stoat_ferret.testing.media import MediaMaker, Sound, Source

REAL_MEDIA = Path(__file__).parents[2].parent / "shared" / "media"
"""Footage that nobody made for this project; where it lies beside the repository, it is tried as well."""


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_turned_footage(stoat: Stoat, media: MediaMaker, tmp_path: Path, rotation: int) -> None:
    """Footage of a turned phone stands upright and fills a picture of its own shape."""
    path = media.make(Source(rotation=rotation, first=50))
    width, height = (320, 180) if rotation == 180 else (180, 320)
    made = document(track(clip(path, 0, 0.5, 2)), width=width, height=height)
    pictures = decode_pictures(stoat.render(made, tmp_path / "out.mp4"))
    assert (45, height, width) == pictures.shape
    assert [*range(65, 110)] == frame_numbers(pictures)
    assert [15] == flashes(pictures)


@pytest.mark.parametrize(("width", "aspect"), [(240, Fraction(4, 3)), (480, Fraction(2, 3))])
def test_anamorphic(stoat: Stoat, media: MediaMaker, tmp_path: Path, width: int, aspect: Fraction) -> None:
    """Squeezed and stretched footage is shown in its true shape, from edge to edge."""
    path = media.make(Source(width=width, sample_aspect=aspect, first=50))
    out = stoat.render(document(track(clip(path, 0, Fraction(31, 30), 2))), tmp_path / "out.mp4")
    pictures = decode_pictures(out)
    assert [*range(81, 110)] == frame_numbers(pictures)
    assert pictures[:, 90:, :6].mean() > 40
    assert pictures[:, 90:, -6:].mean() > 40
    assert streams(out)[0]["sample_aspect"] in {None, 0, 1}


def test_anamorphic_and_turned(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A squeezed picture that is turned as well keeps its true shape: 16 to 9 becomes 9 to 16."""
    path = media.make(Source(width=240, sample_aspect=Fraction(4, 3), rotation=90, first=50))
    out = bundled_stoat.render(document(track(clip(path, 0, 0, 1))), tmp_path / "out.mp4")
    assert [*range(50, 80)] == frame_numbers(decode_pictures(out), contained(9, 16))


@pytest.mark.parametrize("transfer", ["pq", "hlg"])
def test_hdr_becomes_sdr(stoat: Stoat, media: MediaMaker, tmp_path: Path, transfer: str) -> None:
    """HDR footage gets the tones of SDR: white is bright, black is black, and the file says SDR."""
    source = Source(codec="hevc", transfer="pq" if transfer == "pq" else "hlg", tint=(110, 150))
    out = stoat.render(document(track(clip(media.make(source), 0, 0, 2))), tmp_path / "out.mp4")
    pictures = decode_pictures(out)
    assert [*range(60)] == frame_numbers(pictures)
    # In the first frame the first block is black above white.
    assert pictures[0, 10:25, 4:16].mean() < 30
    assert pictures[0, 38:55, 4:16].mean() > 175
    with av.open(str(out)) as container:
        first = next(container.decode(video=0))
        assert first.color_trc in {1, 2, 6, 13}
        assert first.color_primaries in {1, 2, 5, 6}
        assert first.colorspace in {1, 2, 5, 6}
        assert "10" not in first.format.name


def test_hdr_beside_sdr(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """HDR, SDR and an untagged picture follow one another in one file."""
    hdr = media.make(Source(codec="hevc", transfer="pq"))
    plain = media.make(Source(codec="gif", ending="gif", rate=Fraction(10), frames=20, first=200, sound=None))
    clips = [clip(hdr, 0, 0, 0.5), clip(media.make(Source()), 0.5, 0.5, 1), clip(plain, 1, 0, 0.5)]
    numbers = frame_numbers(decode_pictures(stoat.render(document(track(*clips)), tmp_path / "out.mp4")))
    assert [*range(30)] == numbers[:30]
    assert [] == wrong_frames(numbers[30:], shown_numbers_of_gif(plain_first=200, count=15))


def shown_numbers_of_gif(plain_first: int, count: int) -> list[set[int]]:
    """Say what a picture of ten frames a second shows at thirty."""
    source = Source(codec="gif", ending="gif", rate=Fraction(10), frames=20, first=plain_first, sound=None)
    return shown_numbers(source, in_point=Fraction(0), count=count, rate=Fraction(30))


@pytest.mark.parametrize(
    "source",
    [Source(codec="hevc", ten_bit=True), Source(codec="prores", ending="mov", sound=Sound(codec="pcm"))],
    ids=["hevc", "prores"],
)
def test_ten_bits(stoat: Stoat, media: MediaMaker, tmp_path: Path, source: Source) -> None:
    """Deep pictures are read, and the file is one that everything plays."""
    out = stoat.render(document(track(clip(media.make(source), 0, 0, 2))), tmp_path / "out.mp4")
    assert [*range(60)] == frame_numbers(decode_pictures(out))
    assert "yuv420p" == streams(out)[0]["pixels"]


def test_colours_stay(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A colour comes out as it went in, within what 4:2:0 and coding cost."""
    source = Source(tint=(90, 200), sound=None)
    path = media.make(source)
    out = stoat.render(document(track(clip(path, 0, 0, 2))), tmp_path / "out.mp4", quality="high")
    before, after = (decode_pictures(one, colour="rgb")[10:14].astype(int) for one in (path, out))
    assert (
        np.abs(
            before[:, 80:170, 20:300].mean(axis=(0, 1, 2)) - after[:, 80:170, 20:300].mean(axis=(0, 1, 2))
        ).max()
        < 3
    )


SOUNDS = {
    "mono": Source(sound=Sound(channels=1)),
    "5.1": Source(sound=Sound(channels=6, level=0.6)),
    "8 kHz mono": Source(sound=Sound(sample_rate=8000, channels=1)),
    "44.1 kHz": Source(sound=Sound(sample_rate=44100)),
    "96 kHz": Source(codec="ffv1", ending="mkv", sound=Sound(sample_rate=96000, codec="flac")),
    "192 kHz": Source(codec="ffv1", ending="mkv", sound=Sound(sample_rate=192000, codec="flac")),
    "pcm": Source(codec="prores", ending="mov", sound=Sound(codec="pcm")),
}


@pytest.mark.parametrize("source", SOUNDS.values(), ids=SOUNDS.keys())
def test_kinds_of_sound(stoat: Stoat, media: MediaMaker, tmp_path: Path, source: Source) -> None:
    """Every rate and layout becomes the project's, in time, on both sides, without clipping."""
    out = stoat.render(document(track(clip(media.make(source), 0, 0, 2.5))), tmp_path / "out.flac")
    sound = decode_sound(out)
    assert (120000, 2) == sound.samples.shape
    assert [pytest.approx(second, abs=0.001) for second in (0, 1, 2)] == [n / 48000 for n in beeps(sound)]
    left, right = (float(np.abs(sound.samples[:, side]).max()) for side in (0, 1))
    assert left == pytest.approx(right, rel=0.02)
    assert peak(sound) < 0
    assert left > 0.3


@pytest.mark.parametrize(("rate", "channels"), [(44100, 1), (96000, 2), (48000, 6)])
def test_kinds_of_project_sound(
    stoat: Stoat, media: MediaMaker, tmp_path: Path, rate: int, channels: int
) -> None:
    """The project's own rate and layout are delivered, exact to the sample."""
    made = document(track(clip(media.make(Source()), 0, 0, 2.5)), sample_rate=rate, channels=channels)
    sound = decode_sound(stoat.render(made, tmp_path / "out.flac"))
    assert (round(2.5 * rate), channels) == sound.samples.shape
    assert rate == sound.rate
    assert [pytest.approx(second, abs=0.001) for second in (0, 1, 2)] == [n / rate for n in beeps(sound)]


def test_animated_gif(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A GIF shows its frames at their times."""
    source = Source(codec="gif", ending="gif", rate=Fraction(10), frames=20, sound=None)
    out = stoat.render(document(track(clip(media.make(source), 0, 0.4, 1.9))), tmp_path / "out.mp4")
    expected = shown_numbers(source, in_point=Fraction(2, 5), count=45, rate=Fraction(30))
    assert [] == wrong_frames(frame_numbers(decode_pictures(out)), expected)


@pytest.mark.parametrize(("codec", "ending"), [("png", "png"), ("jpeg", "jpg")])
def test_still_picture_lasts_as_long_as_asked(
    stoat: Stoat, media: MediaMaker, tmp_path: Path, codec: str, ending: str
) -> None:
    """A still picture has any length, with silence."""
    source = Source(codec="png" if codec == "png" else "jpeg", ending=ending, frames=1, first=321, sound=None)
    out = stoat.render(document(track(clip(media.make(source), 0.5, 0, 4))), tmp_path / "out.mp4")
    assert [None] * 15 + [321] * 120 == frame_numbers(decode_pictures(out))
    assert 216000 == len(decode_sound(out).samples)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_stand_as_they_were_taken(stoat: Stoat, tmp_path: Path, orientation: int) -> None:
    """Turned and mirrored photos are shown as Pillow shows them, corner by corner."""
    photo, frame = tmp_path / "photo.jpg", tmp_path / "frame.png"
    corners = np.zeros((48, 64, 3), np.uint8)
    corners[:24, :32, 0] = corners[:24, 32:, 1] = corners[24:, :32, 2] = 255
    tags = Image.Exif()
    tags[0x0112] = orientation
    Image.fromarray(corners).save(photo, exif=tags, quality=98, subsampling=0)
    with Image.open(photo) as taken:
        expected = np.asarray(ImageOps.exif_transpose(taken).convert("RGB"))
    height, width, _ = expected.shape
    still = {"source": str(photo), "timeline_start": 0, "out_point": 1}
    project = tmp_path / "film.project.json"
    project.write_text(json.dumps(document(track(still), width=width, height=height)))
    done = stoat.run("look", str(project), "--at", "0", "-o", str(frame), "--json")
    assert 0 == done.code, done.output
    (shown,) = decode_pictures(frame, colour="rgb")
    assert expected.shape == shown.shape
    middles = np.ix_((height // 4, 3 * height // 4), (width // 4, 3 * width // 4))
    assert np.abs(expected[middles].astype(int) - shown[middles]).max() < 40


def test_still_picture_with_a_wrong_ending(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A picture is known by its bytes, not by its name."""
    png = media.make(Source(codec="png", ending="png", frames=1, first=321, sound=None))
    wrong = tmp_path / "photo.jpg"
    wrong.write_bytes(png.read_bytes())
    out = stoat.render(document(track(clip("photo.jpg", 0, 0, 1))), tmp_path / "out.mp4")
    assert [321] * 30 == frame_numbers(decode_pictures(out))


def test_attached_pictures_are_not_footage(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """The cover of a film does not show, that of a song does not either."""
    film = media.make(Source(cover=True, first=40))
    sound = Sound(codec="mp3", sample_rate=44100)
    song = media.make(Source(codec=None, ending="mp3", cover=True, sound=sound))
    made = document(track(clip(film, 0, 1.5, 2.5)), track(clip(song, 0, 0, 2.5), type="audio"))
    out = stoat.render(made, tmp_path / "out.mp4")
    numbers = frame_numbers(decode_pictures(out))
    assert [*range(85, 115)] == numbers[:30]
    assert {None} == set(numbers[30:])
    heard = [n / 48000 for n in beeps(decode_sound(out))]
    assert [pytest.approx(moment, abs=0.001) for moment in (0, 0.5, 1, 2)] == heard


def test_file_that_does_not_say_how_long_it_is(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A streamed file is measured: a clip without an out point shows all of it."""
    path = media.make(Source(codec="vp9", ending="webm", streamed=True, sound=Sound(codec="opus")))
    whole: Document = {"source": str(path), "timeline_start": 0}
    out = stoat.render(document(track(whole)), tmp_path / "out.mp4")
    assert [*range(90)] == frame_numbers(decode_pictures(out))
    assert 3 * 48000 == len(decode_sound(out).samples)
    late = stoat.render(document(track(clip(path, 0, 2, 2.9))), tmp_path / "late.mp4")
    assert [*range(60, 87)] == frame_numbers(decode_pictures(late))


def test_variable_rate_over_its_pauses(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A recording with pauses shows each picture as long as it stood."""
    source = Source(variable=True, rate=Fraction(120), frames=72)
    out = stoat.render(document(track(clip(media.make(source), 0, 0, 4))), tmp_path / "out.mp4")
    expected = shown_numbers(source, in_point=Fraction(0), count=120, rate=Fraction(30))
    assert [] == wrong_frames(frame_numbers(decode_pictures(out)), expected)


FORMATS: dict[str, tuple[str, dict[str, str], str, str]] = {
    "mp4": ("mp4", {}, "h264", "aac"),
    "mp4 lossless": ("mp4", {"quality": "lossless"}, "h264", "alac"),
    "m4a lossless": ("m4a", {"quality": "lossless"}, "", "alac"),
    "mp4 hevc": ("mp4", {"codec": "hevc", "quality": "draft"}, "hevc", "aac"),
    "mp4 av1": ("mp4", {"codec": "av1"}, "av1", "aac"),
    "webm": ("webm", {"quality": "draft"}, "vp9", "opus"),
    "webm av1": ("webm", {"codec": "av1"}, "av1", "opus"),
    "mov": ("mov", {}, "prores", "pcm"),
    "mkv": ("mkv", {"quality": "lossless"}, "ffv1", "flac"),
    "m4a": ("m4a", {}, "", "aac"),
    "mp3": ("mp3", {}, "", "mp3"),
    "wav": ("wav", {}, "", "pcm"),
    "flac": ("flac", {}, "", "flac"),
}


@pytest.mark.parametrize("asked", FORMATS.values(), ids=FORMATS.keys())
@pytest.mark.parametrize("rate", [Fraction(30), Fraction(24000, 1001)], ids=["30", "23.976"])
def test_formats(
    stoat: Stoat,
    media: MediaMaker,
    tmp_path: Path,
    asked: tuple[str, dict[str, str], str, str],
    rate: Fraction,
) -> None:
    """Every format holds its codecs, all frames at their times and all samples."""
    ending, options, video, audio = asked
    made = document(track(clip(media.make(Source()), 0, 0, 48 / rate)), fps=rate)
    out = stoat.render(made, tmp_path / f"out.{ending}", **options)
    found = {stream["type"]: stream["codec"] for stream in streams(out)}
    assert ({"video"} if video else set()) | {"audio"} == set(found)
    if video:
        assert video in {found["video"], found["video"].replace("libdav1d", "av1")}
        expected = shown_numbers(Source(), in_point=Fraction(0), count=48, rate=rate)
        assert [] == wrong_frames(frame_numbers(decode_pictures(out)), expected)
        assert [pytest.approx(float(n / rate), abs=0.0006) for n in range(48)] == picture_times(out)
    assert audio in found["audio"]
    sound = decode_sound(out)
    assert round(48 * sound.rate / rate) == len(sound.samples)
    assert [0, pytest.approx(1, abs=0.001)] == [n / sound.rate for n in beeps(sound)][:2]


def test_gif_out(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A GIF has all frames and no sound."""
    made = document(track(clip(media.make(Source()), 0, 0, 1)), fps=10)
    out = stoat.render(made, tmp_path / "out.gif")
    assert ["video"] == [stream["type"] for stream in streams(out)]
    assert [*range(0, 30, 3)] == frame_numbers(decode_pictures(out))


def test_size_and_quality_reach_the_encoder(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A smaller size is delivered; more quality and a lower crf make frames more like the source's."""
    made = document(track(clip(media.make(Source(sound=None)), 0, 0, 3)))
    small = bundled_stoat.render(made, tmp_path / "small.mp4", size="160x90")
    assert (90, 90, 160) == decode_pictures(small).shape
    assert [*range(90)] == frame_numbers(decode_pictures(small))
    grades: dict[str, dict[str, Any]] = {
        "draft": {"quality": "draft"},
        "medium": {},
        "high": {"quality": "high"},
        "crf": {"crf": 5, "preset": "veryfast"},
    }
    source = decode_pictures(media.make(Source(sound=None)))
    likeness = [
        psnr(
            source,
            decode_pictures(bundled_stoat.render(made, tmp_path / f"{name}.mp4", no_copy=True, **options)),
        )
        for name, options in grades.items()
    ]
    assert sorted(likeness) == likeness
    assert 4 == len(set(likeness))


def test_lossless_is_lossless(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A lossless source of the project's own shape comes out unchanged, picture and sound."""
    path = media.make(Source(codec="ffv1", ending="mkv", sound=Sound(codec="flac")))
    out = stoat.render(document(track(clip(path, 0, 0, 3))), tmp_path / "out.mkv", quality="lossless")
    assert np.array_equal(decode_pictures(path), decode_pictures(out))
    assert np.allclose(decode_sound(path).samples, decode_sound(out).samples, atol=2 / 32768)


REAL = {
    "bbb_0_30.webm": (Fraction(24), True),
    "chaplin.mp4": (Fraction(25), True),
    "talk.mp4": (Fraction(30), True),
    "smpte-2997.mp4": (Fraction(30000, 1001), None),
    "no_duration.webm": (None, None),
    "h264-with-cover-png.mp4": (None, None),
}


def test_real_footage(stoat: Stoat, tmp_path: Path) -> None:
    """Real files, mixed in one project with transitions, give the planned frames and samples, and motion."""
    found = [REAL_MEDIA / name for name in REAL if (REAL_MEDIA / name).exists()]
    clips, transitions, at = [], [], 0
    for number, path in enumerate(found):
        # This one comes out of black.
        start = Fraction(57, 7) if path.name == "bbb_0_30.webm" else Fraction(1, 7)
        clips.append(clip(path, Fraction(at, 30), start, start + Fraction(4, 5), id=f"c{number}"))
        if number:
            transitions.append(
                {"type": "fade", "duration": 0.2, "from": f"c{number - 1}", "to": f"c{number}"}
            )
        at += 18
    if not found:
        return
    music = [clip(REAL_MEDIA / "rain.mp3", 0, 3, 5), clip(REAL_MEDIA / "with-attached-pic.mp3", 1, 0, 0.9)]
    made = document(
        track(*clips, transitions=transitions), *(track(one, type="audio", volume=0.3) for one in music)
    )
    out = stoat.render(made, tmp_path / "out.mp4")
    frames = max(60, 18 * len(found) + 6)
    pictures = decode_pictures(out)
    assert frames == len(pictures)
    assert frames * 1600 == len(decode_sound(out).samples)
    assert level(decode_sound(out)) > -50
    assert pictures[: 18 * len(found)].std(axis=(1, 2)).min() > 0.5


def test_every_real_file_alone(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """Each real file from its first to its last second."""
    for name in REAL:
        path = REAL_MEDIA / name
        if path.exists():
            whole: Document = {"source": str(path), "timeline_start": 0}
            rate = REAL[name][0] or Fraction(30)
            out = bundled_stoat.render(
                document(track(whole), width=160, height=90, fps=rate),
                tmp_path / f"{name}.mp4",
                quality="draft",
            )
            with av.open(str(path)) as container:
                stream = container.streams.video[0]
                held = max(p.pts + (p.duration or 0) for p in container.demux(stream) if p.pts is not None)
                assert stream.time_base is not None
                length = float(held * stream.time_base)
            assert len(picture_times(out)) / rate >= length - 0.1
