"""What the founding design shows works, as it is printed there, and does what it says in real renders.

Corrections to it: text is escaped for both of FFmpeg's parsers and never expanded,
filters of a chain are joined by `,` and chains by `;`, ducking counts milliseconds.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path

import font_roboto
import numpy as np
import pytest
from numpy.typing import NDArray

from stoat_ferret_core import (
    AcrossfadeBuilder,
    AfadeBuilder,
    AmixBuilder,
    BuildError,
    ClipInput,
    ClipWithPosition,
    DrawtextBuilder,
    DuckingPattern,
    Expr,
    FadeBuilder,
    FFmpegCommand,
    Filter,
    FilterChain,
    FilterGraph,
    PathValidationError,
    SpeedControl,
    TransitionType,
    VolumeBuilder,
    XfadeBuilder,
    calculate_clip_positions,
    escape_ffmpeg_text,
    validate_path,
    validate_time_range,
)

FONT = Path(font_roboto.__file__).parent / "files" / "Roboto-Regular.ttf"
SAMPLE_RATE = 48000


def run(ffmpeg: Path, graph: FilterGraph, arguments: list[str]) -> bytes:
    """Run a graph without inputs and give what it writes to its standard output."""
    command = [str(ffmpeg), "-nostdin", "-hide_banner", "-loglevel", "error", "-filter_complex", str(graph)]
    made = subprocess.run([*command, *arguments, "pipe:1"], capture_output=True, check=False, timeout=60)
    assert (0, "") == (made.returncode, made.stderr.decode()), str(graph)
    return made.stdout


def sound(
    ffmpeg: Path, graph: FilterGraph, label: str = "out", unread: str | None = None
) -> NDArray[np.float32]:
    """Render a graph's sound to samples of one channel."""
    rest = ["-map", f"[{unread}]", "-f", "null", "-"] if unread else []
    arguments = [*rest, "-map", f"[{label}]", "-ac", "1", "-ar", str(SAMPLE_RATE), "-f", "f32le"]
    return np.frombuffer(run(ffmpeg, graph, arguments), np.float32)


def pictures(ffmpeg: Path, graph: FilterGraph, width: int, height: int) -> NDArray[np.uint8]:
    """Render a graph's pictures to frames of red, green and blue."""
    arguments = ["-map", "[out]", "-pix_fmt", "rgb24", "-f", "rawvideo"]
    return np.frombuffer(run(ffmpeg, graph, arguments), np.uint8).reshape(-1, height, width, 3)


def chain(*filters: Filter, read: tuple[str, ...] = (), write: str = "out") -> FilterChain:
    """Make a chain that reads and writes these labels."""
    made = FilterChain(filters)
    for label in read:
        made = made.input(label)
    return made.output(write)


def tone(seconds: float, level: float = 0.5, hertz: int = 440) -> Filter:
    """Make a tone of this amplitude."""
    source = Filter("aevalsrc").param("exprs", f"{level}*sin(2*PI*{hertz}*t)")
    return source.param("d", seconds).param("s", SAMPLE_RATE)


def constant(level: float, seconds: float) -> Filter:
    """Make a signal that stays at this level."""
    return Filter("aevalsrc").param("exprs", str(level)).param("d", seconds).param("s", SAMPLE_RATE)


def picture(name: str, seconds: float, size: str = "64x64") -> Filter:
    """Make ten frames a second of one colour."""
    return Filter("color").param("c", name).param("s", size).param("r", 10).param("d", seconds)


def decibels(samples: NDArray[np.float32]) -> float:
    """Give the level of samples."""
    return float(10 * np.log10(np.mean(np.square(samples.astype(np.float64))) + 1e-20))


def supported_transitions(ffmpeg: Path) -> list[str]:
    """Ask an ffmpeg for the transitions that it knows, `custom` apart."""
    asked = subprocess.run(
        [str(ffmpeg), "-hide_banner", "-h", "filter=xfade"], capture_output=True, check=True, text=True
    )
    section = asked.stdout.split("   transition ")[1].split("   duration ")[0]
    return [line.split()[0] for line in section.splitlines()[1:] if "custom" not in line]


