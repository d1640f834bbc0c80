"""What people type into a search box, as an expression of the full-text index."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stoat_ferret.errors import RequestError
from stoat_ferret.library.query import LONGEST, MOST_TERMS, match
from stoat_ferret.storage.search_index import COLUMNS


def refused_code(text: str) -> str:
    with pytest.raises(RequestError) as refused:
        match(text)
    return refused.value.problems[0].code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rain", '("rain"*)'),
        ("r", '("r")'),
        ("heavy rain", '("heavy" AND "rain"*)'),
        ("heavy AND rain", '("heavy" AND "rain"*)'),
        ("heavy OR rain", '("heavy") OR ("rain"*)'),
        ("a b OR c d", '("a" AND "b") OR ("c" AND "d")'),
        ("rain NOT heavy", '(("rain") NOT ("heavy"*))'),
        ("NOT heavy rain", '(("rain"*) NOT ("heavy"))'),
        ("rain NOT a NOT b", '(("rain") NOT ("a" OR "b"))'),
        ('"heavy rain"', '("heavy rain")'),
        ('"heavy rain', '("heavy rain")'),
        ("inter* view", '("inter*"* AND "view"*)'),
        ("and or not", '("and" AND "or" AND "not"*)'),
        ("rain OR", '("rain")'),
        ("OR AND rain", '("rain"*)'),
        ("x:y", '("x:y"*)'),
        ("a(b)^c", '("a(b)^c"*)'),
        ('say"so"', '("say" AND "so")'),
        ("NEAR(a b)", '("NEAR(a" AND "b)")'),
        ("rain\0\ud800drops", '("rain" AND "drops"*)'),
    ],
)
def test_what_is_typed_means(text: str, expected: str) -> None:
    """Words, phrases and operators mean what they say; everything else is text."""
    assert expected == match(text)


@pytest.mark.parametrize("text", ["", " ", '"', '""', "***", "AND", "OR NOT", "-- ' ;", "\u0301"])
def test_a_search_without_words_is_refused(text: str) -> None:
    """There is nothing to look for."""
    assert "search.empty" == refused_code(text)


@pytest.mark.parametrize("text", ["NOT rain", "rain OR NOT snow"])
def test_a_search_that_only_leaves_out_is_refused(text: str) -> None:
    """Everything but rain is no search."""
    assert "search.only_not" == refused_code(text)


def test_a_search_has_its_limits() -> None:
    """Letters and words are counted before the database sees them."""
    assert match("a " * MOST_TERMS)
    assert "search.too_long" == refused_code("a " * (MOST_TERMS + 1))
    assert match("x" * LONGEST)
    assert "search.too_long" == refused_code("x" * (LONGEST + 1))


NASTY = st.sampled_from(
    ['"', "*", "^", "(", ")", ":", "-", "+", "NEAR", "AND", "OR", "NOT", "{", "}", "\\", "'", "\0", " ", "%"]
)
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.one_of(NASTY, st.text(max_size=4)), max_size=30).map(" ".join),
    st.lists(st.one_of(NASTY, st.text(max_size=4)), max_size=30).map("".join),
)


@given(TEXTS)
@example('"\U0001e900"')  # a letter that is younger than the index's tables
@example("filename:rain")
@example('rain* " *')
def test_no_text_makes_a_wrong_expression(text: str) -> None:
    """Whatever is typed is refused by name, or the full-text index can read it."""
    try:
        expression = match(text)
    except RequestError:
        return
    database = sqlite3.connect(":memory:")
    names = ", ".join(COLUMNS)
    database.execute(
        f"CREATE VIRTUAL TABLE f USING fts5({names}, tokenize='unicode61 remove_diacritics 2', prefix='2 3')"
    )
    database.execute(f"INSERT INTO f({names}) VALUES ('rain.mp4', '', '', '', '')")
    found = list(database.execute("SELECT rowid FROM f WHERE f MATCH ?", (expression,)))
    assert found in ([], [(1,)])
    database.close()


@given(st.lists(st.text(alphabet="abcdefghij", min_size=1, max_size=6), min_size=1, max_size=5))
def test_the_words_of_a_text_find_it(words: list[str]) -> None:
    """All words of a text find it, in any order and case, and as a phrase in their own."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE f USING fts5(t, tokenize='unicode61 remove_diacritics 2')")
    database.execute("INSERT INTO f(t) VALUES (?)", (" ".join(words),))
    asked = [" ".join(reversed(words)).upper().replace("AND", "and"), '"' + " ".join(words) + '"']
    for text in asked:
        assert [(1,)] == list(database.execute("SELECT rowid FROM f WHERE f MATCH ?", (match(text),)))
    database.close()
