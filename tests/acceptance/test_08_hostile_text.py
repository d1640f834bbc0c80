"""Any text is drawn as it is written, and any name of a file is only a name."""

import shutil
import subprocess
import unicodedata
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from fontTools.ttLib import TTFont
from hypothesis import HealthCheck, Phase, example, given, seed, settings
from hypothesis import strategies as st

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import Document, clip, document, track
from stoat_ferret.testing.measure import Pictures, decode_pictures, frame_numbers
from stoat_ferret.testing.media import MediaMaker, Sound, Source

FONT = Path(str(resources.files("font_roboto"))) / "files" / "Roboto-Regular.ttf"
SIZE = 18
BATCH = 50
WIDTH, HEIGHT = 320, 96

FRAGMENTS = [
    *"\\':,;[]%{}=\"$`@#&|<>()*?!~^+-_/ \n",
    *[
        "%{pts}",
        "%{localtime}",
        "\\%{localtime}",
        "%{expr:1}",
        "%%",
        "%n",
        "\\n",
        "\\\\",
        "\\'",
        "'\\''",
        "''",
    ],
    *[
        "':fontcolor=red:x='",
        "[in]",
        "[out];[0:v]null",
        ";drawbox=",
        ",hflip",
        ":text=x",
        "%{eif:1:d}",
        "$(id)",
    ],
    *[
        "`id`",
        "$HOME",
        "../../etc/passwd",
        "textfile=/etc/passwd",
        "  ",
        " \n ",
        "\n\n",
        "50% off",
        "it's",
        "a\\b",
    ],
    *["C:\\Users\\new", "http://x/?a=b&c=d#e", "<b>", "&amp;", "\u00a0", "\u2019", "\u201c", "\u20ac"],
]


def _drawable() -> str:
    """Give every character that the font has a glyph for and that is not a control."""
    with TTFont(FONT) as font:
        codes = font.getBestCmap()
    kept = {
        "Lu",
        "Ll",
        "Lt",
        "Lo",
        "Nd",
        "No",
        "Pd",
        "Ps",
        "Pe",
        "Po",
        "Pi",
        "Pf",
        "Sm",
        "Sc",
        "Sk",
        "So",
        "Zs",
        "Pc",
    }
    return "".join(sorted(chr(code) for code in codes if unicodedata.category(chr(code)) in kept))


TEXTS = st.one_of(
    st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=8).map("".join),
    st.text(alphabet=st.sampled_from(_drawable()), min_size=1, max_size=24),
    st.lists(
        st.one_of(st.sampled_from(FRAGMENTS), st.text(alphabet=st.sampled_from(_drawable()), max_size=6)),
        min_size=1,
        max_size=8,
    ).map("".join),
).filter(bool)


def _titles(texts: Sequence[str]) -> Document:
    """Write one frame per text: by turns a title, and an overlay on a black picture."""
    style = {"position": "center", "fontsize": SIZE, "fontcolor": "#ffffff"}
    clips = []
    for number, text in enumerate(texts):
        params: dict[str, Any] = {"text": text, **style}
        if number % 2:
            drawn = {"type": "text_overlay", "params": params}
            black = {"generator": "color", "color": "#000000"}
            clips.append(clip(black, number / 25, 0, 1 / 25, effects=[drawn]))
        else:
            clips.append(clip({"generator": "title", **params}, number / 25, 0, 1 / 25))
    return document(track(*clips), width=WIDTH, height=HEIGHT, fps=25)


def _oracle(ffmpeg: Path, texts: Sequence[str], folder: Path) -> Pictures:
    """Draw the same texts from files, which nothing has to escape."""
    drawn = []
    for number, text in enumerate(texts):
        # FFmpeg 9 draws nothing of a text with an empty line, and every version drops a last line end.
        visible = "\n".join(line or " " for line in text.split("\n"))
        (folder / f"{number}.txt").write_bytes(visible.encode())
        drawn.append(
            f"drawtext=fontfile={FONT}:textfile={folder}/{number}.txt:expansion=none:fontsize={SIZE}:fontcolor=white"
            f":x=(w-text_w)/2:y=(h-text_h)/2:enable='eq(n,{number})'"
        )
    picture = f"color=black:s={WIDTH}x{HEIGHT}:r=25:d={len(texts)},trim=end_frame={len(texts)},format=yuv420p"
    raw = ["-pix_fmt", "gray", "-f", "rawvideo", "pipe:1"]
    graph = ",".join([picture, *drawn])
    command = [str(ffmpeg), "-nostdin", "-v", "error", "-f", "lavfi", "-i", graph, *raw]
    data = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(data, dtype=np.uint8).reshape(-1, HEIGHT, WIDTH)


