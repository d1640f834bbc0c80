"""What people type into a search box, as a question that SQLite's full-text index understands."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from stoat_ferret.errors import RequestError

__all__ = ["LONGEST", "MOST_TERMS", "match"]

LONGEST = 500
"""Letters of the longest search."""

MOST_TERMS = 32
"""Words and phrases that one search may have."""

_TOKEN = re.compile(r'"([^"]*)"?|(\S[^\s"]*)')


@dataclass(kw_only=True, slots=True)
class _Group:
    """Terms that must all be there, and terms that must not."""

    wanted: list[str] = field(default_factory=list)
    unwanted: list[str] = field(default_factory=list)


def match(text: str) -> str:
    """The FTS5 expression for a search: `one two`, `"a phrase"`, `AND`, `OR`, `NOT`, `pre*`.

    Words stand together with AND, which binds tighter than OR. The last word may be the start of one, if it
    has two letters or more. Anything else counts as text; an operator without words beside it as nothing.
    Raises `RequestError` for a search without words.
    """
    if len(text) > LONGEST:
        raise _refused(
            "search.too_long", f"A search has at most {LONGEST} letters.", "Give the words that matter most."
        )
    groups = [group for group in _groups(_clean(text)) if group.wanted or group.unwanted]
    if not groups:
        raise _refused(
            "search.empty", "There is no word in the search.", "Give at least one word of letters or digits."
        )
    if not all(group.wanted for group in groups):
        raise _refused(
            "search.only_not",
            "A search needs a word to find before it can leave any out.",
            "Put a word before NOT, on each side of OR.",
        )
    if sum(len(group.wanted) + len(group.unwanted) for group in groups) > MOST_TERMS:
        raise _refused(
            "search.too_long", f"A search has at most {MOST_TERMS} words.", "Give the words that matter most."
        )
    return " OR ".join(_written(group) for group in groups)


def _groups(text: str) -> list[_Group]:
    groups = [_Group()]
    negated = False
    tokens = list(_TOKEN.finditer(text))
    for token in tokens:
        phrase, word = token.groups()
        if word == "OR":
            groups.append(_Group())
        elif word == "NOT":
            negated = True
            continue
        elif word != "AND" and (term := _term(phrase, word, last=token is tokens[-1])):
            (groups[-1].unwanted if negated else groups[-1].wanted).append(term)
        negated = False
    return groups


def _term(phrase: str | None, word: str | None, *, last: bool) -> str | None:
    """A phrase or word in quotes, where nothing has a meaning but the quotes; none: it has no letters."""
    said = phrase if word is None else word
    assert said is not None
    letters = sum(_is_letter(letter) for letter in said)
    if not letters:
        return None
    starts = word is not None and (word.endswith("*") or (last and letters >= 2))
    quoted = '"' + said.replace('"', '""') + '"'
    return f"{quoted}*" if starts else quoted


def _written(group: _Group) -> str:
    wanted = " AND ".join(group.wanted)
    if not group.unwanted:
        return f"({wanted})"
    return f"(({wanted}) NOT ({' OR '.join(group.unwanted)}))"


def _is_letter(letter: str) -> bool:
    """What the tokenizer `unicode61` makes words of."""
    category = unicodedata.category(letter)
    return category[0] in "LN" or category == "Co"


def _clean(text: str) -> str:
    """Without what cannot be in a text of the database."""
    return "".join(" " if unicodedata.category(letter) in ("Cc", "Cs") else letter for letter in text)


def _refused(code: str, message: str, hint: str) -> Exception:
    return RequestError.because(code, message, hint=hint, path="/q")
