"""What is in a file is found out by looking, not by believing its header."""

from __future__ import annotations

import os
import random
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import imageio_ffmpeg
import pytest
from PIL import Image

from stoat_ferret.config import Settings
from stoat_ferret.errors import MediaRefused, ProbeBroken
from stoat_ferret.media import demux
from stoat_ferret.media.facts import MediaFacts, VideoFacts
from stoat_ferret.media.probe import probe, probe_all

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
REAL = Path(__file__).parents[3] / "shared" / "media"
"""Real footage, in a folder beside the repository where there is one."""

PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=160x120:r={rate}:d=2")
SOUND = ("-f", "lavfi", "-i", "sine=r=48000:d=2")

Make = Callable[..., Path]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a cache of their own."""
    return Settings(data_dir=tmp_path / "data")


def ffmpeg(*arguments: str | Path) -> None:
    """Run the packaged ffmpeg."""
    subprocess.run([FFMPEG, "-nostdin", "-y", "-v", "error", *map(str, arguments)], check=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Media that several tests look at."""
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="module")
def make(folder: Path) -> Make:
    """Makes a file once: two seconds of picture at `rate` and sound, with the given encoder arguments."""

    def one(name: str, *arguments: str, rate: str = "30") -> Path:
        path = folder / name
        if not path.exists():
            source = [word.format(rate=rate) for word in PICTURE]
            ffmpeg(*source, *SOUND, *arguments, path)
        return path

    return one


def video(facts: MediaFacts) -> VideoFacts:
    """The picture facts, which must be there."""
    assert facts.video is not None
    return facts.video


H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-c:a", "aac")
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus")

SPECIMENS: dict[str, tuple[Sequence[str], str]] = {
    "h264.mp4": (H264, "30"),
    "ntsc.mp4": (H264, "30000/1001"),
    "film.mp4": (H264, "24000/1001"),
    "double.mp4": (H264, "60000/1001"),
    "fragments.mp4": ((*H264, "-movflags", "frag_keyframe+empty_moov"), "30"),
    "offset.mp4": ((*H264, "-output_ts_offset", "5"), "25"),
    "h264.mkv": (H264, "30000/1001"),
    "h264.ts": (H264, "30000/1001"),
    "hevc.mp4": (("-c:v", "libx265", "-x265-params", "log-level=none", "-c:a", "aac"), "25"),
    "vp9.webm": (VP9, "30000/1001"),
    "hidden.webm": (("-c:v", "libvpx", "-auto-alt-ref", "1", "-lag-in-frames", "16", "-b:v", "200k"), "24"),
    "prores.mov": (("-c:v", "prores_ks", "-c:a", "pcm_s16le"), "25"),
    "ffv1.mkv": (("-c:v", "ffv1", "-c:a", "flac"), "50"),
    "mpeg4.avi": (("-c:v", "mpeg4", "-c:a", "libmp3lame"), "25"),
    "mpeg2.mpg": (("-c:v", "mpeg2video", "-c:a", "mp2"), "25"),
    "moving.gif": (("-map", "0:v"), "25"),
    "moving.apng": (("-map", "0:v", "-f", "apng"), "30"),
    "sound.wav": (("-map", "1:a"), "30"),
    "sound.m4a": (("-map", "1:a"), "30"),
    "sound.mp3": (("-map", "1:a"), "30"),
    "sound.flac": (("-map", "1:a"), "30"),
    "sound.ogg": (("-map", "1:a"), "30"),
    "sound.opus": (("-map", "1:a"), "30"),
    "sound.aac": (("-map", "1:a"), "30"),
}


