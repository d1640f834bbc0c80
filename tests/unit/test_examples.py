"""The examples are sound, and the page beside them tells of each."""

from pathlib import Path

import pytest

from stoat_ferret.compile import check

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.json"))


def test_the_page_tells_of_each() -> None:
    """Every example has its line in examples/README.md."""
    page = (EXAMPLES[0].parent / "README.md").read_text()

    assert [] == [example.name for example in EXAMPLES if f"| `{example.name}` |" not in page]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_example_is_sound(example: Path) -> None:
    """An example has no problem."""
    assert [] == check(example.read_text())