def _wrong(stoat: Stoat, ffmpeg: Path, folder: Path, texts: Sequence[str]) -> list[str]:
    """Render `texts` and list those whose pixels differ from the oracle's."""
    out = stoat.render(_titles(texts), folder / "out.mkv", quality="lossless", overwrite=True)
    shown, due = decode_pictures(out).astype(int), _oracle(ffmpeg, texts, folder).astype(int)
    assert due.shape == shown.shape
    # Rounding of one colour space into another moves a level or two; another glyph moves two hundred.
    return [text for text, a, b in zip(texts, shown, due, strict=True) if np.abs(a - b).max() > 16]


@pytest.mark.parametrize("part", range(10))
def test_texts_equal_the_textfile_oracle(stoat: Stoat, ffmpeg: Path, tmp_path: Path, part: int) -> None:
    """A thousand hostile texts are pixel for pixel what ffmpeg draws from a file."""

    @seed(part)
    @settings(
        max_examples=2,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(TEXTS, min_size=BATCH, max_size=BATCH, unique=True))
    def holds(texts: list[str]) -> None:
        assert [] == _wrong(stoat, ffmpeg, tmp_path, texts)

    holds()


def test_every_fragment_alone(stoat: Stoat, ffmpeg: Path, tmp_path: Path) -> None:
    """Each hostile fragment, at the start, in the middle and at the end of a text."""
    texts = [text for part in FRAGMENTS for text in (part + "x", "a" + part + "z", "x" + part)]
    for first in range(0, len(texts), 60):
        assert [] == _wrong(stoat, ffmpeg, tmp_path, texts[first : first + 60])


def test_the_oracle_tells_texts_apart(ffmpeg: Path, tmp_path: Path) -> None:
    """A missing full stop is seen: the comparison can fail."""
    pictures = _oracle(ffmpeg, ["Ends.", "Ends", "it's", "its"], tmp_path).astype(int)
    assert np.abs(pictures[0] - pictures[1]).max() > 100
    assert np.abs(pictures[2] - pictures[3]).max() > 100
    assert pictures[0].max() > 230


def test_line_ends_of_other_systems(stoat: Stoat, tmp_path: Path) -> None:
    """Lines that end as on other systems look as those that end in a new line."""
    made = _titles(["a\nb", "a\nb", "a\r\nb", "a\r\nb"])
    pictures = decode_pictures(stoat.render(made, tmp_path / "out.mkv", quality="lossless"))
    assert np.array_equal(pictures[0], pictures[2])
    assert np.array_equal(pictures[1], pictures[3])


def test_long_text(stoat: Stoat, ffmpeg: Path, tmp_path: Path) -> None:
    """A text of many lines and thousands of characters is drawn, cut off by the edges."""
    text = "\n".join(f"{line}: it's 50% [of] a,b;c\\d" * 4 for line in range(40))
    assert [] == _wrong(stoat, ffmpeg, tmp_path, [text, text])


NAMES = [
    *[
        "a'b",
        "a:b",
        "a\\b",
        "a,b;c",
        "a[b]",
        "50% %d",
        "%03d",
        "-dash",
        "http:x",
        "pipe:1",
        "file:z",
        "concat:a|b",
    ],
    *[
        "new\nline",
        "\u00e9moji\U0001f600",
        " lead",
        "trail ",
        'a"b',
        "$HOME `x`",
        "{x}",
        "#h",
        "a=b",
        "*?",
        "~",
    ],
]


@pytest.mark.parametrize("ending", ["mp4", "png", "wav"])
def test_odd_names_of_sources(stoat: Stoat, media: MediaMaker, tmp_path: Path, ending: str) -> None:
    """Sources of every odd name are read, by absolute and by relative path."""
    video = media.make(Source(sound=None))
    made = {
        "mp4": video,
        "png": media.make(Source(codec="png", ending="png", frames=1, first=7, sound=None)),
        "wav": media.make(Source(codec=None, ending="wav", frames=30, sound=Sound(codec="pcm"))),
    }[ending]
    folder = tmp_path / "it's [a] folder, 50%: {x}\\;"
    folder.mkdir()
    clips = []
    for number, name in enumerate(NAMES):
        odd = folder / f"{name}.{ending}"
        shutil.copy(made, odd)
        named = str(odd) if number % 2 else odd.name
        clips.append(clip(named, number / 10, 0.1, 0.2))
    below = track(clip(video, 0, 0, 2.5))
    tracks = [below, track(*clips, type="audio")] if ending == "wav" else [track(*clips)]
    out = stoat.render(document(*tracks), folder / "out.mkv", quality="lossless")
    numbers = frame_numbers(decode_pictures(out))
    if ending == "png":
        assert [7] * (3 * len(NAMES)) == numbers
    if ending == "mp4":
        assert [3, 4, 5] * len(NAMES) == numbers