class TestPrinted:
    """The strings of the founding design."""

    def test_text_overlay_with_fade(self) -> None:
        builder = (
            DrawtextBuilder("Hello World")
            .fontsize(48)
            .fontcolor("white")
            .position("center")
            .alpha_fade(0.0, 1.0, 5.0, 0.5)
        )
        filter_ = builder.build()
        assert isinstance(filter_, Filter)
        assert str(filter_) == (
            "drawtext=text=Hello World:fontsize=48:fontcolor=white:x=(w-text_w)/2:y=(h-text_h)/2:"
            r"alpha=if(lt(t\,0)\,0\,if(lt(t\,1)\,t\,if(lt(t\,4.5)\,1\,if(lt(t\,5)\,(5-t)/0.5\,0)))):expansion=none"
        )

    def test_text_is_escaped_for_both_parsers(self) -> None:
        filter_ = DrawtextBuilder("Chapter 1: Introduction").fontsize(64).fontcolor("white").build()
        assert str(filter_).startswith(r"drawtext=text=Chapter 1\\: Introduction:fontsize=64:fontcolor=white")
        written = (
            Filter("drawtext")
            .param("text", "Chapter 1: Intro")
            .param("fontsize", "64")
            .param("fontcolor", "white")
        )
        assert str(written) == r"drawtext=text=Chapter 1\\: Intro:fontsize=64:fontcolor=white"

    def test_speed_control(self) -> None:
        control = SpeedControl(3.0)
        assert str(control.setpts_filter()) == "setpts=0.333333*PTS"
        assert [str(filter_) for filter_ in control.atempo_filters()] == ["atempo=2", "atempo=1.5"]
        for speed in (0.24, 4.1):
            with pytest.raises(BuildError):
                SpeedControl(speed)

    def test_audio(self) -> None:
        assert str(AmixBuilder(3).duration_mode("longest").build()) == "amix=inputs=3:duration=longest"
        weighted = AmixBuilder(3).duration_mode("longest").weights([1.0, 0.5, 0.3]).normalize(False)
        assert str(weighted.build()) == "amix=inputs=3:duration=longest:weights=1 0.5 0.3:normalize=0"
        assert str(VolumeBuilder(0.8).build()) == "volume=0.8"
        assert str(VolumeBuilder.from_db("-3dB").build()) == "volume=-3dB"
        assert str(AfadeBuilder("in", 2.0).curve("tri").build()) == "afade=t=in:d=2:curve=tri"
        assert (
            str(AfadeBuilder("in", 2.0).start_time(1.0).curve("tri").build())
            == "afade=t=in:d=2:st=1:curve=tri"
        )

    @pytest.mark.parametrize(
        "curve", ["tri", "qsin", "hsin", "esin", "log", "ipar", "qua", "cub", "squ", "cbr", "par"]
    )
    def test_founding_curves(self, curve: str) -> None:
        assert curve in AfadeBuilder.curves()
        assert str(AfadeBuilder("out", 1).curve(curve).build()) == f"afade=t=out:d=1:curve={curve}"

    def test_ducking(self) -> None:
        duck = DuckingPattern().threshold(0.05).build()
        assert isinstance(duck, FilterGraph)
        full = DuckingPattern().threshold(0.05).ratio(4.0).attack(10).release(300).build()
        text = str(full)
        assert "sidechaincompress=threshold=0.05:ratio=4:attack=10:release=300" in text
        assert all(name in text for name in ("asplit", "apad", "anull"))

    def test_transitions(self) -> None:
        assert str(FadeBuilder("in", 1.5).build()) == "fade=t=in:d=1.5"
        assert str(FadeBuilder("in", 1.5).color("black").build()) == "fade=t=in:d=1.5:c=black"
        crossfade = XfadeBuilder(TransitionType.from_str("dissolve"), 1.0, 5.0).build()
        assert str(crossfade) == "xfade=transition=dissolve:duration=1:offset=5"
        assert crossfade == XfadeBuilder(TransitionType.Dissolve, 1.0, 5.0).build()
        assert str(AcrossfadeBuilder(1.0).curve1("tri").build()) == "acrossfade=d=1:c1=tri"
        both = AcrossfadeBuilder(1.0).curve1("tri").curve2("tri").overlap(True)
        assert str(both.build()) == "acrossfade=d=1:c1=tri:c2=tri:o=1"

    def test_expressions(self) -> None:
        expr = Expr.between(Expr.var("t"), Expr.constant(2), Expr.constant(5))
        assert str(expr) == "between(t,2,5)"
        fade_in = Expr.if_then_else(
            Expr.lt(Expr.var("t"), Expr.constant(2.0)),
            Expr.var("t") / Expr.constant(2.0),
            Expr.constant(1.0),
        )
        assert str(fade_in) == "if(lt(t,2),t/2,1)"
        assert str(Expr.constant(5.0)) == "5"

    def test_chains_join_by_comma_and_graphs_by_semicolon(self) -> None:
        graph = FilterGraph([chain(Filter("hflip"), Filter("vflip"), read=("0:v",), write="a")])
        graph = graph.chain(chain(Filter("negate"), read=("a",)))
        assert str(graph) == "[0:v:0]hflip,vflip[a];[a]negate[out]"

    def test_fifty_nine_transitions(self) -> None:
        assert len(TransitionType.names()) == 58
        for name in ["fade", "dissolve", "wipeleft", "circleopen", "radial", "pixelize", "hblur"]:
            assert TransitionType.from_str(name).name == name
            assert getattr(TransitionType, name.capitalize()) == TransitionType.from_str(name)
        assert TransitionType.custom(Expr.var("A")).name == "custom"