def decoded(path: Path, facts: MediaFacts) -> tuple[list[float], list[float], float]:
    """Times of the frames, times of the sound's pieces, and the end of the sound, by decoding it all."""
    frames: list[float] = []
    pieces: list[float] = []
    end = 0.0
    if facts.video is not None:
        with av.open(str(path)) as container:
            for frame in container.decode(container.streams[facts.video.index]):
                assert isinstance(frame, av.VideoFrame)
                frames.append(frame.time)
    if facts.audio is not None:
        with av.open(str(path)) as container:
            for piece in container.decode(container.streams[facts.audio.index]):
                assert isinstance(piece, av.AudioFrame)
                assert piece.time is not None
                pieces.append(piece.time)
                end = piece.time + piece.samples / piece.sample_rate
    return frames, pieces, end


@pytest.mark.parametrize("name", SPECIMENS)
def test_facts_equal_what_decodes(make: Make, settings: Settings, name: str) -> None:
    """Frames are counted right, and streams start and end where their decoded material does."""
    arguments, rate = SPECIMENS[name]
    path = make(name, *arguments, rate=rate)
    facts = probe(path, settings)
    frames, pieces, end = decoded(path, facts)
    if facts.video is not None:
        numerator, _, denominator = rate.partition("/")
        assert facts.video.rate == (int(numerator), int(denominator or 1))
        assert not facts.video.variable_rate
        assert facts.video.frames == len(frames)
        assert facts.video.start == pytest.approx(frames[0], abs=1e-6)
        seconds = len(frames) * int(denominator or 1) / int(numerator)
        assert facts.video.duration == pytest.approx(seconds, abs=1e-6)
    if facts.audio is not None:
        assert facts.audio.start == pytest.approx(pieces[0], abs=0.001)
        # The last AAC frame of an MP4 decodes to more than the file says is heard.
        assert end - 0.025 <= facts.audio.start + facts.audio.duration <= end + 0.0015
    assert facts.kind == ("audio" if facts.video is None else "video")
    assert (facts.video is None) == name.startswith("sound.")


def test_header_without_duration(make: Make, settings: Settings, tmp_path: Path) -> None:
    """A file that was written to a pipe does not know how long it is."""
    source = make("vp9.webm", *VP9, rate="30000/1001")
    data = subprocess.run(
        [FFMPEG, "-v", "error", "-i", str(source), "-c", "copy", "-f", "webm", "-live", "1", "-"],
        check=True,
        capture_output=True,
    ).stdout
    path = tmp_path / "live.webm"
    path.write_bytes(data)
    facts = probe(path, settings)
    assert video(facts).frames == 60
    assert video(facts).duration == pytest.approx(2.002)
    assert facts.duration == pytest.approx(2.002, abs=0.01)


def test_header_that_lies(make: Make, settings: Settings, tmp_path: Path) -> None:
    """A media header that claims ten times the length."""
    data = bytearray(make("h264.mp4", *H264).read_bytes())
    position = 0
    while (position := data.find(b"mvhd", position + 1)) > 0:
        length = struct.unpack_from(">I", data, position + 20)[0]
        struct.pack_into(">I", data, position + 20, length * 10)
    path = tmp_path / "lies.mp4"
    path.write_bytes(data)
    facts = probe(path, settings)
    assert facts.duration == pytest.approx(2.0, abs=0.01)
    assert video(facts).frames == 60


def look(path: Path, *, seconds: float = 30.0) -> MediaFacts:
    """The same look in this process."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return demux.measure(
            descriptor, path=str(path), identity="1-2-3", seconds=seconds, max_pixels=67_108_864
        )
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("name", ["h264.mp4", "film.mp4", "prores.mov", "cut", "varying"])
def test_large_files_are_believed_where_they_have_an_index(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The index of an MP4 gives the same facts as all its packets."""
    if name == "cut":
        path = tmp_path / "cut.mp4"
        ffmpeg("-ss", "0.5", "-i", make("h264.mp4", *H264), "-c", "copy", path)
    elif name == "varying":
        path = tmp_path / "varying.mp4"
        thin = ("-vf", "select='lt(n,30)+not(mod(n,4))'", "-fps_mode", "vfr", "-bf", "0")
        ffmpeg("-i", make("h264.mp4", *H264), *thin, path)
    else:
        path = make(name, *SPECIMENS[name][0], rate=SPECIMENS[name][1])
    whole = look(path)
    monkeypatch.setattr(demux, "_INDEX_FROM", 0)
    monkeypatch.setattr(demux, "_SAMPLE", 20)
    assert whole == look(path)