def test_odd_names_of_outputs_and_projects(stoat: Stoat, tmp_path: Path) -> None:
    """Outputs and project files of every odd name are written and read."""
    made = document(track(clip({"generator": "color", "color": "#ff0000"}, 0, 0, 0.2)), width=64, height=36)
    for name in NAMES:
        out = tmp_path / f"{name}.mp4"
        stoat.render(made, out)
        assert 6 == len(decode_pictures(out))
    left = {f"{name}.mp4{more}" for name in NAMES for more in ("", ".project.json")}
    assert left == {path.name for path in tmp_path.iterdir()}


def test_words_beside_the_picture_arrive(stoat: Stoat, tmp_path: Path) -> None:
    """Titles of the file and of its chapters are kept to the letter."""
    title, chapter = "a=b;#c\\d\n[e] 'f' %{g}", "Chapter; 2 = \\ #\n[METADATA]"
    markers = [{"time": 0, "name": "Start", "chapter": True}, {"time": 1, "name": chapter, "chapter": True}]
    made = document(
        track(clip({"generator": "color", "color": "#ff0000"}, 0, 0, 2)),
        metadata={"title": title, "artist": "it's me"},
        markers=markers,
    )
    with av.open(str(stoat.render(made, tmp_path / "out.mkv"))) as container:
        assert title == container.metadata["title"]
        assert "it's me" == container.metadata["ARTIST"]
        chapters = container.chapters()
    assert ["Start", chapter] == [one["metadata"]["title"] for one in chapters]


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv", "webm", "m4a", "mp3", "wav", "flac"])
def test_chapters_start_at_their_markers(stoat: Stoat, tmp_path: Path, ending: str) -> None:
    """In every format that has chapters; the others say that they leave them out. No source's tag gets in."""
    tagged = tmp_path / "tagged.mp3"
    tone = ["-f", "lavfi", "-i", "sine=d=4", "-metadata", "title=Of the source", str(tagged)]
    subprocess.run([stoat.environment["STOAT_FFMPEG"], "-v", "error", *tone], check=True)
    made = document(
        track(clip(str(tagged), 0, 0, 3), type="audio"),
        metadata={"artist": "Me"},
        markers=[{"time": at, "name": f"At {at}", "chapter": True} for at in (1, 2)],
    )
    done = stoat.try_render(made, tmp_path / f"out.{ending}")
    assert 0 == done.code, done.output
    with av.open(str(tmp_path / f"out.{ending}")) as container:
        tags = {name.lower(): value for name, value in container.metadata.items()}
        found = [
            (one["start"] * (one["time_base"] or 0), one["metadata"]["title"]) for one in container.chapters()
        ]
    assert ("Me", None) == (tags["artist"], tags.get("title"))
    notices = [notice["code"] for notice in done.answer["notices"]]
    if ending in {"wav", "flac"}:
        assert (["target.no_chapters"], []) == (notices, found)
    else:
        # mp4 and its kin keep chapters as a track without gaps.
        opening = [(0, "")] if ending in {"mp4", "mov", "m4a"} else []
        assert ([], [*opening, (1, "At 1"), (2, "At 2")]) == (notices, found)


@example("")
@given(st.text(alphabet=st.characters(categories=["Cc"]), min_size=1, max_size=3))
@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_control_characters_are_drawn_or_refused(
    bundled_stoat: Stoat, tmp_path_factory: Any, text: str
) -> None:
    """A text of control characters, or none at all, ends in a file or a named refusal, never a crash."""
    folder = tmp_path_factory.mktemp("control")
    done = bundled_stoat.try_render(_titles([text, text]), folder / "out.mkv")
    assert done.code in {0, 2}
    assert (0 == done.code) == (folder / "out.mkv").exists()
    if done.code:
        assert all(problem["path"].startswith("/tracks/0/clips/") for problem in done.problems)
