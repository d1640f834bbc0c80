"""The Python face of the builders: what they refuse, how they say so, and that they never change."""

import ast
import doctest
import inspect
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import stoat_ferret_core
from stoat_ferret_core import (
    AcrossfadeBuilder,
    AfadeBuilder,
    AmixBuilder,
    BuildError,
    DrawtextBuilder,
    DuckingPattern,
    Expr,
    FadeBuilder,
    FFmpegCommand,
    Filter,
    FilterChain,
    FilterGraph,
    SpeedControl,
    TransitionType,
    VolumeBuilder,
    XfadeBuilder,
)

NAN, INFINITY = float("nan"), float("inf")


def test_everything_public_is_listed_once_and_sorted() -> None:
    assert sorted(stoat_ferret_core.__all__) == stoat_ferret_core.__all__
    for name in stoat_ferret_core.__all__:
        assert getattr(stoat_ferret_core, name) is not None


def test_the_example_of_the_package_runs() -> None:
    assert doctest.testmod(stoat_ferret_core) == (0, 2)


def test_everything_public_is_documented() -> None:
    """A class, a method or a function without words in the stub is not finished."""
    stub = Path(inspect.getfile(stoat_ferret_core)).with_name("_core.pyi")
    silent = []
    for node in ast.walk(ast.parse(stub.read_text())):
        if not isinstance(node, ast.ClassDef | ast.FunctionDef) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            silent.append(node.name)
    assert silent == []


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("out_of_range", lambda: SpeedControl(0.2)),
        ("out_of_range", lambda: SpeedControl(NAN)),
        ("out_of_range", lambda: VolumeBuilder(10.5)),
        ("out_of_range", lambda: VolumeBuilder(INFINITY)),
        ("out_of_range", lambda: VolumeBuilder.from_db("30dB")),
        ("bad_level", lambda: VolumeBuilder.from_db("loud")),
        ("out_of_range", lambda: AfadeBuilder("in", 0)),
        ("unknown_name", lambda: AfadeBuilder("up", 1)),
        ("unknown_name", lambda: AfadeBuilder("in", 1).curve("qsim")),
        ("out_of_range", lambda: AfadeBuilder("in", 1).start_time(-1)),
        ("out_of_range", lambda: AmixBuilder(1)),
        ("out_of_range", lambda: AmixBuilder(33)),
        ("unknown_name", lambda: AmixBuilder(2).duration_mode("middle")),
        ("wrong_count", lambda: AmixBuilder(3).weights([1, 2])),
        ("out_of_range", lambda: DuckingPattern().threshold(0)),
        ("out_of_range", lambda: DuckingPattern().ratio(0.5)),
        ("out_of_range", lambda: DuckingPattern().attack(5000)),
        ("out_of_range", lambda: DuckingPattern().release(0)),
        ("bad_token", lambda: DuckingPattern().inputs("a]b", "c")),
        ("bad_color", lambda: FadeBuilder("in", 1).color("blakc")),
        ("out_of_range", lambda: XfadeBuilder("fade", 61, 0)),
        ("out_of_range", lambda: XfadeBuilder("fade", 1, -1)),
        ("unknown_name", lambda: TransitionType.from_str("disolve")),
        ("custom_needs_expression", lambda: TransitionType.from_str("custom")),
        ("unknown_name", lambda: AcrossfadeBuilder(1).curve1("tr")),
        ("bad_text", lambda: DrawtextBuilder("a\0b")),
        ("out_of_range", lambda: DrawtextBuilder("a").fontsize(0)),
        ("unknown_name", lambda: DrawtextBuilder("a").position("centre")),
        ("empty_span", lambda: DrawtextBuilder("a").alpha_fade(2, 0, 2, 0)),
        ("fades_too_long", lambda: DrawtextBuilder("a").alpha_fade(0, 2, 3, 2)),
        ("bad_color", lambda: DrawtextBuilder("a").fontcolor("red:x=0")),
        ("out_of_range", lambda: DrawtextBuilder("a").box("red", 2000)),
        ("bad_expression", lambda: Expr.constant(NAN)),
        ("bad_expression", lambda: Expr.var("t") + INFINITY),
        ("bad_expression", lambda: Expr.var("time")),
        ("bad_expression", lambda: Expr.func("clip", 1)),
        ("bad_expression", lambda: Expr.func("random", 1)),
        ("bad_expression", lambda: Filter("volume").param("volume", NAN)),
        ("bad_token", lambda: Filter("movie=x")),
        ("bad_token", lambda: Filter("scale").param("w:h", 1)),
        ("bad_token", lambda: FilterChain().input("a,b")),
        ("bad_token", lambda: FilterChain().output("0:v")),
        ("relative_path", lambda: FFmpegCommand().input("a.mp4")),
        ("bad_option", lambda: FFmpegCommand().option("filter_complex", "x")),
        ("bad_option", lambda: FFmpegCommand().output("/a.mp4", options={"i": "b.mp4"})),
        ("bad_token", lambda: FFmpegCommand().output("/a.mp4", video_codec="lib x264")),
        ("incomplete_command", lambda: FFmpegCommand().argv()),
        ("incomplete_command", lambda: FFmpegCommand().input("/a.mp4").argv()),
    ],
)
def test_what_cannot_be_is_refused_with_a_hint(code: str, refused: Callable[[], object]) -> None:
    with pytest.raises(BuildError) as caught:
        refused()
    assert isinstance(caught.value, ValueError)
    assert code == caught.value.code
    assert f"{caught.value.message}\nhint: {caught.value.hint}" == str(caught.value)