def test_files_that_take_too_long(make: Make, tmp_path: Path) -> None:
    """What was not read is taken from the header, and where that says nothing, the file is refused."""
    arguments, rate = SPECIMENS["h264.mkv"]
    path = tmp_path / "long.mkv"
    source = make("h264.mkv", *arguments, rate=rate)
    ffmpeg("-stream_loop", "9", "-i", source, "-c", "copy", path)
    facts = look(path, seconds=0.0)
    assert facts.duration == pytest.approx(20, abs=0.5)
    assert video(facts).frames == pytest.approx(600, abs=5)
    live = tmp_path / "live.webm"
    ffmpeg("-stream_loop", "9", "-i", make("vp9.webm", *VP9), "-c", "copy", "-live", "1", live)
    with pytest.raises(MediaRefused, match="takes too long"):
        look(live, seconds=0.0)


def test_edit_list(make: Make, settings: Settings, tmp_path: Path) -> None:
    """Material before the edit list's start is in the file and never shown."""
    path = tmp_path / "cut.mp4"
    ffmpeg("-ss", "0.5", "-i", make("h264.mp4", *H264), "-c", "copy", path)
    facts = probe(path, settings)
    assert (video(facts).frames, video(facts).start) == (45, 0.0)
    assert facts.duration == pytest.approx(1.5)


def test_late_picture(make: Make, settings: Settings, tmp_path: Path) -> None:
    """Streams that do not start together."""
    source = make("h264.mp4", *H264)
    path = tmp_path / "late.mp4"
    ffmpeg("-itsoffset", "0.5", "-i", source, "-i", source, "-map", "0:v", "-map", "1:a", "-c", "copy", path)
    facts = probe(path, settings)
    assert facts.start == 0.0
    assert video(facts).start == 0.5
    assert facts.duration == pytest.approx(2.5)


def test_variable_rate(make: Make, settings: Settings, tmp_path: Path) -> None:
    """Unevenly spaced frames: the mean rate, counted frames, and the end of the last one."""
    path = tmp_path / "vfr.mp4"
    source = make("h264.mp4", *H264)
    ffmpeg("-i", source, "-vf", "select='not(mod(n,3))+not(mod(n,7))'", "-fps_mode", "vfr", "-an", path)
    facts = probe(path, settings)
    frames, _, _ = decoded(path, facts)
    assert video(facts).variable_rate
    assert video(facts).frames == len(frames)
    numerator, denominator = video(facts).rate
    assert numerator / denominator == pytest.approx((len(frames) - 1) / (frames[-1] - frames[0]), rel=1e-3)
    assert video(facts).duration > frames[-1] - frames[0]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_rotation_is_the_turn_of_a_player(make: Make, settings: Settings, tmp_path: Path, turn: int) -> None:
    """Turning the coded picture clockwise by the fact gives what ffmpeg shows by itself."""
    path = tmp_path / "turned.mp4"
    source = make("h264.mp4", *H264)
    ffmpeg("-display_rotation", str(-turn), "-i", source, "-an", "-c", "copy", path)
    facts = probe(path, settings)
    assert video(facts).rotation == turn
    assert (video(facts).width, video(facts).height) == (160, 120)
    turned = {0: "null", 90: "transpose=clock", 180: "hflip,vflip", 270: "transpose=cclock"}[turn]

    def checksum(*arguments: str) -> bytes:
        command = [FFMPEG, "-v", "error", *arguments, "-frames:v", "5", "-f", "md5", "-"]
        return subprocess.run(command, check=True, capture_output=True).stdout

    assert checksum("-i", str(path)) == checksum("-noautorotate", "-i", str(path), "-vf", turned)


