"""Bad input: every problem at once, by name and pointer, with a hint; no output and no leftovers."""

import json
import os
import stat
import subprocess
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from stoat_ferret.testing.command import Finished, Stoat
from stoat_ferret.testing.documents import Document, clip, document, keyframes, track
from stoat_ferret.testing.measure import decode_pictures
from stoat_ferret.testing.media import MediaMaker, Source

COLOUR = {"generator": "color", "color": "#ff0000"}


def _good() -> Document:
    return document(track(clip(COLOUR, 0, 0, 1, id="a"), clip(COLOUR, 1, 0, 1, id="b")))


@contextmanager
def _untouched(folder: Path) -> Iterator[None]:
    """Hold that nothing in `folder` appears, changes or goes, but for project files."""

    def listing() -> dict[str, int]:
        return {
            str(path): path.lstat().st_mtime_ns
            for path in folder.rglob("*")
            if not path.name.endswith(".project.json") and not path.is_dir()
        }

    before = listing()
    yield
    assert before == listing()
    assert not list(folder.rglob(".*"))


def _refused(stoat: Stoat, made: Document, folder: Path, **options: Any) -> list[dict[str, Any]]:
    with _untouched(folder):
        done = stoat.try_render(made, folder / "out.mp4", **options)
    return _problems(done)


def _problems(done: Finished) -> list[dict[str, Any]]:
    assert 2 == done.code, done.output + done.errors
    assert done.problems
    for problem in done.problems:
        assert {"code", "path", "message", "hint"} <= set(problem)
        assert all(problem[key] for key in ("code", "message", "hint")), problem
        assert problem["path"] == "" or problem["path"].startswith("/")
    return done.problems


def _pixels(width: int, height: int) -> bytes:
    """Give a small PNG file of an enormous picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        sum_ = zlib.crc32(kind + data)
        return len(data).to_bytes(4, "big") + kind + data + sum_.to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([1, 0, 0, 0, 0])
    packed = zlib.compress(bytes((width // 8 + 1) * height), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def _hostile(media: MediaMaker, folder: Path) -> dict[str, Path]:
    """Lay out files that must not become sources."""
    good = media.make(Source()).read_bytes()
    secret = folder / "secret.txt"
    secret.write_text("top secret\n" * 100)
    contents: dict[str, bytes] = {
        "empty.mp4": b"",
        "truncated.mp4": good[: len(good) // 2],
        "header-only.mp4": good[:64],
        "words.mp4": b"This is a letter and no film.\n" * 50,
        "noise.mp4": bytes((n * 7919 + n // 13) % 256 for n in range(20_000)),
        "playlist.mp4": b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.txt\n#EXT-X-ENDLIST\n",
        "playlist.m3u8": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "list.mp4": b"ffconcat version 1.0\nfile secret.txt\n",
        "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="secret.txt"/></svg>',
        "page.mp4": b"<html><body>hello</body></html>",
        "session.sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
        "bomb.png": _pixels(30_000, 30_000),
    }
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    (folder / "folder.mp4").mkdir()
    os.mkfifo(folder / "pipe.mp4")
    (folder / "loop.mp4").symlink_to("loop.mp4")
    named = [*contents, "folder.mp4", "pipe.mp4", "loop.mp4", "missing.mp4"]
    return {name: folder / name for name in named} | {"device": Path("/dev/zero")}


def test_every_bad_source_is_named_at_once(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Missing, empty, truncated, foreign and hostile files are refused in one answer, each by its pointer."""
    bad = _hostile(media, tmp_path)
    clips = [clip(path, number, 0, 1) for number, path in enumerate(bad.values())]
    problems = _refused(stoat, document(track(*clips)), tmp_path)
    named = {problem["path"]: problem for problem in problems}
    assert {f"/tracks/0/clips/{number}/source" for number in range(len(bad))} == set(named)
    for number, name in enumerate(bad):
        said = json.dumps(named[f"/tracks/0/clips/{number}/source"], ensure_ascii=False)
        assert "top secret" not in said
        assert "root:" not in said, name