class TestPlaces:
    """Timeline and paths."""

    def test_clips_follow_one_another(self) -> None:
        first, second = calculate_clip_positions([ClipInput(0.0, 10.0), ClipInput(5.0, 15.0)])
        assert (first.timeline_start, first.timeline_end) == (0.0, 10.0)
        assert (second.timeline_start, second.timeline_end) == (10.0, 20.0)
        assert isinstance(first, ClipWithPosition)

    @pytest.mark.parametrize(("in_point", "out_point"), [(-1.0, 5.0), (5.0, 5.0), (6.0, 5.0), (0.0, 11.0)])
    def test_time_ranges_are_checked(self, in_point: float, out_point: float) -> None:
        validate_time_range(0.0, 10.0, 10.0)
        with pytest.raises(ValueError, match="point"):
            validate_time_range(in_point, out_point, 10.0)

    def test_paths_stay_below_the_allowed_roots(self, tmp_path: Path) -> None:
        root = tmp_path / "media"
        root.mkdir()
        inside, outside = root / "a.mp4", tmp_path / "b.mp4"
        for file in (inside, outside):
            file.touch()
        assert validate_path(inside, [root]) == inside.resolve()
        for path in (outside, root / ".." / "b.mp4", root / "missing.mp4"):
            with pytest.raises(PathValidationError):
                validate_path(path, [root])

    def test_text_is_escaped_as_a_filter_does(self) -> None:
        text = r"it's 100%: a\b [c], d;"
        assert escape_ffmpeg_text(text) == r"it\\\'s 100%\\: a\\\\b \[c\]\, d\;"
        assert str(Filter("drawtext").param("text", text)) == f"drawtext=text={escape_ffmpeg_text(text)}"