def test_shape_and_colour(settings: Settings, tmp_path: Path) -> None:
    """Sample aspect ratio, depth, range and the names of the colours."""
    path = tmp_path / "hdr.mkv"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=72x48:r=25:d=0.2,setsar=16/15,format=yuv420p10le"),
        *("-c:v", "libx265", "-x265-params", "log-level=none:colorprim=bt2020:transfer=smpte2084"),
        *("-color_range", "tv", "-colorspace", "bt2020nc", "-color_primaries", "bt2020"),
        *("-color_trc", "smpte2084", path),
    )
    facts = video(probe(path, settings))
    assert facts.sar == (16, 15)
    assert (facts.pixel_format, facts.bit_depth, facts.alpha) == ("yuv420p10le", 10, False)
    color = facts.color
    assert (color.range, color.space, color.primaries, color.transfer) == (
        "tv",
        "bt2020nc",
        "bt2020",
        "smpte2084",
    )


@pytest.mark.parametrize(
    ("encoder", "decoder"), [("libvpx-vp9", "libvpx-vp9"), ("libvpx", "libvpx"), ("prores_ks", None)]
)
def test_transparency(settings: Settings, tmp_path: Path, encoder: str, decoder: str | None) -> None:
    """The usual WebM decoders drop it, so the right one is named."""
    path = tmp_path / ("alpha.mov" if encoder == "prores_ks" else "alpha.webm")
    form = "yuva444p10le" if encoder == "prores_ks" else "yuva420p"
    source = f"testsrc2=s=64x64:r=25:d=0.2,format={form},colorchannelmixer=aa=0.5"
    extra = ["-profile:v", "4444"] if encoder == "prores_ks" else ["-auto-alt-ref", "0"]
    ffmpeg("-f", "lavfi", "-i", source, "-c:v", encoder, *extra, "-pix_fmt", form, path)
    facts = video(probe(path, settings))
    assert facts.alpha
    assert facts.decoder == decoder


def test_cover_picture_is_no_video(make: Make, settings: Settings, tmp_path: Path) -> None:
    """A song with a cover is sound, and a film with a poster keeps its own picture."""
    cover = tmp_path / "cover.png"
    ffmpeg("-f", "lavfi", "-i", "color=red:s=600x600:d=1", "-frames:v", "1", cover)
    song, film = tmp_path / "song.mp3", tmp_path / "film.mp4"
    sound = make("sound.wav", "-map", "1:a")
    ffmpeg("-i", sound, "-i", cover, "-map", "0", "-map", "1", "-c:v", "copy", song)
    picture = make("h264.mp4", *H264)
    ffmpeg(
        *("-i", cover, "-i", picture, "-map", "0", "-map", "1:v", "-map", "1:a", "-c", "copy"),
        *("-disposition:v:0", "attached_pic", film),
    )
    assert (probe(song, settings).kind, probe(song, settings).video) == ("audio", None)
    assert video(probe(film, settings)).codec == "h264"


STILLS = {
    "still.png": "png_pipe",
    "still.jpg": "jpeg_pipe",
    "still.webp": "webp_pipe",
    "still.bmp": "bmp_pipe",
    "still.tiff": "tiff_pipe",
    "still.gif": "gif_pipe",
    "still.ppm": "ppm_pipe",
    "still.qoi": "qoi_pipe",
    "still.exr": "exr_pipe",
}


@pytest.mark.parametrize("name", STILLS)
def test_still_images(settings: Settings, folder: Path, name: str) -> None:
    """A picture is one by its bytes, whatever it is called."""
    path = folder / name
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:d=0.1:r=10", "-frames:v", "1", path)
    disguised = folder / (name + ".mp4")
    path.rename(disguised)
    facts = probe(disguised, settings)
    assert (facts.kind, facts.demuxer, facts.duration) == ("image", STILLS[name], 0.0)
    assert (video(facts).width, video(facts).height, video(facts).frames) == (64, 48, 1)
    subprocess.run(
        [FFMPEG, "-v", "error", "-f", STILLS[name], "-i", str(disguised), "-f", "null", "-"], check=True
    )


