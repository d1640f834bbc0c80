"""The benchmarks' tables, picture and page."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks import comparing, machine, pictures, report
from benchmarks.chart import LEFT, chart
from benchmarks.figures import Figure
from benchmarks.section import Bar, Section, markdown, plain_table
from benchmarks.watching import CommandFailedError, Run, watch

SVG = "{http://www.w3.org/2000/svg}"


def side(name: str, wall: float, size: int, folder: Path) -> comparing.Side:
    """What came of one way to make the edit."""
    output = folder / name
    output.write_bytes(bytes(size))
    run = Run(wall=wall, cpu=2 * wall, peak=100.0)
    return comparing.Side(name=name, output=output, runs=[run], ssim=0.97, frames=600)


def section(**changed: object) -> Section:
    """A part with one row."""
    given = {
        "title": "The typical edit",
        "words": "Six clips.",
        "head": ("", "seconds"),
        "rows": (("melt 7.12.0", "8.0"),),
        "figures": (Figure(what="wall time", value=1.1, most=1.05), Figure(what="seconds", value=8)),
        "bars": (Bar(what="melt 7.12.0", value=1.1),),
    }
    return Section(**{**given, **changed})  # type: ignore[arg-type]


def test_ratios_are_to_the_hand_written_command(tmp_path: Path) -> None:
    """A row tells times and size in relation to the hand-written command, seconds and memory as they are."""
    hand, other = side("hand", 4.0, 1000, tmp_path), side("melt", 6.0, 1250, tmp_path)

    row = ("melt", "1.50", "6.0", "1.50", "100", "1.25", "0.9700", "600", "")
    assert row == comparing.row(other, hand)


def test_an_editor_that_is_not_there_has_a_row_and_no_bar(tmp_path: Path) -> None:
    """Nobody is left out silently: the row says how it is installed."""
    hand = side("hand", 4.0, 1000, tmp_path)
    missing = comparing.Side(name="melt", output=tmp_path / "no", note="not installed: apt-get install melt")

    row = comparing.row(missing, hand)
    assert ("melt", "not installed: apt-get install melt") == (row[0], row[-1])
    assert len(comparing.HEAD) == len(row)
    assert Bar(what="melt", value=None, note="not installed") == comparing.bar(missing, hand)


def test_a_failure_is_told_by_its_last_line() -> None:
    """Of a traceback the last line says what happened."""
    assert "Error: no x264" == comparing.last_line("Traceback:\n  File\nError: no x264\n\n")
    assert "it said nothing" == comparing.last_line(" \n")


def test_numbers_stand_on_the_right() -> None:
    """A column of numbers and gaps is aligned to the right, and a bar in a cell does not end it."""
    expected = "|  | s |\n| --- | --: |\n| a\\|b | 8.0 |\n| c |  |"

    assert expected == markdown(("", "s"), (("a|b", "8.0"), ("c", "")))


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    """The table of the terminal has no blanks at the ends of its lines."""
    assert "      s\nmelt  8.0\nGES" == plain_table(("", "s"), (("melt", "8.0"), ("GES", "")))


def test_bars_share_one_scale() -> None:
    """A bar of twice the value is twice as long, and each has its name and its value beside it."""
    bars = (Bar(what="a & b", value=1.0), Bar(what="ours", value=2.0, ours=True))

    drawn = ET.fromstring(chart("Times", [("The edit", bars)]))

    lengths = [float(one.attrib["width"]) for one in drawn.findall(f"{SVG}rect")[1:]]
    texts = [one.text for one in drawn.findall(f"{SVG}text")]
    assert lengths[1] == pytest.approx(2 * lengths[0], abs=0.11)
    assert ["Times", "The edit", "a & b", "1.00", "ours", "2.00"] == texts
    assert float(drawn.attrib["width"]) > LEFT + lengths[1]


def test_a_bar_without_a_value_says_why() -> None:
    """Where nothing was measured, the note stands in the bar's place."""
    drawn = ET.fromstring(
        chart("Times", [("The edit", (Bar(what="melt", value=None, note="not installed"),))])
    )

    assert "not installed" == drawn.findall(f"{SVG}text")[-1].text
    assert 1 == len(drawn.findall(f"{SVG}rect"))


def test_the_page_tells_tables_goals_machine_and_variables(tmp_path: Path) -> None:
    """The page has each part's table, its goals, the machine's kind, and how other editors are found."""
    report.write(tmp_path, [section()], short=False)

    page = (tmp_path / "benchmarks.md").read_text()
    for expected in (
        "| melt 7.12.0 | 8.0 |",
        "| wall time | 1.1 | at most 1.05 | missed |",
        "](benchmarks.svg)",
        machine.kind(),
        "`BENCH_MELT`",
        "make bench OPTIONS=--write",
    ):
        assert expected in page
    assert "| seconds | 8 |" not in page
    assert "no more than a trial" not in page
    ET.parse(tmp_path / "benchmarks.svg")


def test_a_short_run_says_so_and_nothing_to_draw_makes_no_picture(tmp_path: Path) -> None:
    """Nobody takes the figures of a trial for more."""
    report.write(tmp_path, [section(bars=())], short=True)

    page = (tmp_path / "benchmarks.md").read_text()
    assert "no more than a trial" in page
    assert "](benchmarks.svg)" not in page
    assert not (tmp_path / "benchmarks.svg").exists()


def test_similarities_of_every_frame_are_read() -> None:
    """The statistics of ffmpeg's filter have a line for each frame."""
    said = "n:1 Y:0.9 U:1.0 V:1.0 All:0.971000 (15.3)\nn:2 Y:1.0 U:1.0 V:1.0 All:1.000000 (inf)\n"

    assert [0.971, 1.0] == pictures.similarities(said)


def test_a_command_that_does_not_end_is_ended() -> None:
    """A limit in seconds ends the command with all that it started."""
    with pytest.raises(CommandFailedError, match=r"not done after 0\.2 s"):
        watch(["/bin/sh", "-c", "/bin/sleep 60 & wait"], {}, seconds=0.2)


def test_the_machine_has_a_kind_and_no_name() -> None:
    """Cores, memory and system; nothing that tells it from its like."""
    import platform

    assert "core" in machine.kind()
    assert "GB of memory" in machine.kind()
    assert platform.node() not in machine.kind()