class TestPictures:
    """What the builders of pictures do in a render."""

    def test_every_transition_leads_from_the_first_picture_to_the_second(self, ffmpeg: Path) -> None:
        names = supported_transitions(ffmpeg)
        assert set(names) <= set(TransitionType.names())
        graph = FilterGraph()
        for number, name in enumerate(names):
            labels = (f"a{number}", f"b{number}")
            for label, color in zip(labels, ("red", "blue"), strict=True):
                graph = graph.chain(
                    chain(
                        picture(color, 1.0, "16x16"), Filter("format").param("pix_fmts", "gbrp"), write=label
                    )
                )
            crossfade = XfadeBuilder(name, 0.5, 0.5).build()
            graph = graph.chain(chain(crossfade, read=labels, write=f"c{number}"))
        joined = Filter("concat").param("n", len(names))
        graph = graph.chain(chain(joined, read=tuple(f"c{number}" for number in range(len(names)))))
        frames = pictures(ffmpeg, graph, 16, 16).reshape(len(names), 15, 16, 16, 3)
        for name, clip in zip(names, frames, strict=True):
            assert (clip[:5] == [255, 0, 0]).all(), name
            assert (clip[10:] == [0, 0, 255]).all(), name
            between = clip[6:10]
            assert not (between == [255, 0, 0]).all(), name
            # Two plain colours lie equally far apart in every pixel, so `distance` changes them all at once.
            assert name == "distance" or not (between == [0, 0, 255]).all(), name

    def test_a_custom_transition_computes_pixels(self, ffmpeg: Path) -> None:
        column, width, progress = Expr.var("X"), Expr.var("W"), Expr.var("P")
        wipe = Expr.if_then_else(Expr.lt(column, width * progress), Expr.var("A"), Expr.var("B"))
        graph = FilterGraph()
        for label, color in (("a", "red"), ("b", "blue")):
            graph = graph.chain(
                chain(picture(color, 1.0), Filter("format").param("pix_fmts", "gbrp"), write=label)
            )
        graph = graph.chain(
            chain(XfadeBuilder(TransitionType.custom(wipe), 1.0, 0.0).build(), read=("a", "b"))
        )
        frames = pictures(ffmpeg, graph, 64, 64)
        reds = [int((frame[0] == [255, 0, 0]).all(axis=-1).sum()) for frame in frames]
        assert reds[0] == 64
        assert reds[5] == 32
        assert reds == sorted(reds, reverse=True)

    def test_fade_goes_from_its_colour_to_the_picture(self, ffmpeg: Path) -> None:
        fade = FadeBuilder("in", 1.0).start_time(0.5).color("red").build()
        gbr = Filter("format").param("pix_fmts", "gbrp")
        frames = pictures(ffmpeg, FilterGraph([chain(picture("blue", 2.0), gbr, fade)]), 64, 64)
        assert frames[0, 0, 0].tolist() == [255, 0, 0]
        assert frames[19, 0, 0].tolist() == [0, 0, 255]
        assert frames[10, 0, 0].tolist() == pytest.approx([128, 0, 128], abs=20)

    @pytest.mark.parametrize("speed", [0.25, 0.5, 1.5, 3.0, 4.0])
    def test_speed_changes_the_number_of_pictures(self, ffmpeg: Path, speed: float) -> None:
        control = SpeedControl(speed)
        for retime in (control.setpts_filter(), control.exact_setpts_filter()):
            frames = pictures(
                ffmpeg,
                FilterGraph([chain(picture("red", 6.0), retime, Filter("fps").param("fps", 10))]),
                64,
                64,
            )
            assert abs(60 / speed - len(frames)) <= 1

    @pytest.mark.parametrize(
        "text",
        [
            "it's",
            r"a\b \n \\",
            "50% off %{pts} %{localtime}",
            "':fontcolor=red:x=9",
            "[a],b;c=d",
            "  edges  ",
            "two\nlines",
            "tab\tend\t",
            "\\",
            "'",
            "ends with \\'",
            "Ünïcödé — ±",
            '#{}$`"|<>&*?~',
        ],
    )
    def test_text_is_drawn_as_it_is(self, ffmpeg: Path, tmp_path: Path, text: str) -> None:
        """The picture equals that of the same text read from a file."""
        file = tmp_path / "text.txt"
        file.write_bytes(text.encode())
        oracle = (
            Filter("drawtext")
            .param("textfile", file)
            .param("fontfile", FONT)
            .param("fontsize", 24)
            .param("fontcolor", "white")
            .param("x", 8)
            .param("y", 8)
            .param("expansion", "none")
        )
        built = (
            DrawtextBuilder(text)
            .fontfile(FONT)
            .fontsize(24)
            .fontcolor("white")
            .position_absolute(8, 8)
            .build()
        )
        expected, drawn = (
            pictures(ffmpeg, FilterGraph([chain(picture("black", 0.1, "480x80"), filter_)]), 480, 80)
            for filter_ in (oracle, built)
        )
        assert np.array_equal(expected, drawn)

    @pytest.mark.parametrize("text", ["\nHH", "HH\n", "\r\nHH\r\n", "\n\nHH"])
    def test_empty_first_and_last_lines_hide_nothing(self, ffmpeg: Path, text: str) -> None:
        """FFmpeg 9 by itself draws nothing of such a text."""
        light = []
        for words in ("HH", text):
            builder = (
                DrawtextBuilder(words).fontfile(FONT).fontsize(24).fontcolor("white").position_absolute(8, 8)
            )
            graph = FilterGraph([chain(picture("black", 0.1, "96x160"), builder.build())])
            light.append(int((pictures(ffmpeg, graph, 96, 160) > 128).sum()))
        assert light[0] > 0
        assert light[0] == light[1]

    @pytest.mark.parametrize(
        ("preset", "horizontal", "vertical"),
        [
            ("center", "middle", "middle"),
            ("bottom_center", "middle", "end"),
            ("top_left", "start", "start"),
            ("top_right", "end", "start"),
            ("bottom_left", "start", "end"),
            ("bottom_right", "end", "end"),
        ],
    )
    def test_presets_place_the_text(self, ffmpeg: Path, preset: str, horizontal: str, vertical: str) -> None:
        """A box of the text's own size shows where it stands."""
        builder = DrawtextBuilder("HHHH").fontfile(FONT).fontsize(32).position(preset, 20).box("white")
        graph = FilterGraph([chain(picture("black", 0.1, "320x240"), builder.build())])
        lit = pictures(ffmpeg, graph, 320, 240)[0].max(axis=-1) > 200
        for axis, size, expected in ((0, 320, horizontal), (1, 240, vertical)):
            where = np.flatnonzero(lit.any(axis=axis))
            before, after = int(where[0]), size - 1 - int(where[-1])
            if expected == "middle":
                assert abs(before - after) <= 2, axis
            else:
                assert (before if expected == "start" else after) == pytest.approx(20, abs=2), axis

    def test_fractions_place_the_centre(self, ffmpeg: Path) -> None:
        builder = DrawtextBuilder("H").fontfile(FONT).fontsize(32).position_fraction(0.25, 0.75).box("white")
        graph = FilterGraph([chain(picture("black", 0.1, "320x240"), builder.build())])
        lit = pictures(ffmpeg, graph, 320, 240)[0].max(axis=-1) > 200
        rows, columns = np.flatnonzero(lit.any(axis=1)), np.flatnonzero(lit.any(axis=0))
        assert (columns[0] + columns[-1]) / 2 == pytest.approx(80, abs=2)
        assert (rows[0] + rows[-1]) / 2 == pytest.approx(180, abs=2)

    def test_alpha_fades_in_and_out(self, ffmpeg: Path) -> None:
        builder = (
            DrawtextBuilder("HH").fontfile(FONT).fontsize(48).fontcolor("white").alpha_fade(0.5, 1, 3, 0.5)
        )
        graph = FilterGraph([chain(picture("black", 4.0, "96x64"), builder.build())])
        light = pictures(ffmpeg, graph, 96, 64).max(axis=(1, 2, 3)).astype(int)
        assert light[:6].max() < 20
        assert light[10] == pytest.approx(128, abs=20)
        assert (light[15:25] > 235).all()
        assert 30 < light[28] < 160
        assert light[30:].max() < 20

    def test_dress_of_the_text_is_drawn(self, ffmpeg: Path) -> None:
        plain = DrawtextBuilder("A\nB").fontfile(FONT).fontsize(40).fontcolor("white").position("center")
        seen = set()
        for builder in (
            plain,
            plain.box("red@0.8", 6),
            plain.border("red", 3),
            plain.shadow("red", 4, 4),
            plain.line_spacing(12),
            plain.fontsize(Expr.var("h") / 2),
            plain.enable(Expr.gt(Expr.var("t"), 100)),
        ):
            graph = FilterGraph([chain(picture("black", 0.1, "160x120"), builder.build())])
            seen.add(pictures(ffmpeg, graph, 160, 120).tobytes())
        assert len(seen) == 7