@pytest.mark.parametrize(("name", "demuxer"), [("moving.gif", "gif"), ("moving.apng", "apng")])
def test_moving_pictures_in_image_formats(make: Make, settings: Settings, name: str, demuxer: str) -> None:
    """More than one picture is video."""
    arguments, rate = SPECIMENS[name]
    facts = probe(make(name, *arguments, rate=rate), settings)
    assert (facts.kind, facts.demuxer) == ("video", demuxer)


def test_animated_webp(settings: Settings, tmp_path: Path) -> None:
    """Counted and timed by the file's structure, as the packaged ffmpeg decodes it."""
    path = tmp_path / "moving.webp"
    source = "testsrc2=s=64x48:r=25:d=0.4,noise=alls=60:allf=t,format=yuva420p,colorchannelmixer=aa=0.5"
    ffmpeg("-f", "lavfi", "-i", source, "-c:v", "libwebp_anim", "-loop", "1", path)
    facts = probe(path, settings)
    assert (facts.kind, facts.demuxer) == ("video", "webp_anim")
    assert facts.duration == pytest.approx(0.4)
    assert (video(facts).rate, video(facts).frames, video(facts).alpha) == ((25, 1), 10, True)
    assert (video(facts).width, video(facts).height) == (64, 48)
    decode = ["-f", "webp_anim", "-i", str(path), "-fps_mode", "passthrough", "-f", "framemd5", "-"]
    done = subprocess.run([FFMPEG, "-v", "error", *decode], check=True, capture_output=True, text=True)
    assert len([line for line in done.stdout.splitlines() if not line.startswith("#")]) == 10


@pytest.mark.parametrize(("orientation", "turn"), [(1, 0), (3, 180), (6, 90), (8, 270)])
def test_photos_are_turned(settings: Settings, tmp_path: Path, orientation: int, turn: int) -> None:
    """A phone turns a photo by a tag."""
    path = tmp_path / "photo.jpg"
    tags = Image.Exif()
    tags[0x0112] = orientation
    Image.new("RGB", (64, 48)).save(path, exif=tags)
    facts = video(probe(path, settings))
    assert (facts.width, facts.height, facts.rotation) == (64, 48, turn)


def test_sound_layouts(settings: Settings, tmp_path: Path) -> None:
    """Rates, channels and the names of their layouts."""
    for layout, channels, rate in [("mono", 1, 8000), ("stereo", 2, 44100), ("5.1", 6, 192000)]:
        path = tmp_path / f"{layout}.wav"
        ffmpeg("-f", "lavfi", "-i", f"anullsrc=cl={layout}:r={rate}:d=0.2", path)
        audio = probe(path, settings).audio
        assert audio is not None
        assert (audio.layout, audio.channels, audio.sample_rate) == (layout, channels, rate)


def code(path: Path, settings: Settings) -> str:
    """Why a file is refused."""
    with pytest.raises(MediaRefused) as caught:
        probe(path, settings)
    assert os.path.abspath(path) in caught.value.message
    assert caught.value.hint
    return caught.value.reason.code