@pytest.mark.parametrize(
    ("hint", "refused"),
    [
        ("did you mean `dissolve`?", lambda: TransitionType.from_str("disolve")),
        ("did you mean `wipeleft`?", lambda: TransitionType.from_str("wipe_left")),
        ("did you mean `center`?", lambda: DrawtextBuilder("a").position("centre")),
        ("did you mean `text_w`?", lambda: Expr.var("textw")),
        ("did you mean `black`?", lambda: FadeBuilder("in", 1).color("blakc")),
        ("use 4", lambda: SpeedControl(10)),
        ("use one of in, out", lambda: AfadeBuilder("sideways", 1)),
        ("use `TransitionType.custom(expression)`", lambda: TransitionType.from_str("custom")),
    ],
)
def test_hints_name_what_would_do(hint: str, refused: Callable[[], object]) -> None:
    with pytest.raises(BuildError) as caught:
        refused()
    assert hint == caught.value.hint


def test_builders_bind_forward_and_never_change() -> None:
    plain = DrawtextBuilder("a")
    large = plain.fontsize(64)
    assert str(plain.build()) == "drawtext=text=a:expansion=none"
    assert str(large.build()) == "drawtext=text=a:fontsize=64:expansion=none"
    assert plain == DrawtextBuilder("a")
    assert plain != large
    with pytest.raises(AttributeError):
        plain.text = "b"  # type: ignore[attr-defined]


def test_options_of_a_filter_are_printed_by_their_type() -> None:
    made = (
        Filter("x")
        .param("text", "a:b,c")
        .param("whole", 3)
        .param("real", 0.5)
        .param("switch", True)
        .param("path", Path("/a b/it's.ttf"))
        .param("expression", Expr.max(Expr.var("t"), 1))
    )
    assert (
        str(made) == r"x=text=a\\:b\,c:whole=3:real=0.5:switch=1:path=/a b/it\\\'s.ttf:expression=max(t\,1)"
    )
    assert made.name == "x"
    with pytest.raises(TypeError):
        Filter("x").param("list", [1])  # type: ignore[arg-type]


def test_expressions_print_with_the_fewest_parentheses() -> None:
    t = Expr.var("t")
    assert str((t + 1) * 2 - t / 4) == "(t+1)*2-t/4"
    assert str(-(t**2)) == "-t^2"
    assert str((-t) ** 2) == "(-t)^2"
    assert str(1 - (t - 1)) == "1-(t-1)"
    assert repr(t) == "Expr(t)"
    assert t.depth == 0
    assert Expr.abs(t) == Expr.func("abs", t)


def test_a_tree_higher_than_the_stack_is_refused() -> None:
    def grow(tree: Expr, times: int) -> Expr:
        for _ in range(times):
            tree = Expr.abs(tree)
        return tree

    with pytest.raises(BuildError):
        grow(Expr.var("t"), 100_000)
    high = grow(Expr.var("t"), 1000)
    with pytest.raises(BuildError, match=r"Expr\.piecewise"):
        DrawtextBuilder("a").alpha(high)


def test_transitions_are_values() -> None:
    assert TransitionType.Fade == TransitionType.from_str("fade")
    assert hash(TransitionType.Fade) == hash(TransitionType.from_str("fade"))
    assert TransitionType.Fade != TransitionType.Fadeblack
    assert str(TransitionType.Wipeleft) == "wipeleft"
    assert repr(TransitionType.Wipeleft) == "TransitionType.Wipeleft"
    assert sorted(TransitionType.names()) == sorted(
        name.lower() for name in vars(TransitionType) if name[0].isupper()
    )


def test_a_graph_file_has_one_chain_on_a_line() -> None:
    graph = FilterGraph([FilterChain([Filter("anull")]), FilterChain([Filter("hflip"), Filter("vflip")])])
    assert graph.to_file_text() == "anull;\nhflip,vflip"
    assert (len(graph), len(FilterChain([Filter("anull")]))) == (2, 1)


def test_a_command_is_a_list_of_arguments() -> None:
    command = (
        FFmpegCommand()
        .overwrite(True)
        .option("threads", 2)
        .input("/in/a.png", demuxer="png_pipe", duration=2, options={"loop": 1, "framerate": 29.97})
        .output(
            Path("/out/-b.mp4"),
            maps=["0:v"],
            muxer="mp4",
            video_codec="libx264",
            audio_codec="aac",
            duration=1.5,
            metadata={"title": "a=b; $(c)"},
            options={"movflags": "+faststart", "shortest": True, "dn": False},
        )
    )
    before = "-nostdin -hide_banner -y -threads 2 -t 2 -f png_pipe -loop 1 -framerate 29.97 -i file:/in/a.png"
    after = "-map 0:v:0 -f mp4 -c:v libx264 -c:a aac -t 1.5 -metadata"
    options = ["title=a=b; $(c)", "-movflags", "+faststart", "-shortest", "file:/out/-b.mp4"]
    expected = [*before.split(), *after.split(), *options]
    assert expected == command.argv()
    assert command.graph_text is None


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_text_is_never_read_as_anything_else(text: str) -> None:
    """What stands after the text is found whole behind it, whatever the text is."""
    printed = str(Filter("drawtext").param("text", text).param("x", 1))
    escaped = printed.removeprefix("drawtext=text=").removesuffix(":x=1")
    assert text == unescaped(unescaped(escaped, ",;[]"), ":")


def unescaped(text: str, ends: str) -> str:
    """Undo one level as FFmpeg does, and refuse an end inside."""
    found, kept, characters = "", 0, iter(text.lstrip(" \n\t\r"))
    for character in characters:
        assert character not in ends + "'"
        if character == "\\":
            found += next(characters)
            kept = len(found)
        else:
            found += character
    return found[:kept] + found[kept:].rstrip(" \n\t\r")
