"""Captions: burnt in, as streams, and as files beside a film; read back as a player does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import Document, document, track
from stoat_ferret.testing.measure import decode_pictures

FPS = "30000/1001"

Cue = tuple[int, int, str]


def said(text: str, start: int, end: int) -> Document:
    """A caption on frames of the timeline."""
    source = {"generator": "title", "text": text, "position": "bottom_center"}
    return {"source": source, "timeline_start": f"{start}f", "out_point": f"{end - start}f"}


def spoken(**more: Any) -> Document:
    """Five seconds with captions in two languages, and a title that is no caption."""
    return document(
        track({"source": {"generator": "color", "color": "#204060"}, "out_point": "150f"}),
        track(
            said("Hello\nworld", 10, 50),
            said("Grüße: 1 < 2 & {x} \\N --> <i>", 50, 90),
            said("late", 100, 150),
            type="text",
            id="english",
            captions="eng",
        ),
        track(said("Hallo", 10, 50), type="text", id="deutsch", captions="deu"),
        track(said("Title", 0, 15), type="text", id="titles"),
        fps=FPS,
        **more,
    )


def milliseconds(frame: int) -> int:
    """When a frame is shown."""
    return round(frame * 1001 / 30)


def read(film: Path) -> list[tuple[str, str | None, bool, list[Cue]]]:
    """Codec, language, whether it is shown unasked, and the captions of each stream; gaps left out."""
    with av.open(str(film)) as container:
        streams = list(container.streams.subtitles)
        found: dict[int, list[Cue]] = {stream.index: [] for stream in streams}
        for packet in container.demux(streams):
            data = bytes(packet)
            base = packet.stream.time_base
            if packet.stream.codec_context.name == "mov_text":
                data = data[2 : 2 + int.from_bytes(data[:2], "big")]
            if data and packet.pts is not None and base is not None:
                times = (packet.pts, packet.pts + (packet.duration or 0))
                start, end = (round(time * base * 1000) for time in times)
                found[packet.stream.index].append((start, end, data.decode()))
        return [
            (
                stream.codec_context.name,
                stream.language,
                bool(stream.disposition & stream.disposition.default),
                found[stream.index],
            )
            for stream in streams
        ]


def plain(text: str) -> str:
    """A text without what keeps it from being read as tags."""
    for entity, letter in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("\u2060", "")):
        text = text.replace(entity, letter)
    return text


@pytest.mark.parametrize(
    ("ending", "codec", "german"),
    [
        ("mp4", "mov_text", "deu"),
        ("mov", "mov_text", "ger"),
        ("mkv", "srt", "deu"),
        ("webm", "webvtt", "deu"),
    ],
)
def test_streams_of_captions(stoat: Stoat, tmp_path: Path, ending: str, codec: str, german: str) -> None:
    """Each track is a stream with its language; of a range each cue has the part that is in it."""
    film = stoat.render(
        spoken(), tmp_path / f"a.{ending}", captions="stream", range="20f:120f", quality="draft"
    )
    (first, language, shown, english), (second, other, hidden, hallo) = read(film)
    assert ((codec, "eng", True), (codec, german, False)) == (
        (first, language, shown),
        (second, other, hidden),
    )
    # WebM begins with the priming of its sound.
    lag = 7 if ending == "webm" else 0
    expected = [
        (0, milliseconds(30), "Hello\nworld"),
        (milliseconds(30), milliseconds(70), "Grüße: 1 < 2 & {x} \\N --> <i>"),
        (milliseconds(80), milliseconds(100), "late"),
    ]
    assert [text for *_, text in expected] == [plain(text) for *_, text in english]
    assert ["Hallo"] == [text for *_, text in hallo]
    for cue, found in zip(expected, english, strict=True):
        assert max(abs(cue[0] - found[0]), abs(cue[1] - found[1])) <= lag, (cue, found)


def test_what_is_a_stream_is_no_picture(stoat: Stoat, tmp_path: Path) -> None:
    """Captions as streams, or left out, are not burnt in; titles are, and burnt captions stay the usual."""

    def pictures(name: str, project: Document, **options: Any) -> Any:
        film = stoat.render(project, tmp_path / name, quality="lossless", range="5f:45f", **options)
        return np.asarray(decode_pictures(film))

    silent = spoken()
    silent["tracks"] = [one for one in silent["tracks"] if "captions" not in one]
    without = pictures("without.mkv", silent)
    assert np.array_equal(without, pictures("stream.mkv", spoken(), captions="stream"))
    assert np.array_equal(without, pictures("none.mkv", spoken(), captions="none"))
    burnt = pictures("burnt.mkv", spoken())
    changed = np.flatnonzero((burnt != without).any(axis=(1, 2)))
    assert list(range(5, 40)) == changed.tolist()
    assert np.array_equal(burnt, pictures("burn.mkv", spoken(), captions="burn"))


def test_captions_beside_a_film(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """One track has the film's name, several their languages; names that are taken are refused."""
    one = spoken()
    one["tracks"] = [track_ for track_ in one["tracks"] if track_.get("id") != "deutsch"]
    film = tmp_path / "one.mp4"
    made = bundled_stoat.try_render(one, film, captions="file", range="20f:120f", quality="draft")
    assert [str(tmp_path / "one.srt")] == made.answer["captions"]
    assert (
        "1\n00:00:00,000 --> 00:00:01,001\nHello\nworld\n\n"
        "2\n00:00:01,001 --> 00:00:02,336\nGrüße: 1 < 2 & {x} \\N --\u2060> <i>\n\n"
        "3\n00:00:02,669 --> 00:00:03,337\nlate\n\n"
    ) == (tmp_path / "one.srt").read_text()
    with av.open(str(film)) as container:
        assert [] == list(container.streams.subtitles)
    again = bundled_stoat.try_render(one, tmp_path / "one.webm", captions="file", range="20f:30f")
    assert (0, True) == (again.code, (tmp_path / "one.vtt").read_text().startswith("WEBVTT\n\n00:00:00.000"))
    (tmp_path / "both.deu.srt").write_text("mine")
    done = bundled_stoat.try_render(spoken(), tmp_path / "both.mp4", captions="file", quality="draft")
    assert (2, [("output.exists", "/captions")]) == (
        done.code,
        [(problem["code"], problem["path"]) for problem in done.problems],
    )
    assert ["both.deu.srt"] == [path.name for path in tmp_path.glob("both*.[ms]*t")]
    bundled_stoat.render(spoken(), tmp_path / "both.mp4", captions="file", quality="draft", overwrite=True)
    assert {"both.deu.srt", "both.eng.srt"} == {path.name for path in tmp_path.glob("both.*.srt")}