PLAYLIST = "media.unsupported"
HOSTILE = {
    "list.mp4": (b"#EXTM3U\n#EXTINF:1,\nother.ts\n", PLAYLIST),
    "script.mp4": (b"ffconcat version 1.0\nfile other.mp4\n", PLAYLIST),
    "dash.mp4": (b'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">', PLAYLIST),
    "session.mp4": (b"v=0\no=- 0 0 IN IP4 127.0.0.1\n", PLAYLIST),
    "drawing.png": (b'<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>', PLAYLIST),
    "words.mp4": (b"just some words\n" * 100, "media.not_media"),
    "page.html": (b"<!DOCTYPE html><p>no</p>", "media.not_media"),
    "paper.pdf": (b"%PDF-1.7\n\x00\x01", "media.not_media"),
    "box.zip": (b"PK\x03\x04\x00\x00", "media.not_media"),
    "zeros.mp4": (bytes(5000), "media.not_media"),
    "noise.mp4": (random.Random(1).randbytes(5000), "media.not_media"),
    "nothing.mp4": (b"", "media.empty"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_media_is_named(settings: Settings, tmp_path: Path, name: str) -> None:
    """Playlists, scripts and text never reach a demuxer that follows them."""
    content, expected = HOSTILE[name]
    path = tmp_path / name
    path.write_bytes(content)
    assert code(path, settings) == expected


def test_what_is_no_file(settings: Settings, tmp_path: Path) -> None:
    """Nothing hangs on a pipe, and nothing is read from a device."""
    fifo, link, closed = tmp_path / "fifo", tmp_path / "link", tmp_path / "socket"
    os.mkfifo(fifo)
    link.symlink_to(tmp_path / "gone")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(closed))
        assert code(fifo, settings) == "media.not_a_file"
        assert code(tmp_path, settings) == "media.not_a_file"
        assert code(Path("/dev/zero"), settings) == "media.not_a_file"
        assert code(closed, settings) == "media.not_a_file"
        assert code(link, settings) == "media.missing"
        assert code(tmp_path / "none.mp4", settings) == "media.missing"
        assert code(tmp_path / "nul\0byte", settings) == "media.missing"


@pytest.mark.parametrize("name", ["h264.mp4", "prores.mov", "vp9.webm", "ffv1.mkv", "sound.wav", "mpeg4.avi"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.98])
def test_cut_off_files(make: Make, settings: Settings, tmp_path: Path, name: str, share: float) -> None:
    """A download that stopped is named as what it is."""
    arguments, rate = SPECIMENS[name]
    data = make(name, *arguments, rate=rate).read_bytes()
    path = tmp_path / name
    path.write_bytes(data[: int(len(data) * share)])
    assert code(path, settings) == "media.truncated"


@pytest.mark.parametrize("name", ["still.png", "still.jpg"])
def test_cut_off_pictures(settings: Settings, tmp_path: Path, name: str) -> None:
    """Half a picture is not drawn as a whole one."""
    path = tmp_path / name
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x240", "-frames:v", "1", path)
    path.write_bytes(path.read_bytes()[:-200])
    assert code(path, settings) == "media.truncated"


def test_damaged_files_harm_nobody(make: Make, settings: Settings, tmp_path: Path) -> None:
    """Every answer about a damaged file is facts or a reason, and the whole files beside it stay whole."""
    random_ = random.Random(2)
    whole = make("h264.mp4", *H264)
    paths = [whole]
    for name in ("h264.mp4", "vp9.webm", "moving.gif", "sound.mp3", "h264.ts"):
        arguments, rate = SPECIMENS[name]
        original = make(name, *arguments, rate=rate).read_bytes()
        for number in range(12):
            data = bytearray(original)
            for _ in range(1 + number * 2):
                reach = len(data) if number % 2 else min(len(data), 800)
                data[random_.randrange(reach)] = random_.randrange(256)
            path = tmp_path / f"{number}-{name}"
            path.write_bytes(data)
            paths.append(path)
    found = probe_all(paths, settings)
    assert list(dict.fromkeys(paths)) == [path for path in paths if path in found]
    assert isinstance(found[whole], MediaFacts)
    for refused in found.values():
        if isinstance(refused, MediaRefused):
            assert refused.reason.code.startswith("media.")


def test_picture_too_large(settings: Settings, tmp_path: Path) -> None:
    """A small file that unpacks to a huge picture is refused before it is unpacked."""
    path = tmp_path / "bomb.png"
    ffmpeg("-f", "lavfi", "-i", "color=s=9000x9000:d=1,format=gray", "-frames:v", "1", path)
    assert code(path, settings) == "media.too_large"


def test_video_too_large(make: Make, tmp_path: Path) -> None:
    """The limit holds for every format."""
    small = Settings(data_dir=tmp_path / "data", max_pixels=1000)
    assert code(make("h264.mp4", *H264), small) == "media.too_large"


def test_no_streams(settings: Settings, tmp_path: Path) -> None:
    """A container with subtitles alone."""
    words, path = tmp_path / "words.srt", tmp_path / "words.mkv"
    words.write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    ffmpeg("-i", words, path)
    assert code(path, settings) == "media.no_streams"


def test_roots(make: Make, tmp_path: Path) -> None:
    """Links may point within a root, and not out of it."""
    source = make("h264.mp4", *H264)
    root = tmp_path / "root"
    (root / "inner").mkdir(parents=True)
    inside = root / "inner" / "a.mp4"
    inside.write_bytes(source.read_bytes())
    (root / "near.mp4").symlink_to(inside)
    (root / "far.mp4").symlink_to(source)
    narrow = Settings(data_dir=tmp_path / "data", media_roots=(root,))
    assert probe(inside, narrow).kind == "video"
    assert probe(root / "near.mp4", narrow).kind == "video"
    assert code(root / "far.mp4", narrow) == "media.outside_roots"
    assert code(source, narrow) == "media.outside_roots"
    assert code(root / ".." / "root" / ".." / source.name, narrow) == "media.outside_roots"
    assert code(root / "none.mp4", narrow) == "media.missing"


def test_folder_replaced_by_a_link(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the check of the name and the open, a folder becomes a link out of the root: refused."""
    from stoat_ferret.media import files

    source = make("h264.mp4", *H264)
    root = tmp_path / "root"
    root.mkdir()
    (root / "inner").symlink_to(source.parent)
    name = root / "inner" / source.name
    narrow = Settings(data_dir=tmp_path / "data", media_roots=(root,))
    monkeypatch.setattr(os.path, "realpath", str)
    assert code(name, narrow) == "media.unreadable"
    monkeypatch.setattr(files, "_SYS_OPENAT2", 100_000)  # a kernel without it
    assert code(name, narrow) == "media.missing"


def test_facts_are_remembered(
    make: Make, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unchanged file is looked at once; a changed one, or a damaged memory, again."""
    path = tmp_path / "a.mp4"
    path.write_bytes(make("h264.mp4", *H264).read_bytes())
    first = probe(path, settings)
    with monkeypatch.context() as context:
        context.setattr(sys, "executable", "/no/python")
        assert first == probe(path, settings)
    for stored in settings.cache_dir.rglob("*.json"):
        stored.write_text(stored.read_text()[:50])
    assert first == probe(path, settings)
    path.write_bytes(make("ntsc.mp4", *H264, rate="30000/1001").read_bytes())
    assert probe(path, settings).identity != first.identity
    assert video(probe(path, settings)).rate == (30000, 1001)


def test_relative_names_and_repeats(make: Make, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer stands under the name that was asked, with the absolute path in it."""
    path = make("h264.mp4", *H264)
    monkeypatch.chdir(path.parent)
    asked = Path(path.name)
    found = probe_all([asked, asked], settings)
    assert list(found) == [asked]
    facts = found[asked]
    assert isinstance(facts, MediaFacts)
    assert facts.path == str(path)


def test_facts_survive_json(make: Make, settings: Settings) -> None:
    """What is stored and handed to the compiler is the whole value."""
    facts = probe(make("h264.mp4", *H264), settings)
    assert facts == MediaFacts.from_json(facts.to_json())


def test_modules_in_the_current_folder_are_not_run(
    make: Make, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project folder may belong to anybody."""
    (tmp_path / "av.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    assert probe(make("h264.mp4", *H264), settings).kind == "video"


READER = """
import json, os, socket, sys, time
channel = socket.socket(fileno=0)
channel.sendall(b"ready\\n")
while True:
    data, descriptors, _, _ = socket.recv_fds(channel, 65536, 1)
    if not data:
        break
    name = os.path.basename(json.loads(data)["path"])
    if "crash" in name:
        os.abort()
    if "slow" in name:
        time.sleep(60)
    error = {"code": "media.not_media", "message": "It is fine.", "hint": "None."}
    channel.sendall(json.dumps({"error": error}).encode() + b"\\n")
"""


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts another program in the place of the one that reads files."""

    def become(body: str) -> None:
        script = tmp_path / "reader.py"
        script.write_text(body)
        program = tmp_path / "python"
        program.write_text(f"#!/bin/sh\nexec {sys.executable} {script}\n")
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))

    return become


def test_crash_and_delay_are_the_files_own(reader: Callable[[str], None], tmp_path: Path) -> None:
    """A file that crashes or stops its reader is refused; those after it are looked at as if nothing was."""
    reader(READER)
    paths = [tmp_path / name for name in ("crash.mp4", "a.mp4", "slow.mp4", "b.mp4")]
    for path in paths:
        path.write_bytes(b"x")
    found = probe_all(paths, Settings(data_dir=tmp_path / "data", probe_seconds=2.0))
    messages = [found[path].message for path in paths]  # type: ignore[union-attr]
    assert "crashed" in messages[0]
    assert "longer than 2 s" in messages[2]
    assert messages[1].endswith("it is fine.")
    assert messages[3].endswith("it is fine.")


def test_reader_that_does_not_start(reader: Callable[[str], None], make: Make, settings: Settings) -> None:
    """A broken installation is not blamed on the file."""
    reader("raise SystemExit('no module named av')")
    with pytest.raises(ProbeBroken, match="no module named av"):
        probe(make("h264.mp4", *H264), settings)


def test_memory_of_the_reader_is_limited(make: Make, tmp_path: Path) -> None:
    """The limit reaches the process: with very little, every file is too much."""
    tight = Settings.model_construct(**{**Settings(data_dir=tmp_path).model_dump(), "probe_memory_mib": 1})
    with pytest.raises(MediaRefused) as caught:
        probe(make("h264.mp4", *H264), tight)
    assert caught.value.reason.code in ("media.unreadable", "media.too_large")


REAL_FACTS = {
    "bbb_0_30.webm": ("video", (24, 1), 720, "vorbis"),
    "chaplin.mp4": ("video", (25, 1), 241, "mp3"),
    "talk.mp4": ("video", (30, 1), 1272, "aac"),
    "smpte-2997.mp4": ("video", (25, 1), 251, "aac"),
    "h264-with-cover-png.mp4": ("video", (30, 1), 60, "aac"),
    "no_duration.webm": ("video", None, 74, "opus"),
    "rain.mp3": ("audio", None, 0, "mp3"),
    "with-attached-pic.mp3": ("audio", None, 0, "mp3"),
}


def test_real_footage(settings: Settings) -> None:
    """Files that nobody made for this program, where their folder is beside the repository."""
    paths = {name: REAL / name for name in REAL_FACTS if (REAL / name).exists()}
    found = probe_all(paths.values(), settings)
    for name, path in paths.items():
        kind, rate, frames, codec = REAL_FACTS[name]
        facts = found[path]
        assert isinstance(facts, MediaFacts), facts
        assert facts.kind == kind, name
        assert facts.audio is not None
        assert facts.audio.codec == codec, name
        if kind == "audio":
            assert facts.video is None, name
            continue
        assert video(facts).frames == frames, name
        assert video(facts).variable_rate == (rate is None), name
        assert rate in (None, video(facts).rate), name
        assert not video(facts).alpha, name