class TestSound:
    """What the builders of sound do in a render."""

    @pytest.mark.parametrize("speed", [0.25, 0.4, 0.75, 1.5, 3.0, 4.0])
    def test_speed_changes_length_and_keeps_pitch(self, ffmpeg: Path, speed: float) -> None:
        filters = SpeedControl(speed).atempo_filters()
        samples = sound(ffmpeg, FilterGraph([chain(tone(4.0), *filters)]))
        assert len(samples) / SAMPLE_RATE == pytest.approx(4.0 / speed, abs=0.1)
        spectrum = np.abs(np.fft.rfft(samples))
        assert np.argmax(spectrum) * SAMPLE_RATE / len(samples) == pytest.approx(440, abs=5)

    @pytest.mark.parametrize(
        ("expected", "builder"),
        [
            (-3.0, VolumeBuilder.from_db("-3dB")),
            (6.0, VolumeBuilder.from_db(6)),
            (20 * np.log10(0.8), VolumeBuilder(0.8)),
            (20 * np.log10(0.5), VolumeBuilder.from_expression(Expr.constant(0.5))),
        ],
    )
    def test_volume_changes_the_level(self, ffmpeg: Path, expected: float, builder: VolumeBuilder) -> None:
        before = sound(ffmpeg, FilterGraph([chain(tone(1.0, 0.25))]))
        after = sound(ffmpeg, FilterGraph([chain(tone(1.0, 0.25), builder.build())]))
        assert decibels(after) - decibels(before) == pytest.approx(expected, abs=0.02)

    def test_volume_follows_an_expression(self, ffmpeg: Path) -> None:
        rise = VolumeBuilder.from_expression(Expr.min(1, Expr.var("t") / 2)).build()
        samples = sound(ffmpeg, FilterGraph([chain(constant(1.0, 3.0), rise)]))
        assert samples[SAMPLE_RATE] == pytest.approx(0.5, abs=0.03)
        assert samples[-1] == pytest.approx(1.0, abs=0.001)

    def test_every_curve_fades_in_its_shape(self, ffmpeg: Path) -> None:
        middles = {
            "tri": 0.5,
            "qsin": 0.5**0.5,
            "hsin": 0.5,
            "qua": 0.25,
            "cub": 0.125,
            "squ": 0.5**0.5,
            "nofade": 1.0,
        }
        found = {}
        for curve in AfadeBuilder.curves():
            fade = AfadeBuilder("in", 1.0).curve(curve).build()
            samples = sound(ffmpeg, FilterGraph([chain(constant(1.0, 1.5), fade)]))
            assert samples[-1] == pytest.approx(1.0, abs=0.001), curve
            assert curve == "nofade" or samples[0] < 0.05, curve
            found[curve] = float(samples[SAMPLE_RATE // 2])
        assert middles == pytest.approx({curve: found[curve] for curve in middles}, abs=0.01)
        assert len(found) == 20

    def test_fade_out_starts_where_it_is_told(self, ffmpeg: Path) -> None:
        fade = AfadeBuilder("out", 1.0).start_time(0.5).build()
        samples = sound(ffmpeg, FilterGraph([chain(constant(1.0, 2.0), fade)]))
        at = [samples[int(seconds * SAMPLE_RATE)] for seconds in (0.25, 1.0, 1.75)]
        assert at == pytest.approx([1.0, 0.5, 0.0], abs=0.01)

    def test_mix_weighs_its_inputs(self, ffmpeg: Path) -> None:
        levels, weights = (0.1, 0.2, 0.3), [1.0, 0.5, 0.3]
        graph = FilterGraph([chain(constant(level, 1.0), write=f"i{n}") for n, level in enumerate(levels)])
        mix = AmixBuilder(3).duration_mode("longest").weights(weights).normalize(False).build()
        samples = sound(ffmpeg, graph.chain(chain(mix, read=("i0", "i1", "i2"))))
        assert samples[SAMPLE_RATE // 2] == pytest.approx(np.dot(levels, weights), abs=0.001)

    @pytest.mark.parametrize(("mode", "seconds"), [("longest", 3.0), ("shortest", 1.0), ("first", 2.0)])
    def test_mix_ends_as_it_is_told(self, ffmpeg: Path, mode: str, seconds: float) -> None:
        graph = FilterGraph([chain(constant(0.1, length), write=f"i{length}") for length in (2, 1, 3)])
        mixed = chain(AmixBuilder(3).duration_mode(mode).build(), read=("i2", "i1", "i3"))
        assert len(sound(ffmpeg, graph.chain(mixed))) / SAMPLE_RATE == pytest.approx(seconds, abs=0.03)

    def test_ducking_lowers_the_music_under_the_voice_only(self, ffmpeg: Path) -> None:
        """The voice is shorter than the music, and speaks from 1 to 2 seconds."""
        speech = Filter("volume").param("volume", r"between(t,1,2)").param("eval", "frame")
        duck = DuckingPattern().inputs("music", "speech").outputs("ducked", "heard").build()
        graph = FilterGraph(
            [
                chain(tone(6.0, 0.25), write="music"),
                chain(tone(2.5, 0.5, 1000), speech, write="speech"),
            ]
        )
        for part in str(duck).split(";"):
            assert part.count("[") >= 2
        whole = f"{graph};{duck}"
        arguments = [
            "-map",
            "[heard]",
            "-f",
            "null",
            "-",
            "-map",
            "[ducked]",
            "-ac",
            "1",
            "-f",
            "f32le",
            "pipe:1",
        ]
        command = [
            str(ffmpeg),
            "-nostdin",
            "-hide_banner",
            "-loglevel",
            "error",
            "-filter_complex",
            whole,
            *arguments,
        ]
        samples = np.frombuffer(
            subprocess.run(command, capture_output=True, check=True, timeout=60).stdout, np.float32
        )
        assert len(samples) == 6 * SAMPLE_RATE
        before, under, after = (
            decibels(samples[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)])
            for start, end in ((0.2, 0.9), (1.4, 1.9), (4.0, 5.8))
        )
        assert before - under >= 6
        assert after == pytest.approx(before, abs=0.5)

    def test_crossfades_keep_a_constant_level_and_overlap(self, ffmpeg: Path) -> None:
        for curve in AfadeBuilder.curves():
            crossfade = AcrossfadeBuilder(0.5).curve1(curve).curve2(curve).build()
            graph = FilterGraph([chain(constant(0.25, 1.0), write=label) for label in ("a", "b")])
            samples = sound(ffmpeg, graph.chain(chain(crossfade, read=("a", "b"))))
            assert len(samples) / SAMPLE_RATE == pytest.approx(1.5, abs=0.03), curve
            if curve == "tri":
                assert samples == pytest.approx(0.25, abs=0.005)

    def test_crossfade_without_overlap_keeps_both_lengths(self, ffmpeg: Path) -> None:
        crossfade = AcrossfadeBuilder(0.5).overlap(False).build()
        graph = FilterGraph([chain(constant(0.25, 1.0), write=label) for label in ("a", "b")])
        samples = sound(ffmpeg, graph.chain(chain(crossfade, read=("a", "b"))))
        assert len(samples) / SAMPLE_RATE == pytest.approx(2.0, abs=0.03)


class TestExpressions:
    """What expressions mean to FFmpeg."""

    def test_ffmpeg_computes_what_the_tree_says(self, ffmpeg: Path) -> None:
        t = Expr.var("t")
        cases: list[tuple[Expr, Callable[[float], float]]] = [
            (t * 2 - 1, lambda s: s * 2 - 1),
            (1 - (t - 0.25), lambda s: 1 - (s - 0.25)),
            (-(t**2), lambda s: -(s**2)),
            ((-t) ** 2, lambda s: s**2),
            (t - -0.5, lambda s: s + 0.5),
            (1 / (1 + t), lambda s: 1 / (1 + s)),
            (Expr.between(t, 0.25, 0.5), lambda s: float(0.25 <= s <= 0.5)),
            (Expr.if_then_else(Expr.lt(t, 0.5), 0.1, 0.9), lambda s: 0.1 if s < 0.5 else 0.9),
            (Expr.ifnot(Expr.gt(t, 0.5), 0.1, 0.9), lambda s: 0.9 if s > 0.5 else 0.1),
            (Expr.eq(t, 0.5), lambda s: float(s == 0.5)),
            (Expr.gte(t, 0.5), lambda s: float(s >= 0.5)),
            (Expr.lte(t, 0.5), lambda s: float(s <= 0.5)),
            (Expr.clip(t, 0.25, 0.75), lambda s: min(max(s, 0.25), 0.75)),
            (Expr.abs(t - 0.5), lambda s: abs(s - 0.5)),
            (Expr.min(t, 0.5), lambda s: min(s, 0.5)),
            (Expr.max(t, 0.5), lambda s: max(s, 0.5)),
            (Expr.modulo(t, 0.25), lambda s: s % 0.25),
            (Expr.not_(Expr.lt(t, 0.5)), lambda s: float(s >= 0.5)),
        ]
        graph = FilterGraph()
        for number, (expression, _) in enumerate(cases):
            source = Filter("aevalsrc").param("exprs", expression).param("d", 1).param("s", 64)
            graph = graph.chain(chain(source, Filter("asetnsamples").param("n", 64), write=f"e{number}"))
        joined = Filter("concat").param("n", len(cases)).param("v", 0).param("a", 1)
        graph = graph.chain(chain(joined, read=tuple(f"e{number}" for number in range(len(cases)))))
        output = run(ffmpeg, graph, ["-map", "[out]", "-f", "f64le"])
        for (expression, meaning), row in zip(cases, np.frombuffer(output).reshape(-1, 64), strict=True):
            expected = [meaning(number / 64) for number in range(64)]
            assert expected == pytest.approx(row.tolist(), abs=1e-9), str(expression)

    def test_long_stairs_are_read(self, ffmpeg: Path) -> None:
        steps = [(number / 500, number / 500) for number in range(1, 500)]
        stairs = Expr.piecewise(Expr.var("t"), 0, steps)
        source = Filter("aevalsrc").param("exprs", stairs).param("d", 1).param("s", 1000)
        samples = np.frombuffer(run(ffmpeg, FilterGraph([chain(source)]), ["-map", "[out]", "-f", "f64le"]))
        assert samples[1::2] == pytest.approx(np.arange(500) / 500, abs=1e-9)


class TestCommand:
    """Whole commands, run."""

    @pytest.mark.parametrize("name", ["-out; it's [a],b %d.mkv", "a:b.mkv", "pipe:1.mkv"])
    def test_a_command_runs_as_it_is(self, ffmpeg: Path, tmp_path: Path, name: str) -> None:
        source, target = tmp_path / ("in " + name), tmp_path / name
        made = FFmpegCommand().graph(FilterGraph([chain(picture("red", 1.0))]))
        made = made.output(source, maps=["out"], video_codec="ffv1")
        subprocess.run([str(ffmpeg), *made.argv()], capture_output=True, check=True, timeout=60)
        command = (
            FFmpegCommand()
            .overwrite(True)
            .loglevel("error")
            .input(source, seek=0.5, duration=0.3)
            .graph(FilterGraph([chain(Filter("negate"), read=("0:v",))]))
            .output(target, maps=["[out]"], video_codec="ffv1", metadata={"title": "-y: it's"})
        )
        graph_file = tmp_path / "graph"
        graph_file.write_text(command.graph_text or "")
        major = 5 if "usr" in ffmpeg.parts else 9
        for argv in (command.argv(), command.argv_with_graph_file(graph_file, major)):
            subprocess.run([str(ffmpeg), *argv], capture_output=True, check=True, timeout=60)
            read = [
                str(ffmpeg),
                "-v",
                "error",
                "-i",
                f"file:{target}",
                "-f",
                "rawvideo",
                "-pix_fmt",
                "rgb24",
                "pipe:1",
            ]
            raw = subprocess.run(read, capture_output=True, check=True, timeout=60).stdout
            frames = np.frombuffer(raw, np.uint8).reshape(-1, 64, 64, 3)
            assert len(frames) == 3
            assert frames[0, 0, 0].tolist() == pytest.approx([0, 255, 255], abs=4)