def test_captions_that_cannot_be_had(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """What a format cannot have is refused by name; a project without captions is told."""
    for name, way in (
        ("a.gif", "stream"),
        ("a.m4a", "stream"),
        ("a-%03d.png", "file"),
        ("a.mp4", "sideways"),
    ):
        folder = tmp_path / name.partition(".")[0]
        folder.mkdir(exist_ok=True)
        done = bundled_stoat.try_render(spoken(), folder / name, captions=way)
        found = [(problem["code"], problem["path"]) for problem in done.problems]
        assert (2, [("target.captions", "/target/captions")]) == (done.code, found[-1:]), name
    silent = spoken()
    for one in silent["tracks"]:
        one.pop("captions", None)
    done = bundled_stoat.try_render(silent, tmp_path / "silent.mp4", captions="stream", quality="draft")
    assert (0, ["target.no_captions"]) == (done.code, [one["code"] for one in done.answer["notices"]])
    yoruba = spoken()
    yoruba["tracks"][1]["captions"] = "yor"
    done = bundled_stoat.try_render(yoruba, tmp_path / "yoruba.mov", captions="stream", quality="draft")
    assert (0, ["target.captions_language"]) == (done.code, [one["code"] for one in done.answer["notices"]])


def test_captions_are_written_alone(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """`stoat captions` writes those of a track without rendering anything."""
    project = tmp_path / "p.json"
    project.write_text(json.dumps(spoken()))
    done = bundled_stoat.run("captions", str(project), "-o", str(tmp_path / "a.srt"), "--json")
    assert (2, ["english", "deutsch"]) == (done.code, done.problems[0]["allowed"])
    ask = ["captions", str(project), "-o", str(tmp_path / "a.vtt"), "--track", "deutsch"]
    done = bundled_stoat.run(*ask, "--range", "0f:30f", "--json")
    assert (0, 1) == (done.code, done.answer["captions"])
    assert "WEBVTT\n\n00:00:00.334 --> 00:00:01.001\nHallo\n\n" == (tmp_path / "a.vtt").read_text()
    assert 2 == bundled_stoat.run(*ask, "--json").code


WORDS = "ONE TWO THREE"
STARTS = (0, 11, 23)
"""The frames of the clip at which the words begin."""
LIT = np.array([255, 0, 0])


def lit(highlight: str, *, at: int = 10, frames: int = 40, **more: Any) -> Document:
    """A caption on grey whose words turn from white to red."""
    words = [frame * 1001 / 30_000 for frame in STARTS]
    source = {
        "generator": "caption",
        "text": WORDS,
        "words": words,
        "highlight": highlight,
        "highlight_color": "#ff0000",
        "position": "center",
        "border_width": 0,
        "margin": 10,
        "fontsize": 30,
        **more,
    }
    return document(
        track({"source": {"generator": "color", "color": "#404040"}, "out_point": "70f"}),
        track({"source": source, "timeline_start": f"{at}f", "out_point": f"{frames}f"}, type="text"),
        fps=FPS,
    )


def which(pictures: Any) -> list[str]:
    """For each picture, a letter for each third of the words: red, white, or nothing."""
    found = []
    for picture in pictures.astype(int):
        told = ""
        for third in (np.s_[:, 70:128], np.s_[:, 140:166], np.s_[:, 200:250]):
            part = picture[third]
            red = ((part[..., 0] > 180) & (part[..., 1] < 80)).sum()
            white = (part.min(axis=-1) > 200).sum()
            told += "r" if red > 20 else "w" if white > 20 else "."
        found.append(told)
    return found


@pytest.mark.parametrize(
    ("highlight", "ways"), [("word", ("rww", "wrw", "wwr")), ("spoken", ("rww", "rrw", "rrr"))]
)
def test_words_light_up_at_their_frames(
    stoat: Stoat, tmp_path: Path, highlight: str, ways: tuple[str, ...]
) -> None:
    """Each at the frame at which it is said, in the whole and in ranges, which have the same pictures."""
    film = stoat.render(lit(highlight), tmp_path / "whole.mkv", quality="lossless")
    whole = decode_pictures(film, colour="rgb")
    bounds = (*STARTS, 40)
    spoken_ = [way for way, a, b in zip(ways, bounds, bounds[1:], strict=False) for _ in range(a, b)]
    assert ["..."] * 10 + spoken_ + ["..."] * 20 == which(whole)
    for start, end in ((20, 22), (33, 60)):
        part = stoat.render(
            lit(highlight), tmp_path / f"{start}.mkv", quality="lossless", range=f"{start}f:{end}f"
        )
        assert np.array_equal(whole[start:end], decode_pictures(part, colour="rgb"))


def test_words_that_run_to_the_left_light_up_from_the_right(stoat: Stoat, tmp_path: Path) -> None:
    """The first word stands to the right of the others, and each has its colour within its own letters."""
    spoken_ = lit("spoken", text="\u05d0\u05d1\u05d2 \u05d3\u05d4\u05d5\u05d6 \u05d7\u05d8", border_width=3)
    film = stoat.render(spoken_, tmp_path / "left.mkv", quality="lossless")
    whole = decode_pictures(film, colour="rgb").astype(int)
    grey = 0x40
    inked = [(np.abs(picture - grey).max(axis=-1) > 40) for picture in (whole[12], whole[38])]
    assert (inked[0] == inked[1]).mean() > 0.99
    columns = np.flatnonzero(inked[0].any(axis=0))
    red = (whole[12][..., 0] > 180) & (whole[12][..., 1] < 80)
    lit_columns = np.flatnonzero(red.any(axis=0))
    assert len(lit_columns)
    assert lit_columns.min() > columns.mean()
    assert columns.max() - lit_columns.max() < 8


@pytest.mark.parametrize(("color", "expected"), [("#000000@0.5", 0x20), ("#ffffff@0.5", 0xA0)])
def test_a_caption_lets_through_what_its_colours_do(
    stoat: Stoat, tmp_path: Path, color: str, expected: int
) -> None:
    """A box that is half of its colour; what is beside it is untouched, and the letters are as asked."""
    boxed = lit("none", box=True, box_color=color, box_padding=20, fontcolor="#ff0000")
    film = stoat.render(boxed, tmp_path / "box.mkv", quality="lossless", range="30f:31f")
    (picture,) = decode_pictures(film, colour="rgb").astype(int)
    assert np.abs(picture[5, 5] - 0x40).max() <= 1
    assert (np.abs(picture[90] - expected).max(axis=-1) <= 2).sum() > 40
    assert (np.abs(picture - (255, 0, 0)).max(axis=-1) <= 40).sum() > 100


def test_an_effect_is_the_same_caption(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """On the clip itself, the caption looks as it does on a track above, whatever it says."""
    for text in (WORDS, "a{b}c \\N d\\ne: it's, [x];y 50% -->"):
        above = lit("word", at=0, frames=70, text=text, words=[], fontsize=30)
        source = dict(above["tracks"][1]["clips"][0]["source"])
        source.pop("generator")
        clip = {**above["tracks"][0]["clips"][0], "effects": [{"type": "caption", "params": source}]}
        pictures = []
        for name, project in (("above", above), ("on", document(track(clip), fps=FPS))):
            film = bundled_stoat.render(
                project, tmp_path / f"{name}.mkv", overwrite=True, quality="lossless", range="40f:42f"
            )
            pictures.append(decode_pictures(film, colour="rgb").astype(int))
        one, other = pictures
        assert np.abs(one - other).mean() < 0.5
        assert one.max() > 150