def test_network_addresses_are_only_names(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """A source that looks like an address is a file that is not there; nothing is fetched."""
    addresses = [
        "http://127.0.0.1:9/x.mp4",
        "concat:a|b",
        "data:video/mp4;base64,AAAA",
        "pipe:0",
        "rtmp://x/y",
    ]
    clips = [clip(address, number, 0, 1) for number, address in enumerate(addresses)]
    problems = _refused(bundled_stoat, document(track(*clips)), tmp_path)
    assert [f"/tracks/0/clips/{number}/source" for number in range(len(clips))] == [
        p["path"] for p in problems
    ]


def test_source_damaged_in_the_middle_gives_no_short_file(
    stoat: Stoat, media: MediaMaker, tmp_path: Path
) -> None:
    """A source that ends before its header says is refused or rendered in full length, never cut short."""
    data = media.make(Source(codec="ffv1", ending="mkv", frames=150)).read_bytes()
    (tmp_path / "half.mkv").write_bytes(data[: len(data) // 2])
    done = stoat.try_render(document(track(clip("half.mkv", 0, 0, 5))), tmp_path / "out.mp4")
    if done.code == 0:
        assert 150 == len(decode_pictures(tmp_path / "out.mp4"))
    else:
        assert done.problems
        assert not (tmp_path / "out.mp4").exists()


WRONG: dict[str, tuple[Callable[[Document], None], str]] = {}


def _wrong(pointer: str) -> Callable[[Callable[[Document], None]], Callable[[Document], None]]:
    """Register a way to spoil a good document, and the pointer that must be named."""

    def register(spoil: Callable[[Document], None]) -> Callable[[Document], None]:
        WRONG[spoil.__name__.strip("_").replace("_", " ")] = (spoil, pointer)
        return spoil

    return register


def _effect(made: Document, **effect: Any) -> None:
    made["tracks"][0]["clips"][0]["effects"] = [effect]


def _edge(made: Document, **edge: Any) -> None:
    made["tracks"][0]["transitions"] = [edge]


@_wrong("/tracks/0/clips/0/effects/0/type")
def _unknown_effect(made: Document) -> None:
    _effect(made, type="blurr", params={})


@_wrong("/tracks/0/clips/0/effects/0/params/radiuss")
def _unknown_parameter(made: Document) -> None:
    _effect(made, type="blur", params={"radiuss": 3})


@_wrong("/tracks/0/clips/0/effects/0/params/radius")
def _parameter_out_of_range(made: Document) -> None:
    _effect(made, type="blur", params={"radius": -3})


@_wrong("/tracks/0/clips/0/effects/0/params/radius")
def _parameter_of_another_type(made: Document) -> None:
    _effect(made, type="blur", params={"radius": "much"})


@_wrong("/tracks/0/clips/0/effects/0/params/factor")
def _speed_beyond_its_range(made: Document) -> None:
    _effect(made, type="speed_control", params={"factor": 9})


@_wrong("/tracks/0/clips/0/effects/0/params")
def _required_parameter_left_out(made: Document) -> None:
    _effect(made, type="text_overlay", params={})


@_wrong("/tracks/0/clips/0/effects/0/params/fontcolor")
def _colour_that_is_none(made: Document) -> None:
    _effect(made, type="text_overlay", params={"text": "x", "fontcolor": "red:x=0"})


@_wrong("/tracks/0/transitions/0/type")
def _unknown_transition(made: Document) -> None:
    made["tracks"][0]["clips"][1]["timeline_start"] = 0.5
    _edge(made, type="fadeee", duration=0.5, **{"from": "a", "to": "b"})


@_wrong("/tracks/0/transitions/0/type")
def _custom_transition(made: Document) -> None:
    made["tracks"][0]["clips"][1]["timeline_start"] = 0.5
    _edge(made, type="custom", duration=0.5, **{"from": "a", "to": "b"})


@_wrong("/tracks/0/transitions/0")
def _transition_longer_than_a_clip(made: Document) -> None:
    _edge(made, type="fade", duration=3, **{"from": "a", "to": "b"})


@_wrong("/tracks/0/transitions/0/to")
def _transition_to_nothing(made: Document) -> None:
    _edge(made, type="fade", duration=0.2, **{"from": "a", "to": "zzz"})


@_wrong("/tracks/0/clips/1")
def _overlap_without_transition(made: Document) -> None:
    made["tracks"][0]["clips"][1]["timeline_start"] = 0.5


@_wrong("/tracks/0/clips/0")
def _out_before_in(made: Document) -> None:
    made["tracks"][0]["clips"][0] |= {"in_point": 2, "out_point": 1}


@_wrong("/tracks/0/clips/0/timeline_start")
def _start_before_the_start(made: Document) -> None:
    made["tracks"][0]["clips"][0]["timeline_start"] = -1


@_wrong("/tracks/0/clips/0/timeline_end")
def _end_that_does_not_fit(made: Document) -> None:
    made["tracks"][0]["clips"][0]["timeline_end"] = 7


@_wrong("/tracks/0/clips/0/opacitty")
def _unknown_field(made: Document) -> None:
    made["tracks"][0]["clips"][0]["opacitty"] = 1


@_wrong("/tracks/0/clips/0/transform/opacity")
def _opacity_beyond_one(made: Document) -> None:
    made["tracks"][0]["clips"][0]["transform"] = {"opacity": 1.5}


@_wrong("/tracks/0/clips/0/transform/opacity/keyframes")
def _keyframes_out_of_range(made: Document) -> None:
    made["tracks"][0]["clips"][0]["transform"] = {"opacity": keyframes((0, 0), (1, 4))}


@_wrong("/tracks/0/clips/0/transform/opacity/keyframes")
def _no_keyframes(made: Document) -> None:
    made["tracks"][0]["clips"][0]["transform"] = {"opacity": {"keyframes": []}}


@_wrong("/tracks/0/clips/0/transform/anchor")
def _unknown_anchor(made: Document) -> None:
    made["tracks"][0]["clips"][0]["transform"] = {"anchor": "somewhere"}


@_wrong("/tracks/0/clips/0/source/generator")
def _unknown_generator(made: Document) -> None:
    made["tracks"][0]["clips"][0]["source"] = {"generator": "fog"}


@_wrong("/tracks/0/clips/1/id")
def _one_id_twice(made: Document) -> None:
    made["tracks"][0]["clips"][1]["id"] = "a"


@_wrong("/tracks/0/type")
def _unknown_kind_of_track(made: Document) -> None:
    made["tracks"][0]["type"] = "vidio"


@_wrong("/output/fps")
def _no_frames_a_second(made: Document) -> None:
    made["output"]["fps"] = 0


@_wrong("/output/width")
def _odd_width(made: Document) -> None:
    made["output"]["width"] = 321


@_wrong("/output/height")
def _enormous_height(made: Document) -> None:
    made["output"]["height"] = 10**9


@_wrong("/schema")
def _schema_of_the_future(made: Document) -> None:
    made["schema"] = "stoat.project/99"


@_wrong("/tracks/1/ducking/under/0")
def _ducking_under_nothing(made: Document) -> None:
    tone = {"generator": "tone", "frequency": 440}
    made["tracks"].append(track(clip(tone, 0, 0, 1), type="audio", ducking={"under": ["nobody"]}))


@_wrong("/tracks")
def _nothing_at_all(made: Document) -> None:
    made["tracks"] = []


@pytest.mark.parametrize("name", WRONG)
def test_wrong_document_is_refused_by_pointer(bundled_stoat: Stoat, tmp_path: Path, name: str) -> None:
    """Each kind of mistake is named by its place."""
    spoil, pointer = WRONG[name]
    made = _good()
    spoil(made)
    problems = _refused(bundled_stoat, made, tmp_path)
    assert [p for p in problems if p["path"].startswith(pointer)], problems


def test_good_document_is_not_refused(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """The document that the others spoil is a good one."""
    assert 60 == len(decode_pictures(bundled_stoat.render(_good(), tmp_path / "out.mp4")))


def test_all_problems_at_once(stoat: Stoat, tmp_path: Path) -> None:
    """A document with many mistakes and a missing source gets one answer with all of them."""
    made = _good()
    made["tracks"][0]["clips"].append(clip("missing.mp4", 3, 0, 1, fitt="contain"))
    _unknown_effect(made)
    _overlap_without_transition(made)
    made["output"]["fps"] = "fast"
    done = stoat.try_render(made, tmp_path / "out.mp4")
    paths = [problem["path"] for problem in _problems(done)]
    for pointer in (
        "/tracks/0/clips/0/effects/0/type",
        "/tracks/0/clips/2/fitt",
        "/tracks/0/clips/2/source",
        "/output/fps",
    ):
        assert pointer in paths


def test_nearest_name_is_offered(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """A misspelt name gets the right one in its hint."""
    made = _good()
    _effect(made, type="text_overlay", params={"text": "x", "fontsiz": 12})
    assert "fontsize" in json.dumps(_refused(bundled_stoat, made, tmp_path))
    made = _good()
    _effect(made, type="vide_fade", params={"fade_type": "in", "duration": 1})
    assert "video_fade" in json.dumps(_refused(bundled_stoat, made, tmp_path))


def test_source_shorter_than_asked(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """An out point behind the source's end is refused, with the end in the answer."""
    made = document(track(clip(media.make(Source()), 0, 1, 9)))
    problems = _refused(bundled_stoat, made, tmp_path)
    assert ["/tracks/0/clips/0/out_point"] == [problem["path"] for problem in problems]
    assert "3" in json.dumps(problems)


def test_silent_film_on_an_audio_track(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A clip that is there for its sound and has none is refused or remarked upon, by its pointer."""
    made = document(track(clip(media.make(Source(sound=None)), 0, 0, 1), type="audio"))
    done = bundled_stoat.try_render(made, tmp_path / "out.mp4")
    remarks = done.answer["notices"] if done.code == 0 else _problems(done)
    assert [remark for remark in remarks if remark["path"].startswith("/tracks/0/clips/0")]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"tracks": NaN}', "\x00", '{"a": 1, "a": 2}', "\ud800"]
)
def test_project_that_is_no_project(bundled_stoat: Stoat, tmp_path: Path, text: str) -> None:
    """A file that is no project is refused in one sentence."""
    project = tmp_path / "bad.project.json"
    project.write_bytes(text.encode("utf-8", "surrogatepass"))
    with _untouched(tmp_path):
        done = bundled_stoat.run("render", str(project), "-o", str(tmp_path / "out.mp4"), "--json")
    _problems(done)


def test_deep_project(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """Brackets a hundred thousand deep are refused, not fallen into."""
    project = tmp_path / "deep.project.json"
    project.write_text('{"tracks": ' + "[" * 100_000 + "]" * 100_000 + "}")
    _problems(bundled_stoat.run("render", str(project), "-o", str(tmp_path / "out.mp4"), "--json"))


def test_missing_project(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """A project file that is not there is a wrong request."""
    _problems(
        bundled_stoat.run("render", str(tmp_path / "no.json"), "-o", str(tmp_path / "out.mp4"), "--json")
    )


OPTIONS: dict[str, dict[str, Any]] = {
    "unknown quality": {"quality": "best"},
    "unknown encoder": {"encoder": "libx999"},
    "encoder of another format": {"encoder": "libvpx-vp9", "format": "wav"},
    "unknown format": {"format": "avi2"},
    "range beyond the end": {"range": "0s:99s"},
    "empty range": {"range": "1s:1s"},
    "range in words": {"range": "all"},
    "no size": {"size": "wide"},
    "odd size": {"size": "321x180"},
    "crf out of range": {"crf": 99},
    "bitrate in words": {"bitrate": "much"},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS.keys())
def test_wrong_option(bundled_stoat: Stoat, tmp_path: Path, options: dict[str, Any]) -> None:
    """An option that cannot be honoured is refused, never dropped."""
    _refused(bundled_stoat, _good(), tmp_path, **options)


def test_existing_file_is_kept(stoat: Stoat, tmp_path: Path) -> None:
    """Without `--overwrite` an existing file stays as it is; with it, it is replaced by a whole new one."""
    out = tmp_path / "out.mp4"
    out.write_text("precious")
    assert "output.exists" == _refused(stoat, _good(), tmp_path)[0]["code"]
    assert "precious" == out.read_text()
    stoat.render(_good(), out, overwrite=True)
    assert 60 == len(decode_pictures(out))


def test_failed_overwrite_keeps_the_old_file(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """With `--overwrite` a render that is refused leaves the old file alone."""
    (tmp_path / "out.mp4").write_text("precious")
    made = _good()
    _unknown_effect(made)
    _refused(bundled_stoat, made, tmp_path, overwrite=True)


def test_source_is_not_overwritten(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A project cannot be rendered over its own source, whatever the options and links say."""
    source = tmp_path / "out.mp4"
    source.write_bytes(media.make(Source()).read_bytes())
    (tmp_path / "same.mp4").symlink_to(source)
    for named in ("out.mp4", "same.mp4"):
        _refused(bundled_stoat, document(track(clip(named, 0, 0, 1))), tmp_path, overwrite=True)


def test_unwritable_targets(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """A missing folder, a file as folder, a folder as file, and a name that is too long are refused."""
    (tmp_path / "plain").write_text("x")
    (tmp_path / "folder.mp4").mkdir()
    project = tmp_path / "good.project.json"
    project.write_text(json.dumps(_good()))
    for name in ("no/out.mp4", "plain/out.mp4", "folder.mp4", "x" * 300 + ".mp4", "out", "out.xyz"):
        with _untouched(tmp_path):
            done = bundled_stoat.run("render", str(project), "-o", f"{tmp_path}/{name}", "--json")
        _problems(done)


def test_folder_without_write_permission(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """A folder that cannot be written to fails with words, as a request or as work."""
    done = bundled_stoat.try_render(_good(), tmp_path / "project.mp4", explain=True)
    assert 0 == done.code
    project = tmp_path / "project.mp4.project.json"
    done = bundled_stoat.run("render", str(project), "-o", "/proc/out.mp4", "--json")
    assert done.code in {1, 2}
    assert done.problems[0]["hint"]


def test_full_disk(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A disk that fills up ends the render with its reason and leaves nothing on it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    project = tmp_path / "project.json"
    noisy = {"source": str(media.make(Source(frames=150))), "timeline_start": 0}
    project.write_text(json.dumps(document(track(noisy), width=640, height=360)))
    words = stoat.command(
        "render", str(project), "-o", str(disk / "out.mkv"), "--quality", "lossless", "--json"
    )
    script = 'mount -t tmpfs -o size=1m none "$0" && { "$@"; code=$?; ls -A "$0" >&2; exit $code; }'
    inside = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, str(disk), *words]
    done = subprocess.run(
        inside, env=stoat.environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert 1 == done.returncode, done.stdout + done.stderr
    problems = json.loads(done.stdout)["problems"]
    assert ["disk.full"] == [problem["code"] for problem in problems]
    assert problems[0]["hint"]
    assert "out.mkv" not in done.stderr


def _program(folder: Path, script: str, shell: str = "/bin/sh") -> Path:
    path = folder / "ffmpeg-of-another-kind"
    path.write_text(f"#!{shell}\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (None, "ffmpeg.missing"),
        ("echo 'ffmpeg version 4.4.2 Copyright (c) 2000-2021 the FFmpeg developers'", "ffmpeg.too_old"),
        ("echo hello", "ffmpeg.broken"),
        ("exit 1", "ffmpeg.broken"),
    ],
    ids=["missing", "too old", "another program", "one that fails"],
)
def test_ffmpeg_that_will_not_do(tmp_path: Path, script: str | None, code: str) -> None:
    """No ffmpeg, an old one, or something else in its place is named, with what to do."""
    program = tmp_path / "nowhere" if script is None else _program(tmp_path, script)
    stoat = Stoat(ffmpeg=program, data=tmp_path / "data")
    out = tmp_path / "out" / "out.mp4"
    out.parent.mkdir()
    done = stoat.try_render(_good(), out)
    assert done.code in {1, 2}
    assert [code] == [problem["code"] for problem in done.problems]
    assert done.problems[0]["hint"]
    assert ["out.mp4.project.json"] == [path.name for path in out.parent.iterdir()]


def test_ffmpeg_that_breaks_during_the_work(bundled_ffmpeg: Path, tmp_path: Path) -> None:
    """When ffmpeg fails in the middle, its reason is told and nothing is left."""
    # It answers every question as the real one does, and fails as soon as it must write a file.
    script = 'case "$*" in *nostdin*file:*) echo "Conversion failed!" >&2; exit 187;; esac\n'
    script += f'exec {bundled_ffmpeg} "$@"'
    stoat = Stoat(ffmpeg=_program(tmp_path, script), data=tmp_path / "data")
    out = tmp_path / "out" / "out.mp4"
    out.parent.mkdir()
    done = stoat.try_render(_good(), out)
    assert 1 == done.code
    assert done.problems[0]["code"].startswith("ffmpeg.")
    assert ["out.mp4.project.json"] == [path.name for path in out.parent.iterdir()]


def test_ffmpeg_that_lies(bundled_ffmpeg: Path, tmp_path: Path) -> None:
    """An ffmpeg that says it is done but wrote a short file is found out by verifying."""
    # The last argument is the output: the limit goes before it.
    script = (
        'case "$*" in *nostdin*file:*) set -- "${@:1:$#-1}" -t 0.3 "${@:$#}";; esac\n'
        f'exec {bundled_ffmpeg} "$@"'
    )
    lies = _program(tmp_path, script, shell="/bin/bash")
    stoat = Stoat(ffmpeg=lies, data=tmp_path / "data")
    out = tmp_path / "out" / "out.mp4"
    out.parent.mkdir()
    done = stoat.try_render(_good(), out)
    assert 1 == done.code
    assert done.problems
    assert ["out.mp4.project.json"] == [path.name for path in out.parent.iterdir()]
