"""Documents and command lines are written as the format and the command want them."""

from fractions import Fraction
from pathlib import Path

import pytest

from stoat_ferret.testing.command import Finished, RefusedError, Stoat
from stoat_ferret.testing.documents import clip, document, keyframes, track


def test_document_is_plain_data() -> None:
    """Exact times become numbers, rates stay exact, what is given goes where it belongs."""
    made = document(
        track(clip(Path("/a.mp4"), Fraction(1, 2), 0, 1, muted=True), type="audio", volume=0.5),
        fps=Fraction(24000, 1001),
        background="#ffffff",
        markers=[],
    )
    assert ("24000/1001", "#ffffff") == (made["output"]["fps"], made["output"]["background"])
    assert [] == made["markers"]
    expected = {"source": "/a.mp4", "in_point": 0.0, "out_point": 1.0, "timeline_start": 0.5, "muted": True}
    assert [{"type": "audio", "volume": 0.5, "clips": [expected]}] == made["tracks"]


def test_keyframes_have_their_easing() -> None:
    """Every point carries the easing."""
    expected = [{"time": 0.0, "value": 1, "easing": "hold"}, {"time": 0.5, "value": 2, "easing": "hold"}]
    assert {"keyframes": expected} == keyframes((0, 1), (Fraction(1, 2), 2), easing="hold")


def test_answer_of_a_command() -> None:
    """The one JSON object is the answer; anything else is an error."""
    assert [{"code": "x"}] == Finished(code=2, output='{"problems": [{"code": "x"}]}', errors="").problems
    assert [] == Finished(code=0, output="{}", errors="").problems
    with pytest.raises(TypeError):
        _ = Finished(code=0, output="[]", errors="").answer
    with pytest.raises(ValueError, match="Extra data"):
        _ = Finished(code=0, output="{} {}", errors="").answer


class _Echo(Stoat):
    """A command that repeats its words."""

    def command(self, *arguments: str) -> list[str]:
        return ["sh", "-c", 'printf "%s\\n" "$STOAT_FFMPEG" "$@"', "sh", *arguments]


def test_options_become_flags(tmp_path: Path) -> None:
    """Options are written as the command wants them; a file that does not appear is an error."""
    echo = _Echo(ffmpeg="/bin/f", data=tmp_path)
    done = echo.try_render(document(), tmp_path / "out.mp4", overwrite=True, audio_bitrate="96k")
    project = f"{tmp_path}/out.mp4.project.json"
    words = ["/bin/f", "render", project, "-o", f"{tmp_path}/out.mp4", "--json", "--overwrite"]
    assert [*words, "--audio-bitrate", "96k"] == done.output.splitlines()
    with pytest.raises(RefusedError, match="exit 0"):
        echo.render(document(), tmp_path / "out.mp4")
