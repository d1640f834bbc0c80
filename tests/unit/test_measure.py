"""The instruments tell good files from bad ones, and the sources are what they claim to be."""

import math
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stoat_ferret.testing.measure import (
    DecodingError,
    Heard,
    beeps,
    decode_pictures,
    decode_sound,
    flashes,
    frame_checksums,
    frame_numbers,
    level,
    loudness,
    peak,
    picture_lag,
    picture_times,
    psnr,
    shown_frames,
    streams,
    tone_level,
    true_peak,
)
from stoat_ferret.testing.media import (
    MakingError,
    MediaMaker,
    Sound,
    Source,
    frame_times,
    marked_frames,
)

NTSC = Fraction(30000, 1001)
OPUS = Sound(codec="opus")
SOURCES = {
    "h264": Source(),
    "h264 open gop, film rate": Source(codec="h264-open-gop", rate=Fraction(24000, 1001)),
    "h264 59.94": Source(rate=2 * NTSC),
    "h264 12 per second": Source(rate=Fraction(12), frames=36),
    "h264 numbered from 40000, mp3": Source(first=40000, tint=(90, 180), sound=Sound(codec="mp3")),
    "h264 tiny": Source(width=64, height=36),
    "h264 variable": Source(variable=True, rate=Fraction(120)),
    "h264 with cover": Source(cover=True),
    "h264 5.1": Source(sound=Sound(channels=6)),
    "h264 mono 8 kHz": Source(sound=Sound(channels=1, sample_rate=8000)),
    "hevc": Source(codec="hevc", rate=Fraction(25)),
    "hevc 10 bit": Source(codec="hevc", ten_bit=True),
    "vp9": Source(codec="vp9", ending="webm", rate=NTSC, sound=OPUS),
    "vp9 streamed": Source(codec="vp9", ending="webm", streamed=True, sound=OPUS),
    "vp8": Source(codec="vp8", ending="webm", sound=Sound(codec="vorbis", sample_rate=44100)),
    "prores, pcm 96 kHz": Source(codec="prores", ending="mov", sound=Sound(codec="pcm", sample_rate=96000)),
    "ffv1, flac 192 kHz": Source(codec="ffv1", ending="mkv", sound=Sound(codec="flac", sample_rate=192000)),
    "rotated 90": Source(rotation=90),
    "rotated 180": Source(rotation=180),
    "rotated 270": Source(rotation=270),
    "anamorphic": Source(width=240, sample_aspect=Fraction(4, 3)),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_good_source_reads_as_made(media: MediaMaker, source: Source) -> None:
    """Every number, flash, beep and sample of a good source is where it was put."""
    path = media.make(source)
    pictures, sound = decode_pictures(path), decode_sound(path)
    times = frame_times(source)
    assert source.sound is not None
    assert list(range(source.first, source.first + source.frames)) == frame_numbers(pictures)
    assert marked_frames(source) == flashes(pictures)
    assert round(source.duration * sound.rate) == len(sound.samples)
    assert [round(times[number] * sound.rate) for number in marked_frames(source)] == beeps(sound)


@pytest.mark.parametrize(
    "source",
    [
        Source(codec="mpeg2", ending="ts", rate=Fraction(25)),
        Source(codec="gif", ending="gif", rate=Fraction(10), frames=20, sound=None),
        Source(codec="png", ending="png", frames=1, first=5, alpha=True, sound=None),
        Source(codec="jpeg", ending="jpg", frames=1, first=6, sound=None),
        Source(codec="prores", ending="mov", alpha=True, sound=None),
        Source(codec="hevc", transfer="pq"),
        Source(codec="hevc", transfer="hlg"),
    ],
    ids=lambda source: f"{source.codec} {source.transfer}",
)
def test_numbers_survive_every_codec(media: MediaMaker, source: Source) -> None:
    """Frame numbers are legible in stills, palettes, transport streams and HDR."""
    numbers = frame_numbers(decode_pictures(media.make(source)))
    assert list(range(source.first, source.first + source.frames)) == numbers


def test_container_states_the_times_of_frames(media: MediaMaker) -> None:
    """The clock of a variable source is in the file as computed."""
    source = SOURCES["h264 variable"]
    assert frame_times(source) == picture_times(media.make(source))
    assert len({b - a for a, b in zip(frame_times(source), frame_times(source)[1:], strict=False)}) > 4


def test_picture_may_start_after_the_sound(media: MediaMaker) -> None:
    """The encoder's priming comes first in a transport stream; elsewhere the picture starts with the file."""
    stream = Source(codec="mpeg2", ending="ts", rate=Fraction(25))
    assert picture_lag(media.make(stream)) == pytest.approx(1024 / 48000, abs=0.0005)
    for source in (SOURCES["h264"], SOURCES["vp9"], SOURCES["h264 variable"]):
        assert picture_lag(media.make(source)) == 0


def test_turned_source_is_stored_lying(media: MediaMaker) -> None:
    """A phone's upright film is stored lying and shown upright."""
    path = media.make(SOURCES["rotated 90"])
    assert (320, 180) == (streams(path)[0]["width"], streams(path)[0]["height"])
    assert (320, 180) == decode_pictures(path).shape[1:]


def test_alpha_source_is_transparent_where_it_says(media: MediaMaker) -> None:
    """The lower left is transparent, the lower right half so, the numbers opaque."""
    source = Source(codec="vp9", ending="webm", alpha=True, sound=None)
    pictures = decode_pictures(media.make(source), colour="rgba", decoder="libvpx-vp9")
    assert pictures[0, 170, 20, 3] < 8
    assert abs(int(pictures[0, 170, 300, 3]) - 128) < 8
    assert pictures[0, 20, 20, 3] > 247
    assert list(range(90)) == frame_numbers(pictures)


def test_streamed_source_has_no_duration(media: MediaMaker) -> None:
    """A streamed file does not say how long it is."""
    said = subprocess.run(
        ["ffmpeg", "-i", media.make(SOURCES["vp9 streamed"])], capture_output=True, text=True, check=False
    )
    assert "Duration: N/A" in said.stderr


def test_cover_is_a_second_video_stream(media: MediaMaker) -> None:
    """A cover looks like a video stream, in films and in music."""
    music = Source(codec=None, ending="mp3", cover=True, sound=Sound(codec="mp3", sample_rate=44100))
    assert ["video", "audio", "video"] == [s["type"] for s in streams(media.make(SOURCES["h264 with cover"]))]
    assert ["audio", "video"] == [s["type"] for s in streams(media.make(music))]


def test_source_is_made_once(tmp_path: Path) -> None:
    """Asking twice gives the same file, and nothing else is left in the folder."""
    maker = MediaMaker(tmp_path)
    first = maker.make(Source(frames=3, sound=None))
    changed = first.stat().st_mtime_ns
    assert first == maker.make(Source(frames=3, sound=None))
    assert changed == first.stat().st_mtime_ns
    assert [first] == list(tmp_path.iterdir())


def test_impossible_source_is_refused(tmp_path: Path) -> None:
    """A source that ffmpeg cannot make is an error with its words, and leaves nothing."""
    with pytest.raises(MakingError, match="width not divisible"):
        MediaMaker(tmp_path).make(Source(width=321, frames=1, sound=None))
    assert [] == list(tmp_path.iterdir())


def _refilter(path: Path, to: Path, *arguments: str) -> Path:
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(path), *arguments, str(to)]
    subprocess.run(command, check=True, capture_output=True)
    return to


def test_lost_and_repeated_frames_are_seen(media: MediaMaker, tmp_path: Path) -> None:
    """A frame that is missing or shown twice is missing or double in the reading."""
    lost = _refilter(
        media.make(Source()),
        tmp_path / "lost.mkv",
        "-vf",
        "select=not(eq(n\\,30))",
        "-fps_mode",
        "passthrough",
    )
    assert [*range(30), *range(31, 90)] == frame_numbers(decode_pictures(lost))
    doubled = _refilter(media.make(Source()), tmp_path / "double.mkv", "-vf", "fps=60")
    numbers = frame_numbers(decode_pictures(doubled))
    assert sorted([*range(90), *range(90)]) == numbers


def test_no_number_is_read_where_there_is_none(media: MediaMaker) -> None:
    """Uniform pictures, even blends, upside-down pictures and wrong boxes have no number or a wrong one."""
    pictures = decode_pictures(media.make(Source()))
    blend = ((pictures[9:10].astype(int) + pictures[54:55]) // 2).astype(np.uint8)
    assert [None] == frame_numbers(np.zeros((1, 180, 320), dtype=np.uint8))
    assert [None] == frame_numbers(np.full((1, 180, 320), 255, dtype=np.uint8))
    assert [None] == frame_numbers(blend)
    assert [None] == frame_numbers(pictures[9:10], (0.5, 0.5, 0.5, 0.5))
    assert [None] == frame_numbers(pictures[9:10], (0.6, 0.0, 0.5, 0.5))
    assert [9] != frame_numbers(pictures[9:10, ::-1])


def test_number_is_read_in_a_small_box(media: MediaMaker) -> None:
    """A picture in the picture is read in its own box, and only there."""
    pictures = decode_pictures(media.make(Source()))
    frame = np.zeros((1, 180, 320), dtype=np.uint8)
    frame[0, 90:150, 200:280] = pictures[77].reshape(60, 3, 80, 4).mean(axis=(1, 3))
    box = (200 / 320, 90 / 180, 80 / 320, 60 / 180)
    assert [77] == frame_numbers(frame, box)
    assert [None] == frame_numbers(frame)


def test_faint_number_needs_leave(media: MediaMaker) -> None:
    """A picture at a tenth of its strength is read only when asked to."""
    faint = (decode_pictures(media.make(Source()))[5:6] // 10).astype(np.uint8)
    assert [None] == frame_numbers(faint)
    assert [5] == frame_numbers(faint, contrast=10)


def test_only_white_frames_are_flashes(media: MediaMaker) -> None:
    """A half-bright flash and a flash in another box do not count."""
    pictures = decode_pictures(media.make(Source()))[28:33]
    assert [2] == flashes(pictures)
    assert [] == flashes((pictures // 2).astype(np.uint8))
    assert [] == flashes(np.zeros_like(pictures))


def test_truncated_file_is_an_error(media: MediaMaker, tmp_path: Path) -> None:
    """A damaged file is no shorter file: decoding it fails."""
    whole = media.make(SOURCES["ffv1, flac 192 kHz"]).read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole[: len(whole) // 2])
    damaged = tmp_path / "damaged.mkv"
    damaged.write_bytes(whole[:100_000] + bytes(3000) + whole[103_000:])
    empty = tmp_path / "empty.mkv"
    empty.touch()
    for bad in (cut, damaged, empty):
        with pytest.raises(DecodingError):
            decode_pictures(bad)


def _tone(frequency: float, height: float, seconds: float = 1.0, rate: int = 48000) -> NDArray[np.float32]:
    clock = np.arange(round(seconds * rate)) / rate
    return (height * np.sin(2 * np.pi * frequency * clock)).astype(np.float32)


def _heard(signal: NDArray[np.float32], rate: int = 48000) -> Heard:
    return Heard(samples=np.repeat(signal[:, None], 2, axis=1), rate=rate)


def test_loudness_is_that_of_the_standard() -> None:
    """The signals of EBU Tech 3341 and what they must read: a tone, one that is gated, and silence."""
    parts = [_tone(1000, 10 ** (decibels / 20), long) for decibels, long in ((-36, 2), (-23, 12), (-36, 2))]
    assert pytest.approx(-23, abs=0.1) == loudness(_heard(parts[1]))
    assert pytest.approx(-23, abs=0.1) == loudness(_heard(np.concatenate(parts)))
    assert pytest.approx(-36, abs=0.1) == loudness(_heard(parts[0]))
    assert -math.inf == loudness(_heard(np.zeros(48_000, np.float32)))


def test_a_peak_between_samples_is_seen() -> None:
    """A tone at a quarter of the rate whose samples all lie beside its peaks."""
    clock = np.arange(4800)
    beside = np.sin(np.pi / 2 * clock + np.pi / 4).astype(np.float32)
    assert pytest.approx(-3.01, abs=0.01) == peak(_heard(beside))
    assert pytest.approx(0, abs=0.01) == true_peak(_heard(beside))


def test_beeps_are_found_to_the_sample(media: MediaMaker) -> None:
    """A delay of a single sample moves every onset by one."""
    sound = decode_sound(media.make(SOURCES["ffv1, flac 192 kHz"]))
    late = Heard(samples=np.concatenate([np.zeros((1, 2), np.float32), sound.samples]), rate=sound.rate)
    assert [0, 192000, 384000] == beeps(sound)
    assert [1, 192001, 384001] == beeps(late)


def test_beep_before_its_flash_is_seen(media: MediaMaker) -> None:
    """A source with sound two frames early measures so."""
    early = Source(sound=Sound(lead=Fraction(2, 30)))
    assert [0, 44800, 92800] == beeps(decode_sound(media.make(early)))


def test_other_sounds_are_no_beeps(media: MediaMaker) -> None:
    """Bursts of another pitch, noise, music and silence hold no beep."""
    burst = np.concatenate([np.zeros(4800, np.float32), _tone(2500, 0.5, 0.05), np.zeros(4800, np.float32)])
    assert [] == beeps(_heard(burst))
    assert [] == beeps(_heard(np.zeros(48000, np.float32)))
    for kind in ("noise", "music", "speech"):
        source = Source(codec=None, ending="wav", sound=Sound(kind=kind, codec="pcm"))
        assert [] == beeps(decode_sound(media.make(source)))


def test_both_decoders_hear_the_same(media: MediaMaker) -> None:
    """The two decoders agree, but for the padding of the last AAC frame, which only one takes off."""
    aac, flac = SOURCES["h264"], SOURCES["ffv1, flac 192 kHz"]
    by_ffmpeg, by_av = decode_sound(media.make(flac)), decode_sound(media.make(flac), by="av")
    assert np.array_equal(by_ffmpeg.samples, by_av.samples)
    by_ffmpeg, by_av = decode_sound(media.make(aac)), decode_sound(media.make(aac), by="av")
    assert 0 <= len(by_av.samples) - len(by_ffmpeg.samples) < 1024
    shared = len(by_ffmpeg.samples) - 1024
    assert np.allclose(by_ffmpeg.samples[:shared], by_av.samples[:shared], atol=1e-4)


def test_sound_of_a_silent_film_is_an_error(media: MediaMaker) -> None:
    """A file without sound is told from one with silence."""
    with pytest.raises(DecodingError, match="no sound"):
        decode_sound(media.make(Source(sound=None)))
    assert level(decode_sound(media.make(Source(sound=Sound(kind="silence", codec="flac"))))) == -200


def test_levels_are_in_decibels_of_full_scale() -> None:
    """A full sine is 3 dB below full scale; half of it 6 dB less; an interval counts alone."""
    assert level(_heard(_tone(1000, 1.0))) == pytest.approx(-3.01, abs=0.01)
    assert level(_heard(_tone(1000, 0.5))) == pytest.approx(-9.03, abs=0.01)
    assert peak(_heard(_tone(1000, 0.5))) == pytest.approx(-6.02, abs=0.01)
    halves = _heard(np.concatenate([_tone(1000, 1.0), _tone(1000, 0.1)]))
    assert level(halves.between(1.0, 2.0)) == pytest.approx(-23.01, abs=0.01)


def test_level_of_one_tone_disregards_the_rest(media: MediaMaker) -> None:
    """Music under speech is measured as if alone; speech has nothing at its pitch."""
    speech = decode_sound(
        media.make(Source(codec=None, ending="wav", sound=Sound(kind="speech", codec="pcm")))
    ).mono[:48000]
    music = _tone(440, 0.1)
    assert tone_level(_heard((music + speech).astype(np.float32)), 440) == pytest.approx(-23.01, abs=0.05)
    assert tone_level(_heard(speech.astype(np.float32)), 440) < -60


def test_speech_pauses(media: MediaMaker) -> None:
    """Speech sounds for two seconds and is silent for two."""
    source = Source(codec=None, ending="wav", frames=240, sound=Sound(kind="speech", codec="pcm"))
    sound = decode_sound(media.make(source))
    assert level(sound.between(0, 2)) > -20
    assert level(sound.between(2, 4)) == -200
    assert level(sound.between(4, 6)) > -20


def test_psnr_of_known_error() -> None:
    """An error of one level everywhere is 48.13 dB; none is infinite; other shapes are refused."""
    grey = np.full((4, 4), 100, dtype=np.uint8)
    assert psnr(grey, grey + np.uint8(1)) == pytest.approx(48.13, abs=0.01)
    assert psnr(grey, grey) == math.inf
    with pytest.raises(ValueError, match="different shapes"):
        psnr(grey, grey[:2])


def test_checksums_tell_one_frame_from_another(media: MediaMaker, tmp_path: Path) -> None:
    """Copies agree in every frame; a single changed pixel changes its frame's sum and no other."""
    path = media.make(SOURCES["ffv1, flac 192 kHz"])
    copy = _refilter(path, tmp_path / "copy.mkv", "-c:v", "ffv1", "-an")
    spot = "drawbox=x=200:y=100:w=1:h=1:t=fill:color=white:enable=eq(n\\,40)"
    changed = _refilter(path, tmp_path / "changed.mkv", "-vf", spot, "-c:v", "ffv1", "-an")
    sums = frame_checksums(path)
    assert 90 == len(set(sums))
    assert sums == frame_checksums(copy)
    assert [40] == [n for n, (a, b) in enumerate(zip(sums, frame_checksums(changed), strict=True)) if a != b]


def test_nearest_frames_by_hand() -> None:
    """60 to 30 takes every second frame; 24 to 30 repeats; half way between, either will do."""
    sixty = [Fraction(n, 60) for n in range(60)]
    film = [Fraction(n, 24) for n in range(24)]
    third = Fraction(30)
    assert [{0}, {2}, {4}] == shown_frames(sixty, in_point=Fraction(0), count=3, rate=third)
    assert [{6}, {10}, {14}] == shown_frames(
        sixty, in_point=Fraction(1, 10), count=3, rate=third, speed=Fraction(2)
    )
    assert [{0}, {1}, {2}, {2}, {3}] == shown_frames(film, in_point=Fraction(0), count=5, rate=third)
    assert [{0, 1}] == shown_frames(sixty, in_point=Fraction(1, 120), count=1, rate=third)
